/** The command line: which command, with which options. */
import { type ParseArgsConfig, parseArgs } from "node:util";

export interface CommandOptions {
  readonly configDir: string;
  readonly configFile: string;
  readonly pidFile: string | undefined;
  readonly processName: string;
  readonly user: string | undefined;
  readonly group: string | undefined;
  readonly color: boolean;
}

export type Command =
  | { readonly name: "run" | "check"; readonly options: CommandOptions }
  | { readonly name: "init"; readonly directory: string }
  | { readonly name: "help" | "version" };

/** The command line cannot be understood; the message names what is wrong with it. */
export class CommandLineError extends Error {
  override readonly name = "CommandLineError";
}

const OPTIONS = {
  "config-dir": { type: "string" },
  "config-file": { type: "string" },
  pid: { type: "string", short: "P" },
  "process-name": { type: "string", short: "p" },
  user: { type: "string", short: "u" },
  group: { type: "string", short: "g" },
  color: { type: "boolean" },
  version: { type: "boolean", short: "v" },
  help: { type: "boolean", short: "h" },
} as const satisfies ParseArgsConfig["options"];

const DEFAULT_CONFIG_DIR = "/etc/oversip";
const DEFAULT_CONFIG_FILE = "oversip.conf";
const DEFAULT_PROCESS_NAME = "oversip";

/**
 * @param words what follows the program's name.
 * @throws {CommandLineError}
 */
export function parseCommandLine(words: readonly string[], environment: NodeJS.ProcessEnv): Command {
  const { values, positionals } = parse(words);

  // Negation is for colours; the parser offers it for whatever has no value.
  for (const name of ["help", "version"] as const) {
    if (values[name] === false) {
      throw new CommandLineError(`unknown option "--no-${name}"`);
    }
  }

  if (values.help === true) {
    return { name: "help" };
  }

  if (values.version === true) {
    return { name: "version" };
  }

  for (const [name, value] of Object.entries(values)) {
    if (value === "") {
      throw new CommandLineError(`--${name} needs a value`);
    }
  }

  const [name = "run", ...rest] = positionals;

  switch (name) {
    case "run":
    case "check":
      refuse(rest);

      return {
        name,
        options: {
          configDir: values["config-dir"] ?? DEFAULT_CONFIG_DIR,
          configFile: values["config-file"] ?? DEFAULT_CONFIG_FILE,
          pidFile: values.pid,
          processName: processName(values["process-name"]),
          user: values.user,
          group: values.group,
          color: values.color !== false && (environment["NO_COLOR"] ?? "") === "",
        },
      };
    case "init": {
      const [directory, ...more] = rest;

      if (directory === undefined) {
        throw new CommandLineError("init needs a directory");
      }

      refuse(more);

      const [option] = Object.keys(values);

      if (option !== undefined) {
        throw new CommandLineError(`init takes no option, but there is --${option}`);
      }

      return { name, directory };
    }
    default:
      throw new CommandLineError(`unknown command ${JSON.stringify(name)}`);
  }
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: OPTIONS,
      allowPositionals: true,
      allowNegative: true,
      strict: true,
    });
  } catch (error) {
    throw new CommandLineError(describe(error instanceof Error ? error.message : String(error), words));
  }
}

/** parseArgs explains at length; its first sentence names the option. */
function describe(message: string, words: readonly string[]): string {
  const unknown = /^Unknown option '([^']+)'/.exec(message)?.[1];

  if (unknown !== undefined) {
    return `unknown option ${JSON.stringify(unknown)}`;
  }

  const option = /^Option '(?:-\w, )?(--[\w-]+)/.exec(message)?.[1];

  if (option !== undefined && /argument missing|argument is ambiguous/.test(message)) {
    return `${option} needs a value`;
  }

  return option === undefined
    ? (message.split(/[.\n]/, 1)[0] ?? words.join(" "))
    : `${option} takes no value`;
}

function processName(name: string | undefined): string {
  if (name !== undefined && !/^[\x21-\x7e]{1,64}$/.test(name)) {
    throw new CommandLineError(
      `--process-name: ${JSON.stringify(name)} is no name: 1 to 64 printable characters without spaces`,
    );
  }

  return name ?? DEFAULT_PROCESS_NAME;
}

function refuse(words: readonly string[]): void {
  const [word] = words;

  if (word !== undefined) {
    throw new CommandLineError(`unexpected word ${JSON.stringify(word)}`);
  }
}
