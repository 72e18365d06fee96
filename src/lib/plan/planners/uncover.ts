/** Whiteouts that go: moved aside, or written down where nothing can be. */
import { isPortable } from "../../format/xattrNames.js";
import type { Attributes, RawObject } from "../../host/native.js";
import { isWhiteoutDevice } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import type { Place, Step } from "../types.js";
import { keep, seen } from "./changes.js";

/** Bytes of xattrs that are written down, names included: a fraction of what a line of the journal holds. */
const MOST_BYTES = 128 << 10;

/** Takes a whiteout away; none where nothing is. What is no device node is kept. */
export function uncover(facts: Facts, at: Place): Step[] {
  const object = facts.examine(at);
  if (object === null || !isWhiteoutDevice(object) || !facts.isApart(at)) return keep(facts, at);
  const all = facts.attributes(at);
  if (all === null) return [];
  return [{ op: "uncover", at, seen: seen(object), like: likeOf(all), names: namesOf(facts, at, object) }];
}

function likeOf({
  mode,
  uid,
  gid,
  atimeNs,
  mtimeNs,
  xattrs,
}: Attributes): (Step & { op: "uncover" })["like"] {
  const bytes = xattrs.reduce((all, [name, value]) => all + name.length + value.length, 0);
  const isWhole = bytes <= MOST_BYTES && xattrs.every(([name]) => isPortable(name));
  return isWhole ? { mode, uid, gid, atimeNs, mtimeNs, xattrs } : null;
}

function namesOf(facts: Facts, { layer }: Place, object: RawObject): readonly Buffer[] {
  if (object.nlink === 1) return [];
  return layer === "upper" ? facts.upperNames(object.ino) : inLayer(facts.lowerNames(object), layer);
}

/** Of tens of thousands of names, which each of these is asked for. */
const sorted = new WeakMap<readonly Place[], Map<string, Buffer[]>>();

function inLayer(names: readonly Place[], layer: string): readonly Buffer[] {
  const known = sorted.get(names);
  if (known !== undefined) return known.get(layer) ?? [];
  const byLayer = new Map<string, Buffer[]>();
  for (const name of names) {
    const own = byLayer.get(name.layer);
    if (own === undefined) byLayer.set(name.layer, [name.path]);
    else own.push(name.path);
  }
  sorted.set(names, byLayer);
  return byLayer.get(layer) ?? [];
}
