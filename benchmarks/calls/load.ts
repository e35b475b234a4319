/** The load of one round: a sipp that calls through the proxy, and one that is called. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readSippCounts } from "../../test/support/sipp-counts.ts";
import { isPortBound } from "../../test/support/sipp-port.ts";
import type { Scenario } from "./scenario.ts";

const BIND_TIMEOUT_MS = 5_000;
/** For how long the caller may go on after its last call has started. */
const CALLER_PATIENCE_MS = 40_000;
/** For how long the callee may go on after the caller has ended. */
const CALLEE_PATIENCE_MS = 2_000;

export interface LoadOptions {
  readonly scenario: Scenario;
  readonly proxyPort: number;
  readonly calleePort: number;
  readonly callerPort: number;
  readonly calls: number;
  /** Calls a second. */
  readonly rate: number;
  /** Called once a second while the calls are made. */
  readonly onSecond: () => void;
}

export interface LoadResult {
  readonly calls: number;
  /** Calls that did not go as the scenario says, at the caller or the callee. */
  readonly failed: number;
  /** Messages that sipp sent again. */
  readonly retransmissions: number;
}

export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { scenario, calls, rate, proxyPort, calleePort, callerPort } = options;
  const callee = startSipp(options, scenario.callee, calleePort, ["-m", String(calls)]);

  await isBound(callee.process, scenario.transport, calleePort);

  const caller = startSipp(options, scenario.caller, callerPort, [
    `127.0.0.1:${proxyPort}`,
    ...["-m", String(calls), "-r", String(rate), "-l", String(calls)],
  ]);
  const timer = setInterval(options.onSecond, 1_000);

  await hasEnded(caller.process, (1000 * calls) / rate + CALLER_PATIENCE_MS);
  clearInterval(timer);
  await hasEnded(callee.process, CALLEE_PATIENCE_MS);

  const counts = caller.counts();
  const calleeCounts = callee.counts();

  return {
    calls,
    failed: Math.max(0, calls - Math.min(counts.successful, calleeCounts.successful)),
    retransmissions: counts.retransmissions + calleeCounts.retransmissions,
  };
}

function startSipp(
  { scenario, calleePort }: LoadOptions,
  template: string,
  port: number,
  words: readonly string[],
): { readonly process: ChildProcess; readonly counts: () => ReturnType<typeof readSippCounts> } {
  const directory = mkdtempSync(join(tmpdir(), "oversip-benchmark-"));
  const file = join(directory, "scenario.xml");
  const callee = `127.0.0.1:${calleePort}${scenario.transport === "tcp" ? ";transport=tcp" : ""}`;

  writeFileSync(
    file,
    readFileSync(template, "utf8")
      .replaceAll("[protocol]", scenario.transport.toUpperCase())
      .replaceAll("[contact]", `127.0.0.1:${port}`)
      .replaceAll("[user]", "callee")
      .replaceAll("[callee]", callee),
  );

  const child = spawn(
    "sipp",
    [
      ...words,
      ...[
        "-sf",
        file,
        "-i",
        "127.0.0.1",
        "-p",
        String(port),
        "-t",
        scenario.transport === "udp" ? "u1" : "t1",
      ],
      ...["-nostdin", "-nd", "-buff_size", "4194304"],
      ...["-trace_stat", "-stf", join(directory, "counts.csv"), "-fd", "1"],
    ],
    { cwd: directory, stdio: "ignore" },
  );

  return {
    process: child,
    counts: () => {
      const text = readText(join(directory, "counts.csv"));

      rmSync(directory, { recursive: true, force: true });

      return readSippCounts(text);
    },
  };
}

/** Asks it to end when it has not by then, and ends it when it does not. */
async function hasEnded(child: ChildProcess, patienceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }

  const ask = setTimeout(() => child.kill("SIGUSR1"), patienceMs);
  const kill = setTimeout(() => child.kill("SIGKILL"), patienceMs + CALLEE_PATIENCE_MS);

  await once(child, "exit");
  clearTimeout(ask);
  clearTimeout(kill);
}

async function isBound(child: ChildProcess, transport: "udp" | "tcp", port: number): Promise<void> {
  const deadline = performance.now() + BIND_TIMEOUT_MS;

  while (!isPortBound(transport, "127.0.0.1", port)) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`sipp did not bind port ${port}`);
    }

    await sleep(10);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
