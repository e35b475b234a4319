/** `oversip completion`: scripts for shells, made from the table of commands and options. */
import type { SHELLS } from "./command-table.ts";
import { bashScript } from "./completion-bash.ts";
import { fishScript } from "./completion-fish.ts";
import { zshScript } from "./completion-zsh.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** A script to be evaluated by the shell, or put where it looks for completions. */
export function completionScript(shell: (typeof SHELLS)[number]): string {
  return SCRIPTS[shell]();
}
