/** Every index entry survives the mount, and stands for the object that its name says. */
import { type AnyFinding, finding } from "../catalogue/index.js";
import { encodeIndexName } from "../format/indexName.js";
import { errnoName } from "../host/errno.js";
import type { EntryFault, EntryVerdict } from "../kernel/index-entry.js";
import type { JudgedEntry } from "../model/index-cleanup.js";
import { hex, text, typeName } from "./context.js";

export function entryFinding(entry: JudgedEntry): AnyFinding | null {
  const at = { layer: "index", path: entry.name };
  const { verdict } = entry;
  if (verdict.fault === null) {
    if (entry.nameVerdict.kind !== "valid") return null;
    const canonical = encodeIndexName(entry.nameVerdict.bytes).toString("latin1");
    return finding("entry-name-noncanonical", {
      ...at,
      evidence: { reason: entry.nameVerdict.deviation, canonical },
    });
  }
  const mode = typeof entry.object === "number" ? 0 : entry.object.mode;
  return faultFinding(verdict.fault.kind, verdict.fault, { at, type: typeName(mode), verdict });
}

interface Judged {
  readonly at: { readonly layer: string; readonly path: Buffer };
  readonly type: string;
  readonly verdict: EntryVerdict;
}
type FaultOf<K> = Extract<EntryFault, { kind: K }>;

function faultFinding<K extends EntryFault["kind"]>(kind: K, fault: FaultOf<K>, judged: Judged): AnyFinding {
  const tell: Faults[K] = FAULTS[kind];
  return tell(judged.at, fault, judged.type, judged.verdict);
}

type At = { readonly layer: string; readonly path: Buffer };
type Faults = {
  [K in EntryFault["kind"]]: (
    at: At,
    fault: Extract<EntryFault, { kind: K }>,
    type: string,
    verdict: EntryVerdict,
  ) => AnyFinding;
};

const FAULTS: Faults = {
  "name-invalid": (at, { reason }) => finding("entry-name-invalid", { ...at, evidence: { reason } }),
  "name-unknown": (at, { reason }) => finding("entry-name-unknown", { ...at, evidence: { reason } }),
  "upper-missing": (at, { raw }) =>
    raw === undefined
      ? finding("entry-upper-missing", { ...at, evidence: {} })
      : finding("entry-upper-unknown", {
          ...at,
          evidence: { stored: hex(raw), reason: "not a handle that this kernel knows" },
        }),
  "upper-stale": (at, { raw }) => finding("entry-upper-stale", { ...at, evidence: { stored: hex(raw) } }),
  "upper-not-directory": (at, { raw, mode }) =>
    finding("entry-upper-not-directory", { ...at, evidence: { stored: hex(raw), type: typeName(mode) } }),
  "origin-mismatch": (at, { raw }) =>
    finding("entry-origin-mismatch", { ...at, evidence: { stored: hex(raw), object: null } }),
  "origin-missing": (at, _fault, type) =>
    finding("entry-origin-missing", { ...at, evidence: { type, object: null } }),
  "origin-stale": (at, _fault, type) => finding("entry-origin-stale", { ...at, evidence: { type } }),
  orphan: (at, { nlink }, _type, verdict) => {
    const becomes = verdict.action === "tombstone" ? "tombstone" : "removed";
    return finding("entry-orphan", {
      ...at,
      evidence: { nlink: nlink === null ? null : text(nlink), becomes },
    });
  },
  "temporary-stuck": (at, _fault, type) => finding("index-temporary", { ...at, evidence: { type } }),
  unreadable: (at, { errno }) =>
    finding("unreadable", { ...at, evidence: { operation: "stat", errno: errnoName(errno) } }),
};
