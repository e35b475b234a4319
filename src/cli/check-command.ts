/** `oversip check`: would the server start with these files? Starts nothing, calls no callback. */
import { resolve } from "node:path";
import { checkFiles } from "../app/check-files.ts";
import { takeProcessExit } from "../app/process-exit.ts";
import { createLogger } from "../log/create-logger.ts";
import { SystemClock } from "../util/system-clock.ts";
import type { CommandOptions } from "./command-line.ts";
import { reportStartFailure } from "./report.ts";

export async function checkCommand(options: CommandOptions, version: string): Promise<number> {
  const configDir = resolve(options.configDir);
  const logger = createLogger({ level: "info", format: "pretty", clock: new SystemClock(), color: false });

  process.setSourceMapsEnabled(true);

  // Otherwise a server.ts that ends the process while it is loaded, with 0, would be one that can be used.
  const releaseExit = takeProcessExit(() => undefined);

  try {
    for (const notice of await checkFiles(configDir, options.configFile, version, logger)) {
      process.stderr.write(`${notice}\n`);
    }
  } catch (error) {
    reportStartFailure(error);

    return 1;
  } finally {
    releaseExit();
    await logger.close();
  }

  process.stdout.write(`${configDir}: the configuration and the server's logic can be used\n`);

  return 0;
}
