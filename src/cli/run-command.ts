/** `oversip run`: one server as a process of its own, with signals, rights, PID file and exit status. */
import { join, resolve } from "node:path";
import { processServer } from "../api/process-server.ts";
import { Application } from "../app/application.ts";
import { ensureDemoCertificate } from "../app/demo-certificate.ts";
import { fileLimitWarning } from "../app/file-limit.ts";
import { openLog } from "../app/open-log.ts";
import { loadOversipModule } from "../app/oversip-module.ts";
import { PidFile } from "../app/pid-file.ts";
import { lookUpPrivileges } from "../app/privileges.ts";
import { ProcessExit, takeProcessExit } from "../app/process-exit.ts";
import { takeSignals } from "../app/signals.ts";
import { SystemdNotifier } from "../app/systemd-notify.ts";
import { createServerParts } from "../app/wiring.ts";
import type { Logger } from "../log/logger.ts";
import { SystemClock } from "../util/system-clock.ts";
import type { CommandOptions } from "./command-line.ts";
import { firstSteps } from "./first-steps.ts";
import { describeListeningPoints } from "./listening-report.ts";
import { describeFileError, reportStartFailure } from "./report.ts";

/** Longer than any wait; the number is the longest that a timer of Node takes. */
const KEEP_ALIVE_INTERVAL_MS = 2_147_483_647;

/** Resolves, with the exit status, when the server has ended. */
export async function runCommand(options: CommandOptions, version: string): Promise<number> {
  const oversip = await loadOversipModule();
  const ended = Promise.withResolvers<number>();
  // A start that waits for a callback must not end because nothing else is left to do.
  const keepAlive = setInterval(() => undefined, KEEP_ALIVE_INTERVAL_MS);
  const pidFile = options.pidFile === undefined ? undefined : new PidFile(resolve(options.pidFile));
  const notifier = new SystemdNotifier((message) => log().warn(message), process.env);
  const clock = new SystemClock();
  let isStopping = false;
  let exitStatus = 0;

  const log = (): Pick<Logger, "notice" | "warn" | "crit"> => application.logger ?? EARLY_LOG;

  const stop = (error: boolean, status = error ? 1 : 0): void => {
    if (isStopping) {
      ended.resolve(exitStatus);

      return;
    }

    isStopping = true;
    exitStatus = status;
    notifier.stopping();
    application
      .stop(error)
      .then(() => notifier.flush())
      .then(
        () => ended.resolve(exitStatus),
        (failure: unknown) => {
          log().crit(failure);
          ended.resolve(1);
        },
      );
  };

  const application = new Application({
    configDir: resolve(options.configDir),
    configFile: options.configFile,
    clock,
    createLogger: (configuration) => openLog(configuration.core, options, clock),
    createParts: createServerParts,
    version,
    createInterface: (systemCallbacks) => oversip.interfaceWith(systemCallbacks),
    bound: () => {
      privileges?.drop();
      pidFile?.write();
    },
    report: (problem) => process.stderr.write(`${problem}\n`),
    announce: (phase) => (phase === "ready" ? notifier.ready() : notifier.reloading()),
    failed: () => {
      if (!isStopping) {
        stop(true);
      }
    },
  });

  let privileges: ReturnType<typeof lookUpPrivileges> | undefined;

  processServer.attach(application.facts);
  prepareProcess(options.processName, (error, origin) => log().crit(error, { origin }));
  process.once("exit", () => pidFile?.remove());

  const releaseSignals = takeSignals({
    stop: (signal) => {
      log().notice(isStopping ? `${signal}: ending at once` : `${signal}: stopping`);
      stop(false);
    },
    reload: () => void application.reload().catch((error: unknown) => application.fail(error)),
    userReload: () => void application.userReload().catch((error: unknown) => application.fail(error)),
    ignored: (signal) => log().notice(`${signal}: ignored`),
  });

  const releaseExit = takeProcessExit((status) => {
    if (isStopping) {
      exitStatus = status;
    } else {
      log().notice(`process.exit(${status}) in user code: stopping`);
      stop(false, status);
    }
  });

  const start = async (): Promise<void> => {
    pidFile?.check();

    if (isTriedOut()) {
      makeDemoCertificate(join(resolve(options.configDir), "tls"));
    }

    privileges = lookUpPrivileges(options.user, options.group, (message) => EARLY_LOG.warn(message));
    await application.start();

    const warning = fileLimitWarning();

    if (warning !== undefined) {
      log().warn(warning);
    }

    process.stdout.write(
      describeListeningPoints(application.listeningPoints) +
        (isTriedOut() ? firstSteps(application.listeningPoints, resolve(options.configDir)) : "") +
        `${options.processName} ${version} (process ${process.pid}) is running\n`,
    );
    notifier.ready();
  };

  // Not awaited: a stop must not have to wait for a callback of the start that never settles.
  start().catch((error: unknown) => {
    // After a stop it does not matter how the start ends.
    if (!isStopping) {
      reportStartFailure(error);
      ended.resolve(1);
    }
  });

  const status = await ended.promise;

  clearInterval(keepAlive);
  releaseSignals();
  releaseExit();
  pidFile?.remove();
  await application.logger?.close();

  return status;
}

/** Whether it was started by `npm start`: by somebody who has a checkout and wants to see it work. */
function isTriedOut(): boolean {
  return process.env["npm_lifecycle_event"] === "start";
}

/** @throws {Error} that says what could not be made. */
function makeDemoCertificate(directory: string): void {
  try {
    ensureDemoCertificate(directory);
  } catch (error) {
    throw new Error(`the certificate for this machine cannot be made: ${describeFileError(error)}`);
  }
}

/** For what is to be said before oversip.conf tells where the log goes. */
const EARLY_LOG: Pick<Logger, "notice" | "warn" | "crit"> = {
  notice: (message) => void process.stderr.write(`oversip: ${String(message)}\n`),
  warn: (message) => void process.stderr.write(`oversip: ${String(message)}\n`),
  crit: (message) =>
    void process.stderr.write(
      `oversip: ${message instanceof Error ? (message.stack ?? message.message) : String(message)}\n`,
    ),
};

function prepareProcess(title: string, uncaught: (error: unknown, origin: string) => void): void {
  process.title = title;
  process.setSourceMapsEnabled(true);

  const report = (error: unknown, origin: string): void => {
    // It has done its work.
    if (!(error instanceof ProcessExit)) {
      uncaught(error, origin);
    }
  };

  process.on("uncaughtException", report);
  process.on("unhandledRejection", (reason) => report(reason, "unhandledRejection"));

  // Who reads our output may go away; the server stays.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", () => undefined);
  }
}
