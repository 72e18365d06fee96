/** The commands as plain values: what manual pages and completions are made of. All of it is what --help shows. */
import { COMMANDS } from "../src/commands/index.js";
import type { Exits } from "../src/commands/support/metadata.js";
import { CODES } from "../src/lib/catalogue/index.js";

export const PROGRAM = "ovl-index";

/** What a shell offers where a value is expected. */
export type Values =
  | { readonly kind: "directories" | "files" | "nothing" }
  | { readonly kind: "words"; readonly words: readonly string[] };

export interface Flag {
  readonly name: string;
  readonly char: string | null;
  readonly description: string;
  /** Null where it takes no value. */
  readonly value: string | null;
  readonly values: Values;
  readonly multiple: boolean;
  readonly group: string | null;
}

export interface Argument {
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  readonly values: Values;
}

export interface CommandModel {
  /** "check", "handles save" */
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly usage: readonly string[];
  readonly arguments: readonly Argument[];
  readonly flags: readonly Flag[];
  readonly exits: readonly (readonly [code: string, meaning: string])[];
  readonly examples: readonly { readonly description: string; readonly command: string }[];
}

/** The parts of oclif's metadata that are read here; its own types have many more, and tell a flag's type by class. */
interface OclifFlag {
  readonly type: "boolean" | "option";
  readonly char?: string | undefined;
  readonly description?: string | undefined;
  readonly summary?: string | undefined;
  readonly helpValue?: string | string[] | undefined;
  readonly helpGroup?: string | undefined;
  readonly hidden?: boolean | undefined;
  readonly multiple?: boolean | undefined;
  readonly options?: readonly string[] | undefined;
  readonly default?: unknown;
}
interface OclifArgument {
  readonly description?: string | undefined;
  readonly required?: boolean | undefined;
}
interface OclifCommand {
  readonly summary?: string | undefined;
  readonly description?: string | undefined;
  readonly usage?: string | string[] | undefined;
  readonly args?: Record<string, OclifArgument>;
  readonly flags?: Record<string, OclifFlag>;
  readonly exits: Exits;
  readonly examples?: string | readonly (string | { description: string; command: string })[] | undefined;
}

const DIRECTORIES: Values = { kind: "directories" };
const FILES: Values = { kind: "files" };
const NOTHING: Values = { kind: "nothing" };

const BY_HELP_VALUE: Readonly<Record<string, Values>> = {
  DIR: DIRECTORIES,
  MOUNTPOINT: DIRECTORIES,
  "A:B": DIRECTORIES,
  FILE: FILES,
};

const BY_ARGUMENT: Readonly<Record<string, Values>> = {
  file: FILES,
  journal: DIRECTORIES,
  mountpoint: DIRECTORIES,
  subject: FILES,
  topic: { kind: "words", words: CODES },
};

function flagOf(name: string, flag: OclifFlag): Flag {
  const given = Array.isArray(flag.helpValue) ? flag.helpValue.join("|") : flag.helpValue;
  const isOption = flag.type === "option";
  const value = isOption ? (given ?? name.toUpperCase()) : null;
  const words = flag.options ?? [];
  const values: Values =
    words.length > 0 ? { kind: "words", words } : ((value === null ? null : BY_HELP_VALUE[value]) ?? NOTHING);
  const byDefault = isOption && typeof flag.default === "string" ? `; ${flag.default} unless told` : "";
  const numeric = isOption && typeof flag.default === "number" ? `; ${flag.default} unless told` : "";
  return {
    name,
    char: flag.char ?? null,
    description: `${flag.summary ?? flag.description ?? ""}${byDefault}${numeric}`,
    value,
    values,
    multiple: flag.multiple === true,
    group: flag.helpGroup ?? null,
  };
}

function argumentOf(name: string, argument: OclifArgument): Argument {
  return {
    name,
    required: argument.required === true,
    description: argument.description ?? "",
    values: BY_ARGUMENT[name] ?? NOTHING,
  };
}

function listed<T>(value: T | readonly T[] | undefined): readonly T[] {
  return value === undefined ? [] : ((Array.isArray(value) ? value : [value]) as readonly T[]);
}

function modelOf(id: string, command: OclifCommand): CommandModel {
  const render = (text: string): string => text.replaceAll("<%= config.bin %>", PROGRAM);
  return {
    name: id.replaceAll(":", " "),
    summary: command.summary ?? "",
    description: command.description ?? "",
    usage: listed(command.usage).map((usage) => `${PROGRAM} ${usage}`),
    arguments: Object.entries(command.args ?? {}).map(([name, argument]) => argumentOf(name, argument)),
    flags: Object.entries(command.flags ?? {})
      .filter(([, flag]) => flag.hidden !== true)
      .map(([name, flag]) => flagOf(name, flag))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    exits: Object.entries(command.exits),
    examples: listed(command.examples).map((example) =>
      typeof example === "string"
        ? { description: "", command: render(example) }
        : { description: example.description, command: render(example.command) },
    ),
  };
}

/** All commands, by name. */
export const MODEL: readonly CommandModel[] = Object.entries(COMMANDS).map(([id, command]) =>
  modelOf(id, command),
);

/** First words of commands that have two: "handles". */
export const TOPICS: readonly string[] = [
  ...new Set(MODEL.flatMap(({ name }) => (name.includes(" ") ? name.split(" ").slice(0, 1) : []))),
];
