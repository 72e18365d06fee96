/** Bytes from a command line: what are they? */
import { type ClientHandle, recogniseHandle } from "../format/clientHandle.js";
import { describeHandle } from "../format/describeHandle.js";
import { MAGIC } from "../format/fileHandle.js";
import { decodeIndexName } from "../format/indexName.js";
import { decodeWire } from "../format/wireHandle.js";
import { isOverlayXattr, TRUSTED_PREFIX, USER_PREFIX } from "../format/xattrNames.js";
import { type InspectedThing, type Inspection, note } from "./inspection.js";
import { inspectHandle, inspectXattr } from "./value.js";

export type Recognised = Pick<Inspection, "kind" | "things">;

/** Hex as people have it: 0x in front, colons or spaces between, or a xattr tool's 0s base64. Null where it is neither. */
export function parseBytes(text: string): Buffer | null {
  if (/^0s/.test(text)) return Buffer.from(text.slice(2), "base64");
  const hex = text.replace(/^0x/i, "").replaceAll(/[\s:]/g, "");
  return hex.length % 2 === 0 && /^[0-9a-f]+$/i.test(hex) ? Buffer.from(hex, "hex") : null;
}

/** What is wrong with a value that says by its prefix how it is written, and is not; null where nothing is. */
export function whyNotXattr(text: string): string | null {
  const [, full = "", raw = ""] = /^([^=]+)=(0x.*)$/is.exec(text) ?? [];
  const name = full.replace(TRUSTED_PREFIX, "").replace(USER_PREFIX, "");
  return isOverlayXattr(name) && parseBytes(raw) === null ? "the value is not hex" : null;
}

/** `NAME=VALUE` as getfattr prints it; the value is hex or base64 with its prefix, quoted, or plain text. */
function parseXattr(text: string): { full: string; name: string; value: Buffer } | null {
  const equals = text.indexOf("=");
  if (equals < 1) return null;
  const full = text.slice(0, equals);
  const name = full.replace(TRUSTED_PREFIX, "").replace(USER_PREFIX, "");
  const raw = text.slice(equals + 1);
  const value = /^0[xs]/i.test(raw) ? parseBytes(raw) : Buffer.from(raw.replace(/^"(.*)"$/s, "$1"));
  return value === null ? null : { full, name, value };
}

/**
 * A handle as text, the way programs print it: hex with or without 0x, colons and spaces, with a length in front
 * ("36: 01 00 …"), behind 0x anywhere in a line of a log, or base64. Null where it is none that is known.
 */
export function parseClientHandle(text: string): ClientHandle | null {
  const line = text.trim();
  const [, logged] = /0x([0-9a-f]{42,})/i.exec(line) ?? [];
  const bare = logged ?? line.replace(/^\d+: /, "");
  const bytes = parseBytes(bare);
  const found = bytes === null ? null : recogniseHandle(bytes);
  if (found !== null || !/^[\w+/-]{24,}={0,2}$/.test(bare)) return found;
  return recogniseHandle(Buffer.from(bare, "base64"));
}

function clientHandle(client: ClientHandle): Recognised {
  const { type, bytes, isRoot, fields } = client;
  const what = "client's handle";
  const wire = type === null ? null : decodeWire(type, bytes);
  if (wire === null || wire.kind === "invalid") {
    const verdict = isRoot ? "valid" : "unknown";
    const meaning = isRoot ? "the root of what is exported" : "no overlay's handle, but another filesystem's";
    return { kind: "client-handle", things: [{ what, verdict, meaning, fields }] };
  }
  const thing = inspectHandle(what, wire.structure);
  const leads =
    thing.verdict !== "valid"
      ? "the kernel does not decode it"
      : thing.meaning.includes("upper")
        ? "found in upper directly, without the index"
        : "found in lower; the index is asked whether it was copied up or deleted since";
  return { kind: "client-handle", things: [{ ...thing, fields: [...fields, note("leads to", leads)] }] };
}

/** The name of an index entry, as ovl_verify_index() reads it. */
export function inspectIndexName(name: Buffer): InspectedThing {
  const verdict = decodeIndexName(name);
  const what = "index name";
  if (verdict.kind !== "valid") {
    return {
      what,
      verdict: verdict.kind,
      meaning: `${verdict.reason.replaceAll("-", " ")}: the mount fails with ${verdict.errno}`,
      fields: [],
    };
  }
  const meaning = verdict.canonical
    ? "the entry of the lower object with this handle"
    : `kept by the mount, found by no lookup (${verdict.deviation.replaceAll("-", " ")})`;
  return { what, verdict: "valid", meaning, fields: describeHandle(verdict.bytes) };
}

/**
 * Recognise what somebody typed or pasted: NAME=VALUE of an xattr, a handle's structure (also an index name),
 * a client's handle with or without a server's part in front. Null where it is nothing of these.
 */
export function inspectText(text: string): Recognised | null {
  const xattr = parseXattr(text);
  if (xattr !== null) {
    return isOverlayXattr(xattr.name)
      ? { kind: "xattr", things: [inspectXattr(xattr.full, xattr.name, xattr.value)] }
      : null;
  }
  const bytes = parseBytes(text);
  if (bytes !== null && bytes[1] === MAGIC) {
    // Its fields are those of the handle; only what the mount makes of such a name is new.
    const asName = { ...inspectIndexName(Buffer.from(text)), what: "as an index name", fields: [] };
    return {
      kind: "handle",
      things: [inspectHandle("handle", bytes), ...(/^[0-9a-f]+$/i.test(text) ? [asName] : [])],
    };
  }
  const client = parseClientHandle(text);
  return client === null ? null : clientHandle(client);
}
