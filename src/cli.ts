import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Config, run as runCommand, settings } from "@oclif/core";
import { COMMANDS } from "./commands/index.js";
import { fitted } from "./lib/report/index.js";

/** name, version and oclif settings of package.json, put here when the bundle is made. */
declare const PACKAGE_INFO: NonNullable<Config["options"]["pjson"]>;

/** fsck(8)'s bits for what is not a command's own result. */
const COULD_NOT_COMPLETE = 8;
const USAGE = 16;

/** oclif's own exit code for arguments it does not understand. */
const OCLIF_USAGE = 2;

interface OclifError extends Error {
  readonly oclif?: { readonly exit?: number | false };
}

/**
 * Run one command line and set the exit code. Whatever goes wrong is told in a
 * line on stderr, never by a stack trace, and never ends in 0.
 */
export async function run(argv: readonly string[]): Promise<void> {
  settings.enableAutoTranspile = false;
  try {
    // The bundle is dist/bundle/cli.cjs, two folders below the package.
    const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
    const options = { root, pjson: PACKAGE_INFO, userPlugins: false, devPlugins: false, jitPlugins: false };
    await runCommand([...argv], await Config.load(options));
  } catch (error) {
    process.exitCode = report(error, argv);
  }
}

function report(error: unknown, argv: readonly string[]): number {
  const failure: OclifError = error instanceof Error ? error : new Error(String(error));
  const exit = failure.oclif?.exit;
  // this.exit(n) of a command: it has said what there was to say.
  if (failure.name === "ExitError" || (failure as { code?: string }).code === "EEXIT") {
    return typeof exit === "number" ? exit : COULD_NOT_COMPLETE;
  }
  const message = sentenceOf(failure.message);
  // Our own words say what to give instead; oclif's only what it does not know.
  const help = exit === OCLIF_USAGE ? `; see ovl-index ${commandOf(argv)}--help` : "";
  const lines = fitted(`ovl-index: ${message}${help}`, process.stderr, 2);
  process.stderr.write(`${lines.join("\n")}\n`);
  if (process.env["OVL_INDEX_DEBUG"]) process.stderr.write(`${failure.stack}\n`);
  if (exit === OCLIF_USAGE) return USAGE;
  return typeof exit === "number" && exit > 0 ? exit : COULD_NOT_COMPLETE;
}

/** oclif's message as one line that says what is wrong, and nothing beside that. */
function sentenceOf(message: string): string {
  const [, name, what] = /^Missing \d+ required args?:\s+(\S+) +([^\n]*)/.exec(message) ?? [];
  if (name !== undefined) return `${name.toUpperCase()} is missing: ${what}`;
  const [, words] = /^command (\S+) not found$/.exec(message) ?? [];
  if (words !== undefined) return `there is no command "${words.replaceAll(":", " ")}"`;
  return message
    .replace("See more help with --help", "")
    .replace(/^Parsing (--\S+)\s+/, "$1: ")
    .trim()
    .replace(/\s*\n\s*/g, " ");
}

/** The command that was meant, with a space behind it; nothing where there is no such command. */
function commandOf(argv: readonly string[]): string {
  for (const words of [argv.slice(0, 2), argv.slice(0, 1)]) {
    if (Object.hasOwn(COMMANDS, words.join(":"))) return `${words.join(" ")} `;
  }
  return "";
}
