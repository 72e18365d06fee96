/** One object: its marks are set in the namespace that the options name, and taken away in the other one. */
import { ESCAPE, otherPrefix, unescaped } from "../../format/xattrNames.js";
import type { Facts } from "../../plan/facts.js";
import { describe, seen } from "../../plan/planners/changes.js";
import type { Action, Place, Step } from "../../plan/types.js";
import { holdsUserXattrs, type Marked } from "./marks.js";

/** What is done about one object; both actions null where nothing is. */
export interface Conversion {
  /** Null where all of it is there already. */
  readonly set: Action | null;
  readonly remove: Action | null;
  /** Why only a person can tell what it is to have: it is left as it is. */
  readonly left: string | null;
  /** It has marks that nobody should trust; they stay where nobody looks. */
  readonly isUntrusted: boolean;
  /** It is no object that user.* could be on. */
  readonly isLost: boolean;
  /** Marks of an overlay that is nested in this one are among them. */
  readonly isNested: boolean;
}

/**
 * Not carried over from user.*, where anybody who can write to the file can set them: ovl_fs_params_verify(). A nested
 * overlay's neither: it would follow them just so.
 */
const UNTRUSTED: ReadonlySet<string> = new Set(["redirect", "metacopy"]);

/** From the namespace that the options do not name to the one that they do. */
export function convert(facts: Facts, marked: Marked): Conversion {
  const { at, object, old } = marked;
  const toUser = facts.options.userxattr;
  const left = clashOf(marked);
  if (left !== null) return { ...NOTHING, left };
  if (toUser && !holdsUserXattrs(object)) {
    // Below upper nothing asks for what such an object has.
    const remove =
      at.layer === "upper" || at.layer === "work" ? removal(facts, marked, [...old.keys()]) : null;
    return { ...NOTHING, remove, isLost: remove !== null };
  }
  const names = [...old.keys()].filter((name) => toUser || !UNTRUSTED.has(unescaped(name).name));
  const missing = names.filter((name) => !object.xattrs.has(name));
  const steps = missing.map(
    (name): Step => ({ op: "xattr", at, seen: seen(object), name, old: null, value: bytesOf(old.get(name)) }),
  );
  const set: Action | null =
    steps.length === 0
      ? null
      : {
          action: "convert-marks",
          target: at,
          because: part(at, `it has ${names.join(", ")} in ${otherPrefix(facts.prefix)}*`),
          evidence: `the options have the kernel read ${facts.prefix}* and nothing else`,
          safety: "confirm",
          loses: null,
          steps,
        };
  return {
    ...NOTHING,
    set,
    remove: names.length === 0 ? null : removal(facts, marked, names),
    isUntrusted: names.length < old.size,
    isNested: names.some((name) => name.startsWith(ESCAPE)),
  };
}

const NOTHING: Conversion = {
  set: null,
  remove: null,
  left: null,
  isUntrusted: false,
  isLost: false,
  isNested: false,
};

/** Where both namespaces say something else, only a person knows which of it counts. */
function clashOf({ at, object, old }: Marked): string | null {
  const isUnread = [...old.values(), ...object.xattrs.values()].some((value) => typeof value === "number");
  if (isUnread) return `Find out why xattrs of ${describe(at)} cannot be read.`;
  const names = [...old].filter(
    ([name, value]) => name !== "uuid" && differs(object.xattrs.get(name), value),
  );
  if (names.length === 0) return null;
  const shown = names.map(([name]) => name).join(", ");
  return `Decide which counts, and remove the other: ${shown} of ${describe(at)} has one value in trusted.overlay.* and another in user.overlay.*.`;
}

/** That of an overlay is made up by its first mount, and a later one that did not find it has made up another. */
const losesUuid = ({ object, old }: Marked): boolean => differs(object.xattrs.get("uuid"), old.get("uuid"));

const differs = (one: Buffer | number | undefined, other: Buffer | number | undefined): boolean =>
  Buffer.isBuffer(one) && Buffer.isBuffer(other) && !one.equals(other);

function removal(facts: Facts, marked: Marked, names: readonly string[]): Action {
  const { at, object, old } = marked;
  const prefix = otherPrefix(facts.prefix);
  const isLost = facts.options.userxattr && !holdsUserXattrs(object);
  return {
    action: "remove-mark",
    target: at,
    because: part(at, `it has ${names.join(", ")} in ${prefix}*`),
    evidence: isLost ? "user.* is only on files and directories" : `it has the same in ${facts.prefix}*`,
    safety: "confirm",
    loses: isLost ? names.join(", ") : losesUuid(marked) ? "the UUID that the overlay had before" : null,
    steps: names.map((name) => ({
      op: "xattr",
      at,
      seen: seen(object),
      name,
      prefix,
      old: bytesOf(old.get(name)),
      value: null,
    })),
  };
}

const bytesOf = (value: Buffer | number | undefined): Buffer => {
  if (Buffer.isBuffer(value)) return value;
  throw new Error("a value that was not read is not converted");
};

export const part = ({ layer, path }: Place, message: string) =>
  ({ code: "xattr-namespace", layer, path, message }) as const;
