/** Files whose metadata alone was copied up, with all that a copy of their data must leave as it is. */
import { chmodSync, closeSync, ftruncateSync, openSync, utimesSync, writeSync } from "node:fs";
import { native } from "../../src/lib/host/addon.js";
import type { Content } from "../../src/lib/host/native.js";
import type { Writer } from "../../src/lib/host/writer.js";
import type { Action, Step } from "../../src/lib/plan/types.js";
import { must, sys } from "../support/sys.js";
import { at, type Bed, Planner, xattr } from "./bed.js";

export const FILES = ["one", "two", "three"];
export const KIB = 1024;
export const SIZE = 300 * KIB + 7;
export const MIB = KIB * KIB;
export const LONG_AGO = new Date("2001-02-03T04:05:06.789Z");
export const CAPABILITY = Buffer.from("0100000200200000000000000000000000000000", "hex");

/** Files with data in lower, and their metadata in upper: setuid, and with a capability. */
export function hollow(bed: Bed): void {
  for (const name of FILES) {
    const below = openSync(bed.path(at("lower", name)), "w");
    // Its size first: xfs gives a file that grows more than it asks for.
    ftruncateSync(below, SIZE);
    for (const place of [0, 64 * KIB, 200 * KIB])
      writeSync(below, Buffer.alloc(20 * KIB, name), 0, 20 * KIB, place);
    closeSync(below);
    const path = bed.path(at("upper", name));
    const own = openSync(path, "w", 0o600);
    ftruncateSync(own, SIZE);
    closeSync(own);
    chmodSync(path, 0o4755);
    must(sys.setxattr(path, Buffer.from("security.capability"), CAPABILITY, 0), "setxattr");
    xattr(bed, at("upper", name), "metacopy", Buffer.alloc(0));
    utimesSync(path, LONG_AGO, LONG_AGO);
  }
}

export function contentOf(bed: Bed, layer: "upper" | "lower", name: string): Content {
  const root = openSync(bed.path(at(layer, "")), "r");
  const content = native.content(root, Buffer.from(name));
  closeSync(root);
  if (typeof content === "number") throw new Error(`${layer}/${name}: ${content}`);
  return content;
}

/** All copies in one batch, and then all marks. */
export function copies(bed: Bed): Action[] {
  const p = new Planner(bed);
  const fillOf = (name: string): Step => {
    const [own, below] = [contentOf(bed, "upper", name), contentOf(bed, "lower", name)];
    const { size, data } = below;
    const { mode, capability, atimeNs, mtimeNs } = own;
    return {
      op: "fill",
      at: at("upper", name),
      seen: own,
      from: at("lower[1]", name),
      source: below,
      size,
      data,
      looks: { mode, capability, atimeNs, mtimeNs },
    };
  };
  return [
    ...FILES.map((name) => p.action("copy-data", fillOf(name))),
    ...FILES.map((name) => p.action("remove-mark", p.xattr(at("upper", name), "metacopy", null))),
  ];
}

/** Every object, and of the files what a dump does not tell. */
export function state(bed: Bed): string[] {
  const files = FILES.map((name) => {
    const { data, atimeNs, mtimeNs } = contentOf(bed, "upper", name);
    return `${name} ${data} ${atimeNs} ${mtimeNs}`;
  });
  return [...bed.dump(), ...files];
}

/** Copies a little at a time. */
export const slowed = (mine: Writer): Writer => ({
  ...mine,
  copyData: (fromRoot, from, root, path, ino, offset) =>
    mine.copyData(fromRoot, from, root, path, ino, offset, 12 * KIB),
});
