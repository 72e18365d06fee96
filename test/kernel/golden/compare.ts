/** The world that had an index from the start against one that got its index afterwards. */
import { printable } from "../../support/tree.js";
import { isUpperHandle, type World } from "./world.js";

/** Where two worlds may differ, by the entry name of the lower object. `a`: with the index from the start. */
export interface Excuses {
  entry(name: string, a: string, b: string): boolean;
  /** A name that leads to this lower object has another handle, or another link count. */
  object(name: string): boolean;
}

const NONE = "none";
const at = (path: string): string => printable(Buffer.from(path, "latin1"));

export function compareWorlds(golden: World, built: World, excuses: Excuses): string[] {
  const lines: string[] = [];
  const differ = (what: string, a: unknown, b: unknown): void => {
    lines.push(`${what}: ${a} with the index from the start, ${b} built`);
  };
  for (const path of union(golden.names, built.names)) {
    const [a, b] = [golden.names.get(path), built.names.get(path)];
    if (a === undefined || b === undefined || a.type !== b.type) {
      differ(`name ${at(path)}`, a?.type ?? NONE, b?.type ?? NONE);
      continue;
    }
    if (excuses.object(a.handle)) continue;
    // Each world has its own inodes in upper.
    const areUpper = isUpperHandle(a.handle) && isUpperHandle(b.handle);
    if (a.handle !== b.handle && !areUpper) differ(`handle of ${at(path)}`, a.handle, b.handle);
    if (a.links !== b.links) differ(`links of ${at(path)}`, a.links, b.links);
  }
  for (const name of union(golden.index, built.index)) {
    const [a, b] = [golden.index.get(name) ?? NONE, built.index.get(name) ?? NONE];
    if (a !== b && !excuses.entry(name, a, b)) differ(`entry ${name}`, a, b);
  }
  return lines;
}

function union(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].sort();
}
