/** `oversip check`: would the server start with these files? Starts nothing, calls no callback. */
import { resolve } from "node:path";
import { checkFiles } from "../app/check-files.ts";
import { createLogger } from "../log/create-logger.ts";
import { SystemClock } from "../util/system-clock.ts";
import type { CommandOptions } from "./command-line.ts";
import { reportStartFailure } from "./report.ts";

export async function checkCommand(options: CommandOptions, version: string): Promise<number> {
  const configDir = resolve(options.configDir);
  const logger = createLogger({ level: "info", format: "pretty", clock: new SystemClock(), color: false });

  process.setSourceMapsEnabled(true);

  try {
    for (const notice of await checkFiles(configDir, options.configFile, version, logger)) {
      process.stderr.write(`${notice}\n`);
    }
  } catch (error) {
    reportStartFailure(error);

    return 1;
  } finally {
    await logger.close();
  }

  process.stdout.write(`${configDir}: the configuration and the server's logic can be used\n`);

  return 0;
}
