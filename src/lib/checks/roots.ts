/** The upper root sits on its lower root, and the index directory on its upper root. */
import { type AnyFinding, finding } from "../catalogue/index.js";
import { decodeHandle } from "../format/fileHandle.js";
import type { RootVerdict } from "../kernel/roots.js";
import { hex } from "./context.js";

const NULL_UUID = "0".repeat(32);

/** `era`: the overlay had an index before, so that a tie which is missing has been lost. */
export function rootFinding(verdict: RootVerdict, era: boolean): AnyFinding | null {
  const isRoot = verdict.tie === "root-origin";
  const at = { layer: isRoot ? "upper" : "index", path: isRoot ? Buffer.alloc(0) : null };
  if (verdict.state === "match") return null;
  const expected = hex(verdict.expected);
  if (verdict.state === "complain") {
    const evidence = { xattr: "origin", stored: hex(verdict.raw), expected };
    return finding("index-upper-mismatch", { ...at, evidence, severity: "warning" });
  }
  if (verdict.state === "refuse") {
    const stored = hex(verdict.raw);
    if (onlyUuidDiffers(verdict.raw, verdict.expected)) {
      const evidence = { on: verdict.tie === "index-upper" ? "upper" : "origin", stored: uuidOf(stored), expected: uuidOf(expected) };
      return finding("uuid-mode-changed", { ...at, evidence });
    }
    if (isRoot) return finding("root-origin-mismatch", { ...at, evidence: { stored, expected } });
    const xattr = verdict.tie === "index-upper" ? "upper" : "origin";
    return finding("index-upper-mismatch", { ...at, evidence: { xattr, stored, expected } });
  }
  if (Buffer.isBuffer(verdict.raw)) {
    const decoded = decodeHandle(verdict.raw);
    const reason = decoded.kind === "valid" ? "" : decoded.reason;
    const evidence = { stored: hex(verdict.raw), reason };
    return isRoot ? finding("root-origin-invalid", { ...at, evidence }) : finding("index-upper-invalid", { ...at, evidence });
  }
  if (!era) return null;
  return isRoot
    ? finding("root-origin-missing", { ...at, evidence: { expected } })
    : finding("index-upper-missing", { ...at, evidence: { expected } });
}

/** A change between uuid=off and any other mode leaves all but the UUID as it was, and one of the two null. */
function onlyUuidDiffers(stored: Buffer, expected: Buffer): boolean {
  if (stored.length !== expected.length || stored.length < 21) return false;
  const same = stored.subarray(0, 5).equals(expected.subarray(0, 5)) && stored.subarray(21).equals(expected.subarray(21));
  const uuids = [uuidOf(stored.toString("hex")), uuidOf(expected.toString("hex"))];
  return same && uuids.includes(NULL_UUID);
}

const uuidOf = (handle: string): string => handle.slice(10, 42);
