/** Findings as both reports tell them: in which order, and in which words. */
import { type Code, type Finding, messageOf } from "../catalogue/index.js";
import type { CheckResult, OverlayReport } from "./result.js";

/** What the words about a finding depend on beside itself; known before anything is read. */
export interface Asked extends Pick<CheckResult, "require"> {
  readonly overlay: Pick<OverlayReport, "requested">;
}

const NO_PATH = Buffer.alloc(0);

function byPath(a: Finding, b: Finding): number {
  return Buffer.compare(a.path ?? NO_PATH, b.path ?? NO_PATH) || compare(a.layer ?? "", b.layer ?? "");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sorted by path, and by layer where a path is in several; for the rest as they were found. */
export function sortedByPath(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(byPath);
}

/** Codes in the order in which they were first found, and each one's findings by path. */
export function* inOrder(findings: readonly Finding[]): Generator<Finding> {
  const groups = new Map<Code, Finding[]>();
  for (const found of findings) {
    const group = groups.get(found.code);
    if (group === undefined) groups.set(found.code, [found]);
    else group.push(found);
  }
  for (const group of groups.values()) yield* group.sort(byPath);
}

/** Options that `--require` adds to those given: who did not write them would look for them in vain. */
function addedByRequire({ require, overlay }: Asked): string[] {
  const added: string[] = [];
  if (require === "nfs-export" && overlay.requested["nfs_export"] === undefined) added.push("nfs_export=on");
  if (require !== "plain" && overlay.requested["index"] === undefined) added.push("index=on");
  return added;
}

/** The sentence about one finding, without its path. */
export function tell(found: Finding, result: Asked): string {
  if (found.code !== "options-conflict") return messageOf(found);
  const options = String(found.evidence["options" as keyof typeof found.evidence]).split(",");
  const added = addedByRequire(result).find((option) => options.includes(option));
  if (added === undefined || options.length < 2) return messageOf(found);
  const others = options.filter((option) => option !== added).join(",");
  return `${others} with ${added}, which --require ${result.require} adds`;
}

/** Hex digits. What identifies an object is told whole: 21 bytes and a handle of 40, btrfs's longest. */
const LONG_HEX = 128;
/** Characters; longer than any one name. */
const LONG_TEXT = 300;
/** Hex digits, or characters, that are left of a longer value: 32 bytes. */
const SHOWN_HEX = 64;
const SHOWN_TEXT = 32;

function abbreviated(value: string): string {
  if (value.length > LONG_HEX && /^[0-9a-f]+$/.test(value))
    return `${value.slice(0, SHOWN_HEX)}... (${value.length / 2} bytes)`;
  return value.length > LONG_TEXT
    ? `${value.slice(0, SHOWN_TEXT)}... (${Buffer.byteLength(value)} bytes)`
    : value;
}

/** The same finding, with no value that fills a screen: an xattr may hold 64 KiB. A word of a fixed set is never so long. */
export function withShortValues<C extends Code>(found: Finding<C>): Finding<C> {
  const texts = Object.entries<unknown>(found.evidence).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, abbreviated(value)] as const] : [],
  );
  return { ...found, evidence: { ...found.evidence, ...Object.fromEntries(texts) } };
}
