/** `oversip check`: would the server start with these files? Starts nothing, calls no callback. */
import { resolve } from "node:path";
import { SystemCallbackRegistry } from "../api/system-callbacks.ts";
import { checkFiles } from "../app/check-files.ts";
import { resolveOversipSpecifier } from "../app/oversip-specifier.ts";
import { createProgrammingInterface } from "../app/programming-interface.ts";
import { UserLogic } from "../app/user-logic.ts";
import type { CommandOptions } from "./command-line.ts";
import { reportStartFailure } from "./report.ts";

export async function checkCommand(options: CommandOptions): Promise<number> {
  const configDir = resolve(options.configDir);
  const systemCallbacks = new SystemCallbackRegistry();
  const makeInterface = (owner: object) => createProgrammingInterface(owner, systemCallbacks);

  process.setSourceMapsEnabled(true);
  resolveOversipSpecifier();

  try {
    const userLogic = new UserLogic({ configDir, systemCallbacks, makeInterface });

    for (const notice of await checkFiles(configDir, options.configFile, userLogic)) {
      process.stderr.write(`${notice}\n`);
    }
  } catch (error) {
    reportStartFailure(error);

    return 1;
  }

  process.stdout.write(`${configDir}: the configuration and the server's logic can be used\n`);

  return 0;
}
