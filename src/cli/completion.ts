/** `oversip completion`: scripts for shells, made from the table of commands and options. */
import {
  COMMAND_LIST,
  type CommandName,
  type Completion,
  OPTION_LIST,
  optionWord,
  type SHELLS,
} from "./command-table.ts";

/** A script to be evaluated by the shell, or put where it looks for completions. */
export function completionScript(shell: (typeof SHELLS)[number]): string {
  return shell === "bash" ? bashScript() : zshScript();
}

/** First words of commands, and the second words of those that have two. */
const FIRST_WORDS = [...new Set(COMMAND_LIST.map(([name]) => name.split(" ", 1)[0] ?? name))];
const SECOND_WORDS = new Map(
  FIRST_WORDS.map((first) => [
    first,
    COMMAND_LIST.filter(([name]) => name.startsWith(`${first} `)).map(([name]) =>
      name.slice(first.length + 1),
    ),
  ]),
);

/** Both forms of the options with a value that `completes` something. */
function formsOf(isWanted: (completes: Completion | undefined) => boolean): string[] {
  return OPTION_LIST.filter(([, { completes, value }]) => value !== undefined && isWanted(completes)).flatMap(
    ([name, { short }]) => (short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`]),
  );
}

function optionsOf(command: CommandName): string[] {
  return OPTION_LIST.filter(([, { commands }]) => commands.includes(command)).map(([name, option]) =>
    optionWord(name, option),
  );
}

const BASH_ACTIONS = {
  directory: 'mapfile -t COMPREPLY < <(compgen -d -- "$word")',
  file: 'mapfile -t COMPREPLY < <(compgen -f -- "$word")',
  user: 'mapfile -t COMPREPLY < <(compgen -u -- "$word")',
  group: 'mapfile -t COMPREPLY < <(compgen -g -- "$word")',
} as const;

function bashAction(completes: Completion | undefined): string {
  return completes === undefined
    ? "COMPREPLY=()"
    : typeof completes === "string"
      ? BASH_ACTIONS[completes]
      : bashWords(completes);
}

function bashWords(words: readonly string[]): string {
  return `mapfile -t COMPREPLY < <(compgen -W '${words.join(" ")}' -- "$word")`;
}

function bashScript(): string {
  const values = OPTION_LIST.filter(([, { value }]) => value !== undefined).map(
    ([name, { completes, short }]) =>
      `    --${name}${short === undefined ? "" : ` | -${short}`}) ${bashAction(completes)}; return ;;`,
  );
  const nested = [...SECOND_WORDS].filter(([, seconds]) => seconds.length > 0);
  const commands = COMMAND_LIST.map(
    ([name, { completes, operand }]) =>
      `    '${name}')\n      if [[ $word == -* || -z '${operand ?? ""}' ]]; then ${bashWords(optionsOf(name))}\n` +
      `      else ${bashAction(completes)}; fi ;;`,
  );

  return `# Completion of oversip for bash: eval "$(oversip completion bash)"
_oversip() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command= i

  case $previous in
${values.join("\n")}
  esac

  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${formsOf(() => true).join(" | ")}) ((i++)) ;;
      -*) ;;
      *) command="\${command:+$command }\${COMP_WORDS[i]}" ;;
    esac
  done

  case $command in
    '')
      if [[ $word == -* ]]; then ${bashWords(optionsOf("run"))}
      else ${bashWords(FIRST_WORDS)}; fi ;;
${nested.map(([first, seconds]) => `    '${first}') ${bashWords(seconds)} ;;`).join("\n")}
${commands.join("\n")}
    *) if [[ $word == -* && $command == 'cert create '* ]]; then ${bashWords(optionsOf("cert create"))}; fi ;;
  esac
}
complete -F _oversip oversip
`;
}

const ZSH_ACTIONS = { directory: "_directories", file: "_files", user: "_users", group: "_groups" } as const;

function zshAction(completes: Completion | undefined): string {
  return completes === undefined
    ? " "
    : typeof completes === "string"
      ? ZSH_ACTIONS[completes]
      : `(${completes.join(" ")})`;
}

/** What `_arguments` wants of each option of a command. */
function zshOptions(command: CommandName): string {
  return OPTION_LIST.filter(([, { commands }]) => commands.includes(command))
    .map(([name, option]) => {
      const { completes, effect, isList = false, short, value } = option;
      const word = optionWord(name, option);
      // Within '[...]' neither brackets, colons nor apostrophes may stand.
      const text = `[${effect.join(" ").replace(/[[\]]/g, "").replaceAll(":", "\\:").replaceAll("'", "’")}]`;
      const ending = value === undefined ? "" : `:${value}:${zshAction(completes)}`;

      return short === undefined
        ? `'${isList ? "*" : ""}${word}${text}${ending}'`
        : `'(-${short} ${word})'{-${short},${word}}'${text}${ending}'`;
    })
    .join(" ");
}

function zshScript(): string {
  const nested = [...SECOND_WORDS].filter(([, seconds]) => seconds.length > 0);
  const commands = COMMAND_LIST.map(([name, { completes, operand }]) => {
    const last = operand === undefined ? "" : ` '1:${operand}:${zshAction(completes)}'`;

    return `    '${name}') _arguments ${zshOptions(name)}${last} ;;`;
  });

  return `#compdef oversip
# Completion of oversip for zsh: eval "$(oversip completion zsh)", or save it as _oversip in a directory of $fpath.
_oversip() {
  local command=\${words[2]}

  if ((CURRENT == 2)) && [[ $command != -* ]]; then
    compadd -- ${FIRST_WORDS.join(" ")}
    return
  fi

  case $command in
${nested
  .map(
    ([first, seconds]) =>
      `    ${first})
      if ((CURRENT == 3)); then
        compadd -- ${seconds.join(" ")}
        return
      fi
      command="${first} \${words[3]}"
      shift words
      ((CURRENT--)) ;;`,
  )
  .join("\n")}
    -*) command=run ;;
  esac

  if [[ \${words[2]} != -* ]]; then
    shift words
    ((CURRENT--))
  fi

  case $command in
${commands.join("\n")}
  esac
}
compdef _oversip oversip
`;
}
