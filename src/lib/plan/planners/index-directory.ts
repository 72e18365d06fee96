/** The index directory itself: what adds to it makes it first, where there is none. */
import type { Finding } from "../../catalogue/index.js";
import { isDir } from "../../kernel/env.js";
import type { Facts } from "../facts.js";
import type { Action, Place, Step } from "../types.js";
import { setXattr } from "./changes.js";

export const INDEX: Place = { layer: "work", path: Buffer.from("index") };
export const UPPER_ROOT: Place = { layer: "upper", path: Buffer.alloc(0) };

/** Can entries be added? Where an overlay has lost its index, a person has to have seen that it is made anew. */
export type IndexDirectory = { readonly is: "there" | "absent" | "lost" } | { readonly left: string };

export function indexDirectory(facts: Facts): IndexDirectory {
  const object = facts.examine(INDEX);
  if (object === null) return { is: facts.era ? "lost" : "absent" };
  return isDir(object)
    ? { is: "there" }
    : { left: 'Move away what has the name "index" in the work directory.' };
}

/**
 * Empty where it is there. As the mount would make it: upper's root tied to the lower one, unless it is so already, and the
 * index without permissions, tied to upper's root. ovl_get_indexdir()
 */
export function makeIndex(
  facts: Facts,
  because: Finding,
  { is }: IndexDirectory & { is: string },
): readonly Action[] {
  if (is === "there") return [];
  // The same action for all that need it: whoever comes first is its reason.
  const known = made.get(facts);
  if (known !== undefined) return known;
  const upper = facts.encode(UPPER_ROOT);
  if (upper === null) return [];
  const actions: Action[] = [
    {
      action: "make-index",
      target: INDEX,
      because,
      evidence:
        is === "lost"
          ? "there is none, though upper's root has an origin: it is made anew from what upper and lower tell"
          : "there is none yet; the next mount would make it as well",
      safety: is === "lost" ? "confirm" : "auto",
      loses: null,
      steps: [
        ...tieRoot(facts),
        { op: "make", at: INDEX, what: { kind: "directory", mode: 0, xattrs: [["upper", upper]] } },
      ],
    },
  ];
  made.set(facts, actions);
  return actions;
}

const made = new WeakMap<Facts, readonly Action[]>();

function tieRoot(facts: Facts): Step[] {
  const [top] = facts.lowers;
  const isTied = facts.examine(UPPER_ROOT)?.xattrs.has("origin") === true;
  const lower = top === undefined || isTied ? null : facts.encode({ layer: top, path: UPPER_ROOT.path });
  return lower === null ? [] : setXattr(facts, UPPER_ROOT, "origin", lower);
}

/** Does something stand where an entry shall be added? */
export const isTaken = (facts: Facts, { is }: IndexDirectory & { is: string }, entry: Place): boolean =>
  is === "there" && facts.examine(entry) !== null;

/** How far what is put into the index may go unattended. */
export const safetyIn = ({ is }: IndexDirectory & { is: string }): "auto" | "confirm" =>
  is === "lost" ? "confirm" : "auto";
