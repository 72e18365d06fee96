/** The upper root sits on its lower root, and the index directory on its upper root. */
import { type AnyFinding, finding } from "../catalogue/index.js";
import { decodeHandle } from "../format/fileHandle.js";
import { decodeUuid } from "../format/uuid.js";
import { TRUSTED_PREFIX, USER_PREFIX } from "../format/xattrNames.js";
import { errnoName } from "../host/errno.js";
import type { RawObject } from "../host/native.js";
import { ENOENT, ENOTDIR, isDir } from "../kernel/env.js";
import type { RootVerdict } from "../kernel/roots.js";
import type { Effective } from "../layers/types.js";
import { INDEX } from "../model/ground.js";
import { hex, layerName, type RootCheck, typeName } from "./context.js";

const NULL_UUID = "0".repeat(32);
const HERE = Buffer.alloc(0);

/** The roots and what the mount keeps in the work directory can be read. */
export const readableGround: RootCheck = ({ survey }, { unreadable, work }) =>
  unreadable.map(({ layer, path, xattr, errno: value }) => {
    const errno = errnoName(value);
    const at = { layer: layer === work ? "work" : layerName(layer), path };
    const prefix = survey.views.required.options.userxattr ? USER_PREFIX : TRUSTED_PREFIX;
    const found =
      xattr === null
        ? finding("unreadable", { ...at, evidence: { operation: "stat", errno } })
        : finding("xattr-unreadable", {
            ...at,
            evidence: { name: xattr === "*" ? "*" : prefix + xattr, errno },
          });
    return { found, errno: null };
  });

export const rootTies: RootCheck = ({ era, survey }, { upperRoot }, ties) => {
  const results: { found: AnyFinding; errno: number | null }[] = [];
  for (const tie of ties) {
    const found = rootFinding(tie, era);
    if (found !== null) results.push({ found, errno: tie.state === "refuse" ? tie.errno : null });
  }
  const uuid =
    typeof upperRoot === "number" || survey.index === null
      ? null
      : uuidFinding(upperRoot, survey.views.required.options);
  return uuid === null ? results : [...results, { found: uuid, errno: null }];
};

/** The index directory is there if there has been one, and is a directory. */
export const indexDirectory: RootCheck = ({ era, survey }, { indexDir }) => {
  if (survey.index === null) return [];
  const at = { layer: "work", path: INDEX };
  if (typeof indexDir === "number") {
    // Any other errno says nothing about whether it is there, and is a finding of its own.
    if (!era || indexDir !== -ENOENT) return [];
    const evidence = { because: "the upper root has an origin, which only a mount with index=on sets" };
    return [{ found: finding("index-missing", { ...at, evidence }), errno: null }];
  }
  if (isDir(indexDir)) return [];
  const found = finding("index-not-directory", { ...at, evidence: { type: typeName(indexDir.mode) } });
  // ovl_setup_trap()
  return [{ found, errno: ENOTDIR }];
};

/** `era`: the overlay had an index before, so that a tie which is missing has been lost. */
export function rootFinding(verdict: RootVerdict, era: boolean): AnyFinding | null {
  const isRoot = verdict.tie === "root-origin";
  const at = { layer: isRoot ? "upper" : "index", path: isRoot ? HERE : null };
  if (verdict.state === "match") return null;
  const expected = hex(verdict.expected);
  if (verdict.state === "complain") {
    const decoded = decodeHandle(verdict.raw);
    if (decoded.kind === "invalid") {
      const evidence = { stored: hex(verdict.raw), reason: decoded.reason };
      return finding("index-upper-invalid", { ...at, evidence, severity: "warning" });
    }
    const evidence = { xattr: "origin", stored: hex(verdict.raw), expected };
    return finding("index-upper-mismatch", { ...at, evidence, severity: "warning" });
  }
  if (verdict.state === "refuse") {
    const stored = hex(verdict.raw);
    if (onlyUuidDiffers(verdict.raw, verdict.expected)) {
      const evidence = {
        on: verdict.tie === "index-upper" ? "upper" : "origin",
        stored: uuidOf(stored),
        expected: uuidOf(expected),
      };
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
    return isRoot
      ? finding("root-origin-invalid", { ...at, evidence })
      : finding("index-upper-invalid", { ...at, evidence });
  }
  if (!era) return null;
  return isRoot
    ? finding("root-origin-missing", { ...at, evidence: { expected } })
    : finding("index-upper-missing", { ...at, evidence: { expected } });
}

/** The overlay's own UUID, kept on the upper root, is one. ovl_init_uuid_xattr() */
function uuidFinding(upperRoot: RawObject, options: Effective): AnyFinding | null {
  const raw = upperRoot.xattrs.get("uuid");
  if (
    !Buffer.isBuffer(raw) ||
    decodeUuid(raw).kind === "valid" ||
    options.uuid === "off" ||
    options.uuid === "null"
  )
    return null;
  const reason = `the uuid xattr of the upper root has ${raw.length} bytes, not 16`;
  const evidence = { option: "uuid", requested: options.uuid, effective: "null", reason };
  return finding("option-fallback", { layer: "upper", path: HERE, evidence });
}

/** A change between uuid=off and any other mode leaves all but the UUID as it was, and one of the two null. */
function onlyUuidDiffers(stored: Buffer, expected: Buffer): boolean {
  if (stored.length !== expected.length || stored.length < 21) return false;
  const same =
    stored.subarray(0, 5).equals(expected.subarray(0, 5)) &&
    stored.subarray(21).equals(expected.subarray(21));
  const uuids = [uuidOf(stored.toString("hex")), uuidOf(expected.toString("hex"))];
  return same && uuids.includes(NULL_UUID);
}

const uuidOf = (handle: string): string => handle.slice(10, 42);
