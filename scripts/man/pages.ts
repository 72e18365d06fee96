/** The manual pages, of the commands' own metadata. */
import { readFileSync } from "node:fs";
import { typedLines } from "../../src/commands/support/help.js";
import { type CommandModel, type Flag, MODEL, PROGRAM } from "../command-model.js";
import {
  DATE,
  DESCRIPTION,
  ENVIRONMENT,
  EXIT_NOTE,
  EXITS,
  JOURNAL_FILES,
  NAMING,
  OVERLAY_FILES,
  SEE_ALSO,
  SEE_ALSO_ALL,
  SUMMARY,
  WRITERS,
} from "./prose.js";
import { bold, italic, item, literal, paragraphs, roff, running, section } from "./roff.js";

const SECTION = 8;
/** Of a terminal, without the indentation of what is typed. */
const EXAMPLE_WIDTH = 80 - 11;

interface Package {
  readonly version: string;
}

const { version } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as Package;

function pageName(command: string): string {
  return `${PROGRAM}-${command.replaceAll(" ", "-")}`;
}

function title(name: string): string[] {
  return [
    '.\\" Made by scripts/write-man.ts out of what --help shows. Do not edit.',
    `.TH ${roff(name).toUpperCase()} ${SECTION} "${DATE}" "${PROGRAM} ${version}" "System Administration"`,
    ".nh",
    ".ad l",
  ];
}

/** "check" in "ovl-index check [FLAGS] MOUNTPOINT" is typed, what is in capitals stands for something. */
function synopsisLine(usage: string): string {
  return usage
    .split(" ")
    .map((word) => (/^-|^[a-z]/.test(word) ? bold(word) : roff(word).replace(/[A-Z]{2,}/g, "\\fI$&\\fR")))
    .join(" ");
}

function synopsis(usages: readonly string[]): string[] {
  return usages.flatMap((usage, i) => (i === 0 ? [synopsisLine(usage)] : [".br", synopsisLine(usage)]));
}

function flagItem(flag: Flag): string[] {
  const long = bold(`--${flag.name}`);
  const value = flag.value === null ? "" : flag.value;
  const words = flag.values.kind === "words" && value.includes("|");
  const shown = value === "" ? "" : `=${words ? bold(value) : italic(value)}`;
  const short =
    flag.char === null ? "" : `${bold(`-${flag.char}`)}${value === "" ? "" : ` ${italic(value)}`}, `;
  const again = flag.multiple && !flag.description.includes("again") ? "; may be given again" : "";
  return item(`${short}${long}${shown}`, `${flag.description}${again}`);
}

function options({ arguments: args, flags }: CommandModel): string[] {
  const groups = [...new Set(flags.map(({ group }) => group))].sort((a, b) =>
    (a ?? "").localeCompare(b ?? ""),
  );
  return [
    ...args.flatMap(({ name, description }) => item(italic(name.toUpperCase()), description)),
    ...groups.flatMap((group) => [
      ...(group === null ? [] : [`.SS ${group.charAt(0)}${group.slice(1).toLowerCase()}`]),
      ...flags.filter((flag) => flag.group === group).flatMap(flagItem),
    ]),
  ];
}

function takesOverlay({ flags }: CommandModel): boolean {
  return flags.some(({ name }) => name === "options");
}

function files(command: CommandModel): string[] {
  const all = [
    ...(takesOverlay(command) ? OVERLAY_FILES : []),
    ...(WRITERS.has(command.name) ? JOURNAL_FILES : []),
  ];
  return all.flatMap(([path, meaning]) => item(italic(path), meaning));
}

function examples(command: CommandModel): string[] {
  return command.examples.flatMap(({ description, command: line }, i) => [
    ...(i === 0 ? [] : [".PP"]),
    ...running(`${description}:`),
    ...literal(typedLines(line, EXAMPLE_WIDTH, 4)),
  ]);
}

function reference(page: string): string {
  const [, name = "", part = String(SECTION)] = /^(.*?)(?:\((\d)\))?$/.exec(page) ?? [];
  const full = page.includes("(") || page === PROGRAM ? name : pageName(name);
  return `${bold(full)}(${part})`;
}

function seeAlso(pages: readonly string[]): string[] {
  return [pages.map(reference).join(",\n")];
}

/** Within a sentence, and behind a dash. */
function clause(summary: string): string {
  const plain = summary.replace(/\.$/, "");
  return /^.[a-z ]/.test(plain) ? plain.charAt(0).toLowerCase() + plain.slice(1) : plain;
}

function commandPage(command: CommandModel): string[] {
  const name = pageName(command.name);
  return [
    ...title(name),
    ...section("NAME", [`${roff(name)} \\- ${roff(clause(command.summary))}`]),
    ...section("SYNOPSIS", synopsis(command.usage)),
    ...section("DESCRIPTION", paragraphs(command.description.split("\n"))),
    ...section("OPTIONS", options(command)),
    ...section(
      "EXIT STATUS",
      command.exits.flatMap(([code, meaning]) => item(bold(code), meaning)),
    ),
    ...section("FILES", files(command)),
    ...section("EXAMPLES", examples(command)),
    ...section("SEE ALSO", seeAlso([PROGRAM, ...(SEE_ALSO[command.name] ?? [])])),
  ];
}

function overviewPage(): string[] {
  const check = MODEL.find(({ name }) => name === "check");
  const naming = (check?.flags ?? []).filter(({ group }) => group !== null);
  const mountpoint = (check?.arguments ?? []).flatMap(({ name, description }) =>
    item(italic(name.toUpperCase()), description),
  );
  return [
    ...title(PROGRAM),
    ...section("NAME", [`${roff(PROGRAM)} \\- ${roff(SUMMARY)}`]),
    ...section("SYNOPSIS", synopsis([`${PROGRAM} COMMAND [FLAGS] [ARGUMENTS]`, `${PROGRAM} --version`])),
    ...section("DESCRIPTION", paragraphs(DESCRIPTION)),
    ...section(
      "COMMANDS",
      MODEL.flatMap(({ name, summary }) => item(reference(name), summary)),
    ),
    ...section("NAMING AN OVERLAY", [...paragraphs(NAMING), ...mountpoint, ...naming.flatMap(flagItem)]),
    ...section("EXIT STATUS", [
      ...running(EXIT_NOTE),
      ...EXITS.flatMap(([code, meaning]) => item(bold(code), meaning)),
    ]),
    ...section(
      "ENVIRONMENT",
      ENVIRONMENT.flatMap(([name, meaning]) => item(bold(name), meaning)),
    ),
    ...section(
      "FILES",
      [...OVERLAY_FILES, ...JOURNAL_FILES].flatMap(([path, meaning]) => item(italic(path), meaning)),
    ),
    ...section("EXAMPLES", check === undefined ? [] : examples(check)),
    ...section("SEE ALSO", seeAlso(SEE_ALSO_ALL)),
  ];
}

/** File name below man/ to its text. */
export const PAGES: ReadonlyMap<string, string> = new Map(
  [
    [PROGRAM, overviewPage()] as const,
    ...MODEL.map((command) => [pageName(command.name), commandPage(command)] as const),
  ].map(([name, lines]) => [`${name}.${SECTION}`, `${lines.join("\n")}\n`]),
);
