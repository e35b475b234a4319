/** The command `oversip`: understands the command line and runs what it asks for. */
import { readFileSync } from "node:fs";
import { certCreateCommand } from "./cert-create-command.ts";
import { certIdentitiesCommand } from "./cert-identities-command.ts";
import { checkCommand } from "./check-command.ts";
import { type Command, CommandLineError, parseCommandLine } from "./command-line.ts";
import { completionScript } from "./completion.ts";
import { initCommand } from "./init-command.ts";
import { runCommand } from "./run-command.ts";
import { withStandardOutput } from "./standard-output.ts";
import { HELP, helpOf, USAGE } from "./usage.ts";

/**
 * @param words what follows the program's name.
 * @returns the exit status.
 */
export async function main(words: readonly string[]): Promise<number> {
  let command: Command;

  try {
    command = parseCommandLine(words, process.env);
  } catch (error) {
    if (!(error instanceof CommandLineError)) {
      throw error;
    }

    process.stderr.write(`oversip: ${error.message}\n${USAGE}`);

    return 2;
  }

  return command.name === "run"
    ? runCommand(command.options, packageVersion())
    : withStandardOutput(() => perform(command));
}

type PrintingCommand = Exclude<Command, { readonly name: "run" }>;

async function perform(command: PrintingCommand): Promise<number> {
  switch (command.name) {
    case "check":
      return checkCommand(command.options, packageVersion());
    case "init":
      return initCommand(command.directory);
    case "cert create":
      return certCreateCommand(command.options);
    case "cert identities":
      return certIdentitiesCommand(command.file);
    case "completion":
      process.stdout.write(completionScript(command.shell));

      return 0;
    case "version":
      process.stdout.write(`oversip ${packageVersion()}\n`);

      return 0;
    case "help":
      process.stdout.write(command.command === undefined ? HELP : helpOf(command.command));

      return 0;
  }
}

/** As package.json says it; the file lies two folders up, in a checkout and in an installed package. */
function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");

  return String((JSON.parse(text) as { version: unknown }).version);
}
