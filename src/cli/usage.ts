/** What `oversip --help` prints. */
import {
  COMMAND_LIST,
  COMMANDS,
  type CommandDescription,
  type CommandName,
  OPTION_LIST,
  type OptionDescription,
  optionWord,
} from "./command-table.ts";

const PROGRAM = "oversip";
const COMMAND_WIDTH = 27;
const OPTION_WIDTH = 28;

export const USAGE = COMMAND_LIST.map(
  ([name, command], index) =>
    `${index === 0 ? "Usage:" : "      "} ${PROGRAM} ${wordsOf(name, command).padEnd(COMMAND_WIDTH)} ${command.effect}\n`,
).join("");

const SERVER_OPTIONS = describeOptions(
  ([, { commands }]) => !commands.includes("cert create") || commands.includes("run"),
);
const CERTIFICATE_OPTIONS = describeOptions(
  ([, { commands }]) => commands.includes("cert create") && !commands.includes("run"),
);

export const HELP = `${USAGE}
Options:
${SERVER_OPTIONS}
Options of cert create:
${CERTIFICATE_OPTIONS}
Signals:
  TERM, QUIT, INT           stop: transactions under way are given core.shutdown_timeout seconds
                            to end; a second one ends the server at once
  HUP                       reload proxies.conf, server.ts, certificates and keys
  USR1                      call systemEvents.onUserReload

Exit status:
  0                         the server was stopped, or the command did what was asked
  1                         an error: a file that cannot be used, a port that is taken, a callback
                            of the start that failed, a file that is there already
  2                         a command line that is wrong
  other                     what process.exit() of user code asked for
`;

/** What `oversip COMMAND --help` prints. */
export function helpOf(name: CommandName): string {
  const command: CommandDescription = COMMANDS[name];

  return name === "run"
    ? HELP
    : `Usage: ${PROGRAM} ${wordsOf(name, command)}\n\n  ${command.effect}\n\nOptions:\n` +
        describeOptions(([, { commands }]) => commands.includes(name));
}

function wordsOf(name: CommandName, { operand }: CommandDescription): string {
  const words = name === "run" ? "[run]" : operand === undefined ? name : `${name} ${operand}`;
  const hasOptions = OPTION_LIST.some(
    ([option, { commands }]) => commands.includes(name) && option !== "help" && option !== "version",
  );

  return `${words}${hasOptions ? " [options]" : ""}`;
}

function describeOptions(isWanted: (entry: (typeof OPTION_LIST)[number]) => boolean): string {
  return OPTION_LIST.filter(isWanted)
    .map(([name, option]) => describeOption(name, option))
    .join("");
}

function describeOption(name: string, option: OptionDescription): string {
  const { effect, short, value } = option;
  const words = `${optionWord(name, option)}${value === undefined ? "" : ` ${value}`}`;
  const start = `${short === undefined ? "    " : `-${short}, `}${words}`.padEnd(OPTION_WIDTH - 2);

  return effect
    .map((line, index) => `${index === 0 ? `  ${start}` : " ".repeat(OPTION_WIDTH)}${line}\n`)
    .join("");
}
