/** Completion for zsh. */
import { COMMAND_LIST, type CommandName, type Completion, OPTION_LIST, optionWord } from "./command-table.ts";
import { FIRST_WORDS, OPTIONS_WITH_VALUE, SECOND_WORDS } from "./completion-words.ts";

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

export function zshScript(): string {
  const seconds = SECOND_WORDS.map(
    ([first, words]) => `    '${first}') compadd -- ${words.join(" ")}; return ;;`,
  );
  const commands = COMMAND_LIST.map(([name, { completes, operand }]) => {
    const last = operand === undefined ? "" : ` '1:${operand}:${zshAction(completes)}'`;

    return `    '${name}') _arguments ${zshOptions(name)}${last} ;;`;
  });

  return `#compdef oversip
# Completion of oversip for zsh: eval "$(oversip completion zsh)", or save it as _oversip in a directory of $fpath.
_oversip() {
  local command= i
  local -a others

  # The words of the command may stand before, between and after options.
  for ((i = 2; i < CURRENT; i++)); do
    case \${words[i]} in
      ${OPTIONS_WITH_VALUE.join(" | ")})
        others+=("\${words[i]}")
        ((i + 1 < CURRENT)) && others+=("\${words[++i]}") ;;
      -*) others+=("\${words[i]}") ;;
      *)
        case $command in
          ''${SECOND_WORDS.map(([first]) => ` | '${first}'`).join("")}) command="\${command:+$command }\${words[i]}" ;;
          *) others+=("\${words[i]}") ;;
        esac ;;
    esac
  done

  local current=\${words[CURRENT]} previous=\${words[CURRENT - 1]}

  if [[ $current != -* && $previous != (${OPTIONS_WITH_VALUE.join("|")}) ]]; then
    case $command in
    '') compadd -- ${FIRST_WORDS.join(" ")}; return ;;
${seconds.join("\n")}
    esac
  fi

  words=("\${words[1]}" "\${others[@]}" "$current")
  CURRENT=\${#words}

  case \${command:-run} in
${commands.join("\n")}
  esac
}

# Read by compinit it is the function's body, and this is its first call.
if [[ $funcstack[1] == _oversip ]]; then
  _oversip "$@"
else
  compdef _oversip oversip
fi
`;
}
