/** Steps for what stands on the disk now: each knows the old value and the object that it was planned for. */
import { HostError } from "../../host/errno.js";
import type { RawObject } from "../../host/native.js";
import type { Facts } from "../facts.js";
import type { Action, Place, Proposal, Seen, Step } from "../types.js";

const Y = Buffer.from("y");

export const seen = ({ ino, ctimeNs }: RawObject): Seen => ({ ino, ctimeNs });

/** None where the xattr is so already, or nothing stands there. @throws HostError where its value cannot be read. */
export function setXattr(facts: Facts, at: Place, name: string, value: Buffer | null): Step[] {
  const object = facts.examine(at);
  if (object === null) return [];
  const raw = object.xattrs.get(name);
  if (typeof raw === "number") throw new HostError(`read of ${name}`, at.path.toString(), raw);
  const old = raw ?? null;
  const isSo = value === null ? old === null : old?.equals(value) === true;
  return isSo ? [] : [{ op: "xattr", at, seen: seen(object), name, old, value }];
}

export const removeXattr = (facts: Facts, at: Place, name: string): Step[] => setXattr(facts, at, name, null);

export const setOpaque = (facts: Facts, at: Place): Step[] => setXattr(facts, at, "opaque", Y);

/** Moves it into the journal's folder; none where nothing is. */
export function keep(facts: Facts, at: Place): Step[] {
  const object = facts.examine(at);
  return object === null ? [] : [{ op: "keep", at, seen: seen(object) }];
}

/** An answer without steps is none: what the finding is about has gone meanwhile, or is as it should be. */
export function answer(...actions: readonly Action[]): Proposal {
  const left = actions.filter(({ steps }) => steps.length > 0);
  return left.length > 0 ? { actions: left } : { left: "Check again: nothing is there to be changed." };
}

export const upperAt = (path: Buffer): Place => ({ layer: "upper", path });

/** For people; bytes that are not UTF-8 become U+FFFD. */
export const quoted = (path: Buffer): string => (path.length === 0 ? "the root" : `"${path.toString()}"`);
export const describe = ({ layer, path }: Place): string =>
  path.length === 0 ? `${layer}'s root` : `${layer} ${quoted(path)}`;
