/** Who accepts the plan: -n, -p, -y, or a person at a terminal. */
import { Flags } from "@oclif/core";
import type { RunMode } from "../../lib/repair/run-result.js";

export const modeFlags = {
  "dry-run": Flags.boolean({ char: "n", description: "show the plan, write nothing" }),
  preen: Flags.boolean({ char: "p", description: "do only what is safe unattended" }),
  yes: Flags.boolean({ char: "y", description: "do everything that is planned" }),
};

export interface ModeWords {
  readonly "dry-run": boolean;
  readonly preen?: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** The first of -n, -p and -y that was given, as it is typed; null where none was. */
export function modeFlag(words: Omit<ModeWords, "json">): string | null {
  return words["dry-run"] ? "-n" : words.preen === true ? "-p" : words.yes ? "-y" : null;
}

export type ResolvedMode = { readonly mode: RunMode } | { readonly usage: string };

/**
 * @param terminal Somebody reads what is printed and can answer.
 * @param preens The command has -p.
 */
export function resolveMode(words: ModeWords, terminal: boolean, preens = true): ResolvedMode {
  const given: RunMode[] = [];
  if (words["dry-run"]) given.push("dry-run");
  if (words.preen === true) given.push("preen");
  if (words.yes) given.push("yes");
  const flags = preens ? "-n, -p or -y" : "-n or -y";
  if (given.length > 1) return { usage: `give only one of ${flags}` };
  const [mode] = given;
  if (mode !== undefined) return { mode };
  if (words.json) return { usage: `--json asks nobody: give ${flags}` };
  return terminal ? { mode: "ask" } : { usage: `nobody is there to be asked: give ${flags}` };
}
