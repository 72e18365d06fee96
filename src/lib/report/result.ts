/** What `check` returns: plain values, paths as bytes. `json.ts` and `human.ts` make text of it. */
import type { Code, Finding, LayerName } from "../catalogue/index.js";
import type { IndexCoverage } from "../model/coverage.js";
import type { Require } from "../mount/spec.js";

export const CHECK_SCHEMA = "ovl-index/check/1";

export interface CheckResult {
  readonly schema: typeof CHECK_SCHEMA;
  readonly tool: { readonly version: string };
  readonly overlay: OverlayReport;
  readonly require: Require;
  /** It mounts as required, nothing of severity error was found and everything was read. */
  readonly ready: boolean;
  /** The layers were in use or changed while they were read. */
  readonly provisional: boolean;
  /** Every check ran to its end. */
  readonly complete: boolean;
  readonly prediction: Prediction;
  readonly counts: Counts;
  /** In the order in which they were found. */
  readonly findings: readonly Finding[];
  /** Where it was asked for; null where the overlay has no index. Not in the JSON document. */
  readonly coverage?: IndexCoverage | null;
}

export interface OverlayReport {
  /** Where the description came from: "-o", "mountinfo", … */
  readonly source: string;
  /** upper, then lower layers from the top, then data layers, then work. */
  readonly layers: readonly LayerReport[];
  /** Options as asked for, in the kernel's words: { index: "on" }. `--require` is not among them. */
  readonly requested: Readonly<Record<string, string>>;
  /** Options in force when it is mounted, those that `--require` implies included. */
  readonly effective: Readonly<Record<string, string>>;
}

export interface LayerReport {
  readonly name: LayerName;
  readonly role: "upper" | "lower" | "data" | "work";
  readonly path: Buffer;
  /** Null where the layer could not be opened. */
  readonly filesystem: FilesystemReport | null;
}

export interface FilesystemReport {
  /** "ext4", or the magic number in hex where it has no known name. */
  readonly type: string;
  /** Null where it has none. */
  readonly uuid: string | null;
  readonly handles: boolean;
}

/**
 * What the kernel does when the overlay is mounted with the options given plus those that
 * `--require` implies, compared with the plain view (index=off, same redirect mode).
 */
export interface Prediction {
  readonly mount:
    | { readonly ok: true }
    | { readonly ok: false; readonly errno: string; readonly cause: Code };
  /** Entries that the mount itself removes or turns into tombstones, temporaries aside. */
  readonly index: { readonly removed: readonly string[]; readonly tombstoned: readonly string[] };
  /** Names whose lookup fails other than ENOENT, the topmost only. */
  readonly lookup: readonly { readonly path: Buffer; readonly errno: string }[];
  /** Names that are gone, the topmost only. */
  readonly hidden: readonly Buffer[];
}

export interface Counts {
  readonly error: number;
  readonly warning: number;
  readonly info: number;
  /** Codes that were found, and how often. */
  readonly byCode: Readonly<Partial<Record<Code, number>>>;
  readonly examined: Examined;
}

/** How much was read: a check that read nothing proves nothing. */
export interface Examined {
  readonly directories: number;
  readonly upperObjects: number;
  readonly indexEntries: number;
}

/** Count findings for {@link CheckResult.counts}. */
export function countFindings(findings: Iterable<Finding>, examined: Examined): Counts {
  const bySeverity = { error: 0, warning: 0, info: 0 };
  const byCode: Partial<Record<Code, number>> = {};
  for (const { code, severity } of findings) {
    bySeverity[severity] += 1;
    byCode[code] = (byCode[code] ?? 0) + 1;
  }
  return { ...bySeverity, byCode, examined };
}
