/** Command lines that the user is told to type. */
import { basename, relative } from "node:path";

/**
 * How the command was started, to be started so again: by its name, by npx, or as a script of a checkout.
 *
 * @param script path of what Node.js runs.
 */
export function commandWords(script: string, environment: NodeJS.ProcessEnv): string {
  const prefix = environment["npm_command"] === "exec" ? "npx " : "";

  return basename(script) === "oversip.js"
    ? `${prefix}node ${shellWord(relative("", script))}`
    : `${prefix}oversip`;
}

/** As one word of a shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
