import type { DirectoryFacts, LayerFacts, Location, StackFacts, Use, WorkFacts } from "./facts.js";
import { refusal } from "./outcome.js";
import type { Refusal } from "./types.js";

/**
 * How directories lie to one another, seen by filesystem and not by path: bind
 * mounts do not hide it from the kernel, which walks parents of directory entries.
 */

/** Is `inner` somewhere below `outer` (not the same)? */
export function isInside(inner: Location | null, outer: Location | null): boolean {
  if (inner === null || outer === null || inner.device !== outer.device) return false;
  const depth = outer.path.length === 1 && outer.path[0] === 0x2f ? 0 : outer.path.length;
  return (
    inner.path.length > depth + 1 &&
    inner.path.subarray(0, depth).equals(outer.path.subarray(0, depth)) &&
    inner.path[depth] === 0x2f
  );
}

/** Upper and work have to be separate subtrees: EINVAL. Source: ovl_workdir_ok(). */
export function checkSeparate(upper: DirectoryFacts, work: DirectoryFacts): Refusal | null {
  const relation =
    upper.object === work.object
      ? "same"
      : isInside(work.location, upper.location)
        ? "work-inside-upper"
        : isInside(upper.location, work.location)
          ? "upper-inside-work"
          : null;
  if (relation === null) return null;
  return refusal("EINVAL", "work-inside-upper", { upper: upper.path, work: work.path, relation });
}

/** A layer that is the same directory as one before it: ELOOP, `conflicting … path`. Source: ovl_setup_trap(). */
export function checkTwice(layer: DirectoryFacts, before: readonly DirectoryFacts[]): Refusal | null {
  const other = before.find((known) => known.object === layer.object);
  if (other === undefined) return null;
  return refusal("ELOOP", "layer-twice", { path: layer.path, first: other.name, second: layer.name });
}

/** With index=on a directory that another overlay has as upper or work is refused: EBUSY. Source: ovl_report_in_use(). */
export function checkInUse(layer: DirectoryFacts, use: Use | null, index: boolean): Refusal | null {
  if (use === null || !index) return null;
  const { role, mountpoint, pid } = use;
  return refusal("EBUSY", "layers-in-use", { path: layer.path, role, mountpoint, pid });
}

/**
 * Layers that another overlay may write to meanwhile, whatever the options: the kernel refuses to
 * mount them with index=on only, and else says in its log that the behaviour is undefined.
 */
export function findInUse(facts: StackFacts): Refusal[] {
  const { upper, work } = facts;
  const own = [...(upper ? [upper] : []), ...(work ? [work] : [])];
  // A lower layer that is our own upper or work, or lies inside, is in use by ourselves.
  const others = [...facts.lower, ...facts.data].filter(
    (layer) => checkTwice(layer, own) === null && nearest(layer, own) === undefined,
  );
  const found = [...own, ...others].flatMap((layer) => [
    checkInUse(layer, layer.use, true),
    checkInUse(layer, layer.useAbove, true),
  ]);
  return found.filter((use) => use !== null);
}

/**
 * The last check of a mount, after the index was verified: a lower layer inside
 * any other layer or the work directory is ELOOP. Upper or work inside a
 * lower layer is allowed; directories above that are in use elsewhere are not, with index=on.
 * Source: ovl_check_overlapping_layers(), ovl_check_layer().
 */
export function checkOverlapping(facts: StackFacts, index: boolean): Refusal[] {
  const { upper, work } = facts;
  const refusals: (Refusal | null)[] = [];
  const lowers: LayerFacts[] = [...facts.lower, ...facts.data];
  const traps = [...(upper ? [upper] : []), ...(work ? [work] : []), ...lowers];
  if (upper) refusals.push(checkInUse(upper, upper.useAbove, index));
  if (work) refusals.push(checkInUse(work, work.useAbove, index));
  for (const layer of lowers) {
    const outer = nearest(layer, traps);
    if (outer !== undefined) {
      const evidence = { inner: `${layer.name} ${layer.path}`, outer: `${outer.name} ${outer.path}` };
      refusals.push(refusal("ELOOP", "layers-overlap", evidence));
    } else {
      refusals.push(checkInUse(layer, layer.useAbove, index));
    }
  }
  return refusals.filter((found) => found !== null);
}

/** The innermost directory that a layer lies in. */
function nearest(layer: DirectoryFacts, others: readonly DirectoryFacts[]): DirectoryFacts | undefined {
  return others
    .filter((other) => isInside(layer.location, other.location))
    .sort((a, b) => (b.location?.path.length ?? 0) - (a.location?.path.length ?? 0))[0];
}

/** What forbids every mount of this work directory: EINVAL. Source: ovl_workdir_cleanup_recurse(). */
export function checkIncompat(work: WorkFacts): Refusal[] {
  return work.incompat.map((name) =>
    name === "volatile"
      ? refusal("EINVAL", "volatile-dirty", { path: `${work.path}/work/incompat/volatile` })
      : refusal("EINVAL", "incompat-feature", { name }),
  );
}
