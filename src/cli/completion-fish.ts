/** Completion for fish. */
import { COMMAND_LIST, type Completion, OPTION_LIST, optionWord } from "./command-table.ts";
import { FIRST_WORDS, OPTIONS_WITH_VALUE, SECOND_WORDS } from "./completion-words.ts";

const ACTIONS = {
  directory: "-x -a '(__fish_complete_directories)'",
  file: "-r -F",
  user: "-x -a '(__fish_complete_users)'",
  group: "-x -a '(__fish_complete_groups)'",
} as const;

export function fishScript(): string {
  return `# Completion of oversip for fish: oversip completion fish | source
# The words of the command that stand before the cursor; they may stand before, between and after options.
function __oversip_command
    set -l found
    set -l is_value no

    for word in (commandline -opc)[2..]
        if test $is_value = yes
            set is_value no
            continue
        end

        switch $word
            case ${OPTIONS_WITH_VALUE.join(" ")}
                set is_value yes
            case '-*'
            case '*'
                set -a found $word
        end
    end

    switch "$found[1]"
        case ${SECOND_WORDS.map(([first]) => first).join(" ")}
            echo "$found[1..2]"
        case '*'
            echo "$found[1]"
    end
end

function __oversip_in
    contains -- (__oversip_command) $argv
end

complete -c oversip -f
${[...firstWords(), ...secondWords(), ...options(), ...operands()].map((line) => `complete -c oversip ${line}\n`).join("")}`;
}

function firstWords(): string[] {
  return FIRST_WORDS.map((first) => `${within("")} -a ${first}${describe(effectOf(first))}`);
}

function secondWords(): string[] {
  return SECOND_WORDS.flatMap(([first, seconds]) =>
    seconds.map((second) => `${within(first)} -a ${second}${describe(effectOf(`${first} ${second}`))}`),
  );
}

function options(): string[] {
  return OPTION_LIST.map(([name, option]) => {
    const { commands, completes, effect, short, value } = option;
    const word = optionWord(name, option).slice(2);
    const names = commands.includes("run") ? ["", ...commands] : commands;

    return [
      `${within(...names)} -l ${word}`,
      ...(short === undefined ? [] : [`-s ${short}`]),
      ...(value === undefined ? [] : [actionOf(completes)]),
    ]
      .join(" ")
      .concat(describe(effect.join(" ")));
  });
}

function operands(): string[] {
  return COMMAND_LIST.filter(([, { completes }]) => completes !== undefined).map(
    ([name, { completes }]) => `${within(name)} ${actionOf(completes)}`,
  );
}

function actionOf(completes: Completion | undefined): string {
  return completes === undefined
    ? "-x"
    : typeof completes === "string"
      ? ACTIONS[completes]
      : `-x -a '${completes.join(" ")}'`;
}

/** Where it is proposed. */
function within(...commands: readonly string[]): string {
  return `-n '__oversip_in ${commands.map((name) => `"${name}"`).join(" ")}'`;
}

function effectOf(command: string): string | undefined {
  return COMMAND_LIST.find(([name]) => name === command)?.[1].effect;
}

function describe(effect: string | undefined): string {
  return effect === undefined ? "" : ` -d '${effect.replaceAll("'", "’")}'`;
}
