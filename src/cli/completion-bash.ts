/** Completion for bash, version 4 or later. */
import { COMMAND_LIST, type Completion, OPTION_LIST } from "./command-table.ts";
import { FIRST_WORDS, OPTIONS_WITH_VALUE, optionsOf, SECOND_WORDS } from "./completion-words.ts";

const BASH_ACTIONS = {
  // As names of files: what is odd in them is escaped, directories get a slash.
  directory: 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$word")',
  file: 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word")',
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

export function bashScript(): string {
  const values = OPTION_LIST.filter(([, { value }]) => value !== undefined).map(
    ([name, { completes, short }]) =>
      `    --${name}${short === undefined ? "" : ` | -${short}`}) ${bashAction(completes)}; return ;;`,
  );
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
      ${OPTIONS_WITH_VALUE.join(" | ")}) ((i++)) ;;
      -*) ;;
      *) command="\${command:+$command }\${COMP_WORDS[i]}" ;;
    esac
  done

  case $command in
    '')
      if [[ $word == -* ]]; then ${bashWords(optionsOf("run"))}
      else ${bashWords(FIRST_WORDS)}; fi ;;
${SECOND_WORDS.map(([first, seconds]) => `    '${first}') ${bashWords(seconds)} ;;`).join("\n")}
${commands.join("\n")}
    *) if [[ $word == -* && $command == 'cert create '* ]]; then ${bashWords(optionsOf("cert create"))}; fi ;;
  esac
}
complete -F _oversip oversip
`;
}
