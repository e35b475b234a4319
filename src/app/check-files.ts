/** What `oversip check` does: steps 1 and 2 of the start, without a server. */
import { loadConfiguration } from "../config/load-configuration.ts";
import { formatProblem } from "../errors/errors.ts";
import { readServerFiles } from "./server-files.ts";
import type { UserLogic } from "./user-logic.ts";

/**
 * Reads and checks every file, and loads the user's logic.
 *
 * @returns what is worth knowing, one line each.
 * @throws {ConfigurationError} with every problem.
 */
export async function checkFiles(
  configDir: string,
  configFile: string,
  userLogic: UserLogic,
): Promise<readonly string[]> {
  const { configuration, notices } = loadConfiguration(configDir, configFile);

  readServerFiles(configDir, configuration);

  const logic = await userLogic.load();

  logic.discard();

  return [...notices, ...logic.warnings.map(formatProblem)];
}
