/** The completion of bash: one function, which knows all words by itself. */
import { type CommandModel, type Flag, MODEL, PROGRAM, TOPICS, type Values } from "../command-model.js";
import { BASH_OFFERS, made, words } from "./parts.js";

function spellings({ name, char }: Flag): string[] {
  return [`--${name}`, ...(char === null ? [] : [`-${char}`])];
}

/** Shell that fills COMPREPLY with what fits to $cur. */
function offer(values: Values): string {
  switch (values.kind) {
    case "directories":
      return "__ovl_index_paths -d";
    case "files":
      return "__ovl_index_paths -f";
    case "words":
      return `__ovl_index_words '${words(values.words)}'`;
    case "nothing":
      return ":";
  }
}

function valueCase(flag: Flag): string[] {
  return flag.value === null
    ? []
    : [`          ${spellings(flag).join(" | ")}) ${offer(flag.values)}; return ;;`];
}

function commandCase({ name, flags, arguments: args }: CommandModel): string[] {
  const valued = flags.filter(({ value }) => value !== null);
  return [
    `    '${name}')`,
    ...(valued.length === 0 ? [] : ['      case "$prev" in', ...valued.flatMap(valueCase), "      esac"]),
    `      flags='${words([...flags.flatMap(spellings), "--help"])}'`,
    `      valued='${words(valued.flatMap(spellings))}'`,
    ...args.map(({ values }, i) => `      offers[${i}]=${JSON.stringify(offer(values))}`),
    "      ;;",
  ];
}

const COMMANDS = [...new Set(MODEL.map(({ name }) => name.split(" ")[0] ?? name))];
function topicCase(topic: string): string {
  const below = MODEL.filter(({ name }) => name.startsWith(`${topic} `)).map(
    ({ name }) => name.split(" ")[1] ?? "",
  );
  return `    ${topic}) __ovl_index_words '${words(below)}'; return ;;`;
}

export function bashCompletion(): string {
  return `${made("bash", PROGRAM)}

${BASH_OFFERS}

_ovl_index() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}"
  local command="" flags="" valued="" place=0 i word
  local -a offers=()
  COMPREPLY=()

  # "--flag=value" comes as three words, for = divides them.
  if [[ $cur == "=" ]]; then
    cur=""
  elif [[ $prev == "=" ]]; then
    prev="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi

  if ((COMP_CWORD == 1)); then
    __ovl_index_words '${words([...COMMANDS, "--help", "--version"])}'
    return
  fi
  command="\${COMP_WORDS[1]}"
  i=2
  case "$command" in
    ${TOPICS.join(" | ")})
      if ((COMP_CWORD > 2)); then
        command="$command \${COMP_WORDS[2]}"
        i=3
      fi
      ;;
  esac

  case "$command" in
${TOPICS.map(topicCase).join("\n")}
${MODEL.flatMap(commandCase).join("\n")}
    *) return ;;
  esac

  if [[ $cur == -* ]]; then
    __ovl_index_words "$flags"
    return
  fi

  # How many arguments stand before this word; a flag's value is none.
  while ((i < COMP_CWORD)); do
    word="\${COMP_WORDS[i]}"
    if [[ $word == -* ]]; then
      if [[ " $valued " == *" $word "* ]]; then
        [[ \${COMP_WORDS[i + 1]} == "=" ]] && i=$((i + 1))
        i=$((i + 1))
      fi
    else
      place=$((place + 1))
    fi
    i=$((i + 1))
  done
  eval "\${offers[place]:-:}"
}

complete -F _ovl_index ${PROGRAM}
`;
}
