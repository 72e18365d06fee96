/** An object of a layer: what it is to the overlay, and its overlay xattrs. */
import { DT_CHR, TYPE_NAMES, typeOfMode } from "../format/fileType.js";
import { classifyXattr, type OverlayPrefix, TRUSTED_PREFIX, USER_PREFIX } from "../format/xattrNames.js";
import { native } from "../host/addon.js";
import { errnoName } from "../host/errno.js";
import type { RawObject } from "../host/native.js";
import { inspectIndexName } from "./bytes.js";
import { type InspectedThing, note } from "./inspection.js";
import { inspectXattr } from "./value.js";
import { whatHides } from "./visibility.js";

/** What kind of object it is, in a word or two. */
export function typeOf(object: Pick<RawObject, "mode" | "rdev">): string {
  const type = typeOfMode(object.mode);
  return type === DT_CHR && object.rdev === 0 ? "whiteout" : (TYPE_NAMES[type] ?? "object of unknown type");
}

function objectThing(object: RawObject): InspectedThing {
  const handle =
    typeof object.handle === "number"
      ? note("handle", `none: ${errnoName(object.handle)}`)
      : note("handle", `type 0x${object.handle.type.toString(16)}, ${object.handle.bytes.toString("hex")}`);
  return {
    what: "object",
    verdict: "valid",
    meaning: `a ${typeOf(object)}`,
    fields: [
      note("inode", `${object.ino} on device ${object.dev}`),
      note("mode", (object.mode & 0o7777).toString(8).padStart(4, "0")),
      note("links", String(object.nlink)),
      note("size", String(object.size)),
      handle,
    ],
  };
}

function xattrThing(prefix: OverlayPrefix, name: string, value: Buffer | number): InspectedThing {
  const full = prefix + name;
  if (typeof value === "number") {
    return {
      what: `xattr ${full}`,
      verdict: "unread",
      meaning: `cannot be read: ${errnoName(value)}`,
      fields: [],
    };
  }
  const owner = classifyXattr(full, prefix);
  if (owner.kind === "own") return inspectXattr(full, owner.name, value);
  const meaning =
    owner.kind === "escaped"
      ? `${owner.name} of an overlay ${owner.depth === 1 ? "inside this one" : `${owner.depth} levels inside`}: left alone`
      : "no overlay xattr that is known: ignored";
  const whole = { name: "value", offset: 0, size: value.length, hex: value.toString("hex"), meaning: "" };
  return { what: `xattr ${full}`, verdict: "ignored", meaning, fields: [whole] };
}

/** Split at the last slash; trailing slashes are left out. */
function splitPath(path: Buffer): { dir: Buffer; name: Buffer } {
  let end = path.length;
  while (end > 1 && path[end - 1] === 0x2f) end--;
  const slash = path.lastIndexOf(0x2f, end - 1);
  const name = path.subarray(slash + 1, end);
  const dir = slash < 0 ? Buffer.from(".") : path.subarray(0, Math.max(slash, 1));
  // "/", "." and ".." have no name of their own in their parent.
  const whole = name.length === 0 || name.equals(Buffer.from(".")) || name.equals(Buffer.from(".."));
  return whole ? { dir: path.subarray(0, end), name: Buffer.alloc(0) } : { dir, name };
}

/** Inspect what is at `path`, a symlink itself and not where it leads; or the negative errno of getting there. */
export function inspectPath(path: Buffer): readonly InspectedThing[] | number {
  const { dir, name } = splitPath(path);
  const opened = native.openLayer(dir);
  if (typeof opened === "number") return opened;
  try {
    const things: InspectedThing[] = [];
    for (const prefix of [TRUSTED_PREFIX, USER_PREFIX] as const) {
      const object = native.examine(opened.fd, name, prefix);
      if (typeof object === "number") return object;
      if (things.length === 0) things.push(objectThing(object));
      for (const [key, value] of object.xattrs) things.push(xattrThing(prefix, key, value));
      if (object.xattrError !== 0) return object.xattrError;
    }
    const hidden = whatHides(path, dir, name);
    if (things.length === 1 && hidden.length === 0)
      things.push({ what: "xattrs", verdict: "valid", meaning: "no overlay xattr", fields: [] });
    things.push(...hidden);
    if (/^[0-9a-f]{42,}$/i.test(name.toString("latin1"))) things.push(inspectIndexName(name));
    return things;
  } finally {
    native.close(opened.fd);
  }
}
