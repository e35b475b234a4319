/** What `oversip check` does: steps 1 and 2 of the start, without a server. */
import { processServer } from "../api/process-server.ts";
import { SystemCallbackRegistry } from "../api/system-callbacks.ts";
import { loadConfiguration } from "../config/load-configuration.ts";
import { formatProblem } from "../errors/errors.ts";
import type { Logger } from "../log/logger.ts";
import { loadOversipModule } from "./oversip-module.ts";
import { ServerFacts } from "./server-facts.ts";
import { readServerFiles } from "./server-files.ts";
import { ServerState } from "./server-state.ts";
import { UserLogic } from "./user-logic.ts";

/**
 * Reads and checks every file, and loads the user's logic; no callback is called.
 *
 * @param logger for what the user's files log while they are loaded.
 * @returns what is worth knowing, one line each.
 * @throws {ConfigurationError} with every problem.
 */
export async function checkFiles(
  configDir: string,
  configFile: string,
  version: string,
  logger: Logger,
): Promise<readonly string[]> {
  const registry = new SystemCallbackRegistry();
  const facts = new ServerFacts(version, new ServerState(), registry);
  const { configuration, notices } = loadConfiguration(configDir, configFile);
  const oversip = await loadOversipModule();
  const userLogic = new UserLogic({
    configDir,
    systemCallbacks: registry,
    makeInterface: (owner) => oversip.interfaceWith(registry.forOwner(owner)),
  });

  const files = readServerFiles(configDir, configuration);

  facts.configurationLoaded(configuration, files, logger);
  processServer.attach(facts);

  const { warnings } = await userLogic.load([...files.profiles.keys()]);

  return [...notices, ...warnings.map(formatProblem)];
}
