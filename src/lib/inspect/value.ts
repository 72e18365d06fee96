/** An overlay xattr's value, field by field. Pure; never throws on bytes from disk. */
import { describeHandle } from "../format/describeHandle.js";
import { decodeHandle, type InvalidReason, type UnknownReason } from "../format/fileHandle.js";
import { decodeMetacopy } from "../format/metacopy.js";
import { decodeNlink } from "../format/nlink.js";
import { decodeOpaque, isImpure } from "../format/opaque.js";
import { decodeRedirect } from "../format/redirect.js";
import { decodeUuid, formatUuid } from "../format/uuid.js";
import type { OverlayXattr } from "../format/xattrNames.js";
import { type InspectedThing, type InspectedVerdict, note } from "./inspection.js";

const REASONS: Readonly<Record<UnknownReason | InvalidReason, string>> = {
  empty: "empty: copied up, origin unknown",
  "newer-version": "a version newer than 0",
  "unknown-flag": "a flag that is not known",
  "foreign-endian": "encoded on a machine of the other byte order",
  short: "shorter than the 21 bytes of the header",
  length: "shorter than its length field says",
  magic: "the second byte is not 0xfb",
};

/** A handle, whatever it was found in. */
export function inspectHandle(what: string, bytes: Buffer): InspectedThing {
  const verdict = decodeHandle(bytes);
  const meaning =
    verdict.kind === "valid"
      ? `the handle of an object in ${verdict.handle.upper ? "upper" : "a lower layer"}`
      : REASONS[verdict.reason];
  return { what, verdict: verdict.kind, meaning, fields: describeHandle(bytes) };
}

type Decoded = { readonly verdict: InspectedVerdict; readonly meaning: string };

function redirect(value: Buffer): Decoded {
  const decoded = decodeRedirect(value);
  if (decoded.kind === "invalid") {
    return {
      verdict: "invalid",
      meaning: `${decoded.reason.replaceAll("-", " ")}: lookup fails with ${decoded.errno}`,
    };
  }
  const target = decoded.text.toString("utf8");
  const place = decoded.absolute ? "from the overlay's root" : "in the directory's own parent";
  const odd = [
    ...(decoded.truncated ? ["ends at its first NUL byte"] : []),
    ...(decoded.unusable ? ['has a segment "", "." or "..": lookup fails with EACCES'] : []),
  ];
  return { verdict: "valid", meaning: [`lower content is at "${target}", ${place}`, ...odd].join("; ") };
}

function metacopy(value: Buffer): Decoded {
  const decoded = decodeMetacopy(value);
  if (decoded.kind === "invalid") {
    const when = decoded.when === "lookup" ? "lookup fails" : "with verity, opening fails";
    return { verdict: "invalid", meaning: `${decoded.reason}: ${when} with ${decoded.errno}` };
  }
  const digest =
    decoded.digest === null
      ? "no digest"
      : `fs-verity algorithm ${decoded.digest.algorithm}, digest ${decoded.digest.bytes.toString("hex")}`;
  return { verdict: "valid", meaning: `the data is in a lower layer; ${digest}` };
}

function nlink(value: Buffer): Decoded {
  const decoded = decodeNlink(value);
  if (decoded.kind === "invalid") {
    return {
      verdict: "invalid",
      meaning: `${decoded.reason}: the kernel falls back to the inode's own link count`,
    };
  }
  const sign = decoded.difference < 0 ? "-" : "+";
  const base = decoded.base === "U" ? "upper" : "lower";
  return {
    verdict: "valid",
    meaning: `the overlay's link count is that of the ${base} inode ${sign} ${Math.abs(decoded.difference)}`,
  };
}

function opaque(value: Buffer): Decoded {
  switch (decodeOpaque(value)) {
    case "opaque":
      return { verdict: "valid", meaning: "hides everything of this path in lower layers" };
    case "xwhiteouts":
      return { verdict: "valid", meaning: "hides nothing; xattr whiteouts in this directory count" };
    default:
      return { verdict: "ignored", meaning: "neither y nor x: as if it were not there" };
  }
}

function uuid(value: Buffer): Decoded {
  const decoded = decodeUuid(value);
  return decoded.kind === "valid"
    ? { verdict: "valid", meaning: `the overlay's own UUID, ${formatUuid(decoded.uuid)}` }
    : { verdict: "invalid", meaning: `too ${decoded.reason}: the mount falls back to uuid=null` };
}

function protattr(value: Buffer): Decoded {
  const flags = value.toString("latin1");
  const names = [
    ...(flags.includes("a") ? ["append-only"] : []),
    ...(flags.includes("i") ? ["immutable"] : []),
  ];
  return { verdict: "valid", meaning: names.length > 0 ? names.join(", ") : "no flag that is known" };
}

function decode(name: Exclude<OverlayXattr, "origin" | "upper">, value: Buffer): Decoded {
  switch (name) {
    case "redirect":
      return redirect(value);
    case "metacopy":
      return metacopy(value);
    case "nlink":
      return nlink(value);
    case "opaque":
      return opaque(value);
    case "impure":
      return isImpure(value)
        ? { verdict: "valid", meaning: "holds objects that have an origin" }
        : { verdict: "ignored", meaning: "not y: as if it were not there" };
    case "whiteout":
      return { verdict: "valid", meaning: "a whiteout, if the file is empty and its directory has opaque=x" };
    case "uuid":
      return uuid(value);
    case "protattr":
      return protattr(value);
  }
}

/** Decode one of this overlay's xattrs. `full`: its name with the prefix, for the heading. */
export function inspectXattr(full: string, name: OverlayXattr, value: Buffer): InspectedThing {
  const what = `xattr ${full}`;
  if (name === "origin" || name === "upper") return inspectHandle(what, value);
  const whole = {
    name: "value",
    offset: 0,
    size: value.length,
    hex: value.toString("hex"),
    meaning: JSON.stringify(value.toString("utf8")),
  };
  return { what, ...decode(name, value), fields: value.length > 0 ? [whole] : [note("value", "empty")] };
}
