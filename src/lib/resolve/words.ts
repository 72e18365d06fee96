/** The kernel's steps with a handle, in words. */
import { layerName } from "../checks/context.js";
import type { FileHandle } from "../format/fileHandle.js";
import { encodeIndexName } from "../format/indexName.js";
import { formatUuid } from "../format/uuid.js";
import { errnoName } from "../host/errno.js";
import type { Errno } from "../host/native.js";
import { typeOf } from "../inspect/index.js";
import type { StaleReason } from "../kernel/decode.js";
import type { DecodeEvent } from "../kernel/decode-events.js";
import { type Env, type Found, isDir, type LayerPath } from "../kernel/env.js";
import type { Layer } from "../layers/types.js";
import { showPath } from "../report/text.js";
import type { Stale, Step } from "./result.js";

type EventOf<K extends DecodeEvent["kind"]> = Extract<DecodeEvent, { kind: K }>;

/** `handle`: what is decoded. Names on the way to a directory are one step, as far as they are found. */
export function stepsOf(env: Env, handle: FileHandle, events: readonly DecodeEvent[]): Step[] {
  const steps: Step[] = [
    {
      by: "ovl_fh_to_dentry",
      text: `the handle points into ${handle.upper ? "upper" : "a lower layer"}`,
    },
  ];
  const names: Buffer[] = [];
  const flush = (): void => {
    if (names.length === 0) return;
    const way = names.splice(0).map(showPath).join(", ");
    steps.push({ by: "ovl_lookup_real", text: `name by name from there: ${way}: found` });
  };
  for (const event of events) {
    if (event.kind === "name" && event.outcome === "found") {
      names.push(event.path);
      continue;
    }
    flush();
    steps.push(stepOf(env, handle, event));
  }
  flush();
  return steps;
}

function stepOf(env: Env, handle: FileHandle, event: DecodeEvent): Step {
  switch (event.kind) {
    case "upper":
      return { by: "ovl_decode_real_fh", text: tellUpper(env, handle, event.found) };
    case "origin":
      return { by: "ovl_check_origin_fh", text: tellOrigin(env, handle, event) };
    case "index":
      return { by: "ovl_get_index_fh", text: tellEntry(event) };
    case "index-upper":
      return { by: "ovl_index_upper", text: tellIndexUpper(event.found) };
    case "inside":
      return {
        by: "ovl_check_origin_fh",
        text:
          typeof event.found === "number"
            ? "the directory is in no lower layer"
            : `the directory is ${placeOf(event.found)}`,
      };
    case "index-origin":
      return {
        by: "ovl_verify_fh",
        text: event.errno === 0 ? "the entry's origin is this handle" : tellMismatch(event),
      };
    case "lower-root":
      return {
        by: "ovl_get_dentry",
        text: "the root of an overlay without an upper layer is found by path only, not by its handle",
      };
    case "ancestor":
      return { by: "ovl_lookup_real_ancestor", text: tellAncestor(event) };
    case "name":
      return { by: "ovl_lookup_real_one", text: tellName(event) };
  }
}

function tellUpper(env: Env, handle: FileHandle, found: EventOf<"upper">["found"]): string {
  const { upper } = env.root;
  if (found === null) {
    const own = upper === null ? "" : ` (${uuidOf(env, upper.layer)})`;
    return `filesystem UUID ${uuidText(handle.uuid)} is not upper's${own}`;
  }
  if (typeof found === "number") {
    return found === -ESTALE
      ? "upper's filesystem has no such object in upper"
      : `upper: ${errnoName(found)}`;
  }
  return `filesystem UUID ${uuidText(handle.uuid)} is upper's; ${objectOf(found)}`;
}

const ESTALE = 116;

/** The layers in the kernel's order, up to the one that answers. */
function tellOrigin(env: Env, handle: FileHandle, { found }: EventOf<"origin">): string {
  const told: string[] = [];
  for (const { layer } of env.root.lower) {
    const name = layerName(layer);
    if (typeof found !== "number" && found.layer === layer) break;
    if (layer.badUuid) told.push(`${name}'s filesystem has no UUID of its own: passed over`);
    else if (env.options.uuid !== "off" && !handle.uuid.equals(layer.fs.uuid)) {
      told.push(`${name}'s filesystem is ${uuidOf(env, layer)}: another one`);
    } else told.push(`${name}'s filesystem has no such object`);
  }
  const uuid = `filesystem UUID ${uuidText(handle.uuid)}`;
  if (typeof found === "number") return [uuid, ...told].join("; ");
  const name = layerName(found.layer);
  return [...told, `${uuid} is ${name}'s; ${objectOf(found)}`].join("; ");
}

/** Is there a layer of the overlay on the filesystem that the handle names? */
export function isFromHere(env: Env, handle: FileHandle): boolean {
  if (env.options.uuid === "off") return true;
  const layers = handle.upper ? [env.root.upper] : env.root.lower;
  return layers.some((place) => place !== null && handle.uuid.equals(place.layer.fs.uuid));
}

function tellEntry({ name, hit }: EventOf<"index">): string {
  const whole = encodeIndexName(name).toString("latin1");
  // It is the handle itself: beginning and end tell entries apart.
  const entry = `entry ${whole.slice(0, 4)}...${whole.slice(-16)}`;
  if (hit.state === "absent") return `no ${entry}: never copied up, nor deleted, while indexed`;
  if (hit.state === "tombstone") return `${entry}: a tombstone`;
  return `${entry}: ${typeOf({ mode: hit.typeBits, rdev: 1 })}, inode ${hit.ino}`;
}

function tellIndexUpper(found: EventOf<"index-upper">["found"]): string {
  if (found === null) return "the entry leads to no directory of upper";
  if (typeof found === "number") return `what the entry stands for: ${errnoName(found)}`;
  return `the entry stands for ${placeOf(found)}`;
}

function tellMismatch({ stored }: EventOf<"index-origin">): string {
  if (!Buffer.isBuffer(stored)) return "the entry has no origin that can be read";
  return `the entry's origin is another handle, ${stored.toString("hex")}`;
}

function tellAncestor({ real, outcome }: EventOf<"ancestor">): string {
  if (Buffer.isBuffer(outcome)) return `the index knows ${placeOf(real)}: it is ${showPath(outcome)}`;
  return `the index knows ${placeOf(real)}, and leads nowhere: ${errnoName(outcome)}`;
}

function tellName({ path, real, outcome }: EventOf<"name">): string {
  const wanted = placeOf(real);
  if (outcome === "other") return `${showPath(path)} is a directory that ${wanted} is no part of`;
  if (outcome === -2) return `${showPath(path)}, for ${wanted}, is not there`;
  return `${showPath(path)}, for ${wanted}: ${errnoName(outcome as Errno)}`;
}

function objectOf(found: Found): string {
  const type = typeOf(found.object);
  return isDir(found.object)
    ? `inode ${found.object.ino} found: the directory ${showPath(found.path)}`
    : `inode ${found.object.ino} found: a ${type}`;
}

function placeOf({ layer, path }: LayerPath): string {
  return `${layerName(layer)}:${showPath(path)}`;
}

function uuidOf(env: Env, layer: Layer): string {
  return env.options.uuid === "off" ? "taken for null" : uuidText(layer.fs.uuid);
}

const uuidText = (uuid: Buffer): string => (uuid.every((byte) => byte === 0) ? "null" : formatUuid(uuid));

const WHY: Readonly<Record<Stale["because"], string>> = {
  "not-a-handle": "it is no handle that an overlay of this kernel gives out",
  "not-exported": "nfs_export=off is in force: the overlay decodes no handles",
  "no-upper": "it points into upper, and this overlay has none",
  "object-gone": "the object is gone from the layer: it was deleted there",
  tombstone: "every name of it was deleted while the overlay was exported, and the index says so",
  "outside-layers": "the directory is still on the filesystem, but in no layer: it was moved out of it",
  "entry-stale": "it was copied up, and the directory that its index entry stands for is gone",
  "entry-origin-mismatch": "its index entry is the one of another object",
  "not-connected": "no way of names leads to the directory: it was deleted, or hidden, or one above it was",
  "not-mounted": "the overlay cannot be mounted",
};

export function whyStale(because: StaleReason | "not-mounted"): string {
  return WHY[because];
}

/** Handles of a filesystem that the overlay does not have: what became of its layers. */
export const FROM_ELSEWHERE =
  "it is of a filesystem that is not this overlay's: another export, or the layers were copied or restored since";
