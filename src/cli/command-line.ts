/** The command line: which command, with which options. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { type CertificateOptions, certificateOptions } from "./cert-options.ts";
import { CommandLineError } from "./command-line-error.ts";
import {
  COMMANDS,
  type CommandName,
  OPTION_LIST,
  type OptionName,
  optionWord,
  SHELLS,
} from "./command-table.ts";

export { CommandLineError } from "./command-line-error.ts";

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
  | { readonly name: "run"; readonly options: CommandOptions }
  | { readonly name: "check"; readonly options: CommandOptions }
  | { readonly name: "init"; readonly directory: string }
  | { readonly name: "cert create"; readonly options: CertificateOptions }
  | { readonly name: "cert identities"; readonly file: string }
  | { readonly name: "completion"; readonly shell: (typeof SHELLS)[number] }
  | { readonly name: "help"; readonly command?: CommandName }
  | { readonly name: "version" };

/** What was given, by the name of the option. */
export type OptionValues = Partial<Record<OptionName, string | boolean | readonly string[]>>;

const DEFAULT_CONFIG_DIR = "/etc/oversip";
const DEFAULT_CONFIG_FILE = "oversip.conf";
const DEFAULT_PROCESS_NAME = "oversip";

/**
 * @param words what follows the program's name.
 * @throws {CommandLineError}
 */
export function parseCommandLine(words: readonly string[], environment: NodeJS.ProcessEnv): Command {
  const { positionals, values } = parse(words);

  // The parser takes the negation of whatever has no value, and of what is known by its negation the plain form.
  for (const name of ["help", "version"] as const) {
    if (values[name] === false) {
      throw new CommandLineError(`unknown option "--no-${name}"`);
    }
  }

  if (values.help === true) {
    const command = commandIn(positionals);

    return { name: "help", ...(command !== undefined && { command }) };
  }

  if (values.version === true) {
    return { name: "version" };
  }

  for (const [name, value] of Object.entries(values)) {
    if ([value].flat().includes("")) {
      throw new CommandLineError(`--${name} needs a value`);
    }
  }

  const { name, operands } = findCommand(positionals);

  refuseOptions(name, values);

  return makeCommand(name, operands, values, environment);
}

function makeCommand(
  name: CommandName,
  operands: readonly string[],
  values: OptionValues,
  environment: NodeJS.ProcessEnv,
): Command {
  switch (name) {
    case "run":
    case "check":
      refuseWords(operands);

      return { name, options: serverOptions(values, environment) };
    case "init":
      return { name, directory: onlyOperand(operands, "init needs a directory") };
    case "cert create":
      return {
        name,
        options: certificateOptions(onlyOperand(operands, "cert create needs a name"), {
          domains: textsOf(values, "domain"),
          sipUris: textsOf(values, "sip-uri"),
          days: textOf(values, "days"),
          keyType: textOf(values, "key"),
          directory: textOf(values, "out"),
        }),
      };
    case "cert identities":
      return { name, file: onlyOperand(operands, "cert identities needs a file") };
    case "completion":
      return { name, shell: shellOf(onlyOperand(operands, "completion needs a shell: bash, zsh or fish")) };
  }
}

function findCommand(words: readonly string[]): { name: CommandName; operands: readonly string[] } {
  const [first] = words;

  if (first === undefined) {
    return { name: "run", operands: [] };
  }

  const name = commandIn(words);

  if (name !== undefined) {
    return { name, operands: words.slice(name.split(" ").length) };
  }

  const longer = Object.keys(COMMANDS).filter((name) => name.startsWith(`${first} `));

  throw new CommandLineError(
    longer.length > 0
      ? `${first} needs a command: ${longer.map((name) => name.slice(first.length + 1)).join(" or ")}`
      : `unknown command ${JSON.stringify(first)}`,
  );
}

/** The longest name of a command that the words begin with; undefined when they begin with none. */
function commandIn([first = "", second = ""]: readonly string[]): CommandName | undefined {
  return [`${first} ${second}`, first].find(isCommand);
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

function serverOptions(values: OptionValues, environment: NodeJS.ProcessEnv): CommandOptions {
  return {
    configDir: textOf(values, "config-dir") ?? DEFAULT_CONFIG_DIR,
    configFile: textOf(values, "config-file") ?? DEFAULT_CONFIG_FILE,
    pidFile: textOf(values, "pid"),
    processName: processName(textOf(values, "process-name")),
    user: textOf(values, "user"),
    group: textOf(values, "group"),
    color: values.color !== false && (environment["NO_COLOR"] ?? "") === "",
  };
}

function parse(words: readonly string[]): {
  readonly positionals: readonly string[];
  readonly values: OptionValues;
} {
  const options: NonNullable<ParseArgsConfig["options"]> = {};

  for (const [name, { isList = false, short, value }] of OPTION_LIST) {
    options[name] = {
      type: value === undefined ? "boolean" : "string",
      multiple: isList,
      ...(short !== undefined && { short }),
    };
  }

  try {
    const { positionals, values } = parseArgs({
      args: [...words],
      options,
      allowPositionals: true,
      allowNegative: true,
      strict: true,
    });

    return { positionals, values };
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

  if (option === undefined) {
    return message.split(/[.\n]/, 1)[0] ?? words.join(" ");
  }

  // The parser names the plain form of a negation too.
  const negation = option.replace("--", "--no-");

  return `${words.some((word) => word.startsWith(`${negation}=`)) ? negation : option} takes no value`;
}

/** An option that means nothing to the command was meant for something. */
function refuseOptions(command: CommandName, values: OptionValues): void {
  const takesSome = OPTION_LIST.some(
    ([option, { commands }]) => commands.includes(command) && option !== "help" && option !== "version",
  );

  for (const [name, option] of OPTION_LIST) {
    if (values[name] !== undefined && !option.commands.includes(command)) {
      const word = values[name] === true ? `--${name}` : optionWord(name, option);

      throw new CommandLineError(
        takesSome ? `${command} takes no ${word}` : `${command} takes no option, but there is ${word}`,
      );
    }
  }
}

function textOf(values: OptionValues, name: OptionName): string | undefined {
  const value = values[name];

  return typeof value === "string" ? value : undefined;
}

function textsOf(values: OptionValues, name: OptionName): readonly string[] {
  const value = values[name];

  return typeof value === "object" ? value : [];
}

function processName(name: string | undefined): string {
  if (name !== undefined && !/^[\x21-\x7e]{1,64}$/.test(name)) {
    throw new CommandLineError(
      `--process-name: ${JSON.stringify(name)} is no name: 1 to 64 printable characters without spaces`,
    );
  }

  return name ?? DEFAULT_PROCESS_NAME;
}

function shellOf(word: string): (typeof SHELLS)[number] {
  const shell = SHELLS.find((name) => name === word);

  if (shell === undefined) {
    throw new CommandLineError(
      `there is no completion for ${JSON.stringify(word)}, only for bash, zsh and fish`,
    );
  }

  return shell;
}

function onlyOperand([operand, ...more]: readonly string[], otherwise: string): string {
  if (operand === undefined || operand === "") {
    throw new CommandLineError(otherwise);
  }

  refuseWords(more);

  return operand;
}

function refuseWords([word]: readonly string[]): void {
  if (word !== undefined) {
    throw new CommandLineError(`unexpected word ${JSON.stringify(word)}`);
  }
}
