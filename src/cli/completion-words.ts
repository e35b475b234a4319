/** What completions for every shell are made from. */
import { COMMAND_LIST, type CommandName, OPTION_LIST, optionWord } from "./command-table.ts";

/** Of commands. */
export const FIRST_WORDS = [...new Set(COMMAND_LIST.map(([name]) => name.split(" ", 1)[0] ?? name))];
/** Of the first words that have some. */
export const SECOND_WORDS = FIRST_WORDS.map(
  (first) =>
    [
      first,
      COMMAND_LIST.filter(([name]) => name.startsWith(`${first} `)).map(([name]) =>
        name.slice(first.length + 1),
      ),
    ] as const,
).filter(([, seconds]) => seconds.length > 0);

/** Both forms of every option that has a value. */
export const OPTIONS_WITH_VALUE = OPTION_LIST.filter(([, { value }]) => value !== undefined).flatMap(
  ([name, { short }]) => (short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`]),
);

/** As they are written. */
export function optionsOf(command: CommandName): string[] {
  return OPTION_LIST.filter(([, { commands }]) => commands.includes(command)).map(([name, option]) =>
    optionWord(name, option),
  );
}
