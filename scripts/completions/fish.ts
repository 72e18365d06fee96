/** The completion of fish: a line for each word. */
import * as model from "../command-model.js";
import { made, quoted } from "./parts.js";

const { MODEL, PROGRAM, TOPICS } = model;

/** What is offered for a value; `-r` asks for one, `-x` for one that is no file. */
function offer(values: model.Values): string {
  switch (values.kind) {
    case "directories":
      return ` -x -a '(__fish_complete_directories)'`;
    case "files":
      return " -r -F";
    case "words":
      return ` -x -a ${quoted(values.words.join(" "))}`;
    case "nothing":
      return " -x";
  }
}

function flagLine(command: string, flag: model.Flag): string {
  const short = flag.char === null ? "" : ` -s ${flag.char}`;
  const value = flag.value === null ? "" : offer(flag.values);
  return `complete -c ${PROGRAM} -n '__ovl_index_in ${command}'${short} -l ${flag.name}${value} -d ${quoted(flag.description)}`;
}

function argumentLine(command: string, { values }: model.Argument): string[] {
  const condition = `complete -c ${PROGRAM} -n '__ovl_index_in ${command}'`;
  switch (values.kind) {
    case "directories":
      return [`${condition} -a '(__fish_complete_directories)'`];
    case "files":
      return [`${condition} -F`];
    case "words":
      return [`${condition} -a ${quoted(values.words.join(" "))}`];
    case "nothing":
      return [];
  }
}

function commandLines({ name, flags, arguments: args }: model.CommandModel): string[] {
  const kinds = new Map(args.map((argument) => [argument.values.kind, argument]));
  return [
    ...flags.map((flag) => flagLine(name, flag)),
    ...[...kinds.values()].flatMap((arg) => argumentLine(name, arg)),
  ];
}

/** The words that may follow `before`, each with what it is about. */
function nextWords(before: string): string[] {
  const prefix = before === "" ? "" : `${before} `;
  const next = new Map<string, string>();
  for (const { name, summary } of MODEL.filter((command) => command.name.startsWith(prefix))) {
    const [word = "", ...rest] = name.slice(prefix.length).split(" ");
    next.set(
      word,
      rest.length === 0
        ? summary
        : `${word}: ${[...(next.get(word)?.split(": ").slice(1) ?? []), ...rest].join(", ")}`,
    );
  }
  const condition = before === "" ? "__ovl_index_first" : `__ovl_index_is ${before}`;
  return [...next].map(
    ([word, about]) => `complete -c ${PROGRAM} -n '${condition}' -a ${word} -d ${quoted(about)}`,
  );
}

export function fishCompletion(): string {
  return `${made("fish", PROGRAM)}

# Nothing but the program was typed.
function __ovl_index_first
    test (count (commandline -opc)) -eq 1
end

# Exactly these words were typed.
function __ovl_index_is
    set -l typed (commandline -opc)
    set -e typed[1]
    test "$typed" = "$argv"
end

# The command is of these words.
function __ovl_index_in
    set -l typed (commandline -opc)
    set -l last (math (count $argv) + 1)
    test (count $typed) -ge $last
    and test "$typed[2..$last]" = "$argv"
end

complete -c ${PROGRAM} -f
complete -c ${PROGRAM} -l help -d 'tell how it is used'
complete -c ${PROGRAM} -n __ovl_index_first -l version -d 'tell the version'
${nextWords("").join("\n")}
${TOPICS.flatMap(nextWords).join("\n")}
${MODEL.flatMap(commandLines).join("\n")}
`;
}
