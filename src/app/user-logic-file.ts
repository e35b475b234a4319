/** Which file of the configuration directory holds the user's logic. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ConfigurationError } from "../errors/errors.ts";

/** Taken in this order; more than one is an error, for nobody could tell which one runs. */
const USER_LOGIC_FILES = ["server.ts", "server.mts", "server.js", "server.mjs"] as const;

/** @throws {ConfigurationError} when there is none, or more than one. */
export function findUserLogicFile(configDir: string): string {
  const found = USER_LOGIC_FILES.filter((name) => existsSync(join(configDir, name)));
  const [first, second] = found;

  if (first === undefined) {
    throw new ConfigurationError([
      {
        file: join(configDir, USER_LOGIC_FILES[0]),
        message: "no such file; the server's logic is looked for in server.ts, server.js or server.mjs",
      },
    ]);
  }

  if (second !== undefined) {
    throw new ConfigurationError([
      {
        file: join(configDir, second),
        message: `${first} is there too: only one of them can be the server's logic`,
      },
    ]);
  }

  return join(configDir, first);
}
