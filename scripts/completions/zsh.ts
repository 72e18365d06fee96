/** The completion of zsh: _arguments with a specification for each word. */
import * as model from "../command-model.js";
import { inSpec, made, zshEnd } from "./parts.js";

const { MODEL, PROGRAM, TOPICS } = model;

function action(values: model.Values): string {
  switch (values.kind) {
    case "directories":
      return "_files -/";
    case "files":
      return "_files";
    case "words":
      return `(${values.words.map(inSpec).join(" ")})`;
    case "nothing":
      return " ";
  }
}

function flagSpecs({ name, char, description, value, values, multiple }: model.Flag): string[] {
  const both = char === null ? [`--${name}`] : [`-${char}`, `--${name}`];
  const once = multiple ? "*" : both.length > 1 ? `(${both.join(" ")})` : "";
  const about = `[${inSpec(description)}]`;
  const wanted =
    value === null ? "" : `:${inSpec(value.toLowerCase().replaceAll("|", " or "))}:${action(values)}`;
  return both.map((word) => {
    const joined = value === null ? "" : word.startsWith("--") ? "=" : "+";
    return `'${once}${word}${joined}${about}${wanted}'`;
  });
}

function argumentSpec({ name, values }: model.Argument, place: number): string {
  return `'${place}::${inSpec(name)}:${action(values)}'`;
}

function commandCase({ name, flags, arguments: args }: model.CommandModel): string[] {
  const specs = [
    ...flags.flatMap(flagSpecs),
    "'--help[tell how it is used]'",
    ...args.map((argument, i) => argumentSpec(argument, i + 1)),
  ];
  return [
    `    '${name}')`,
    "      _arguments -s -S \\",
    ...specs.map((spec, i) => `        ${spec}${i < specs.length - 1 ? " \\" : ""}`),
    "      ;;",
  ];
}

function described(commands: readonly (readonly [word: string, about: string])[]): string {
  return commands.map(([word, about]) => `    '${word}:${inSpec(about)}'`).join("\n");
}

function topicCase(topic: string): string {
  const below = MODEL.filter(({ name }) => name.startsWith(`${topic} `));
  return `  ${topic}_commands=(
${described(below.map(({ name, summary }) => [name.slice(topic.length + 1), summary]))}
  )`;
}

export function zshCompletion(): string {
  const first = [
    ...MODEL.filter(({ name }) => !name.includes(" ")).map(({ name, summary }) => [name, summary] as const),
    ...TOPICS.map((topic) => [topic, `commands about ${topic}`] as const),
  ];
  return `#compdef ${PROGRAM}
${made("zsh", PROGRAM)}

_ovl_index() {
  local command
  local -a commands ${TOPICS.map((topic) => `${topic}_commands`).join(" ")}
  commands=(
${described(first)}
  )
${TOPICS.map(topicCase).join("\n")}

  if ((CURRENT == 2)); then
    if [[ $words[2] == -* ]]; then
      compadd -- --help --version
    else
      _describe command commands
    fi
    return
  fi
  command=$words[2]
  case "$command" in
${TOPICS.map(
  (topic) => `    ${topic})
      if ((CURRENT == 3)); then
        _describe command ${topic}_commands
        return
      fi
      command="$command $words[3]"
      shift words
      ((CURRENT--))
      ;;`,
).join("\n")}
  esac
  # _arguments takes the first word for the program.
  shift words
  ((CURRENT--))
  case "$command" in
${MODEL.flatMap(commandCase).join("\n")}
  esac
}

${zshEnd(`_${PROGRAM}`, "_ovl_index", PROGRAM)}
`;
}
