/**
 * Which handle the kernel gives out for a name that was found, and what it writes to do so: ovl_encode_fh() as a pure
 * function, on a mount on which no handle has been given out yet.
 */
import { encodeWire } from "../format/wireHandle.js";
import type { Env, Found } from "./env.js";
import type { FoundObject } from "./lookup.js";
import { encodeFh } from "./origin.js";

export type Encoded =
  | {
      readonly kind: "handle";
      /** Into which layer it points. What points into upper has flag 4. */
      readonly points: "upper" | "lower";
      /** The handle structure. */
      readonly fh: Buffer;
      /** What name_to_handle_at(2) on the overlay gives. */
      readonly wire: { readonly type: number; readonly bytes: Buffer };
      /** Position in the way to the object of what is copied up first, directories above it included; null: nothing is. */
      readonly copiesUp: number | null;
    }
  /** No handle: the overlay is not exported, or the filesystem gives none. */
  | { readonly kind: "none" };

/** `way`: every object on the way to the one that is meant, from below the root; empty for the root itself. */
export function encodeForClient(env: Env, way: readonly FoundObject[]): Encoded {
  if (!env.options.nfsExport) return { kind: "none" };
  const { points, copiesUp } = checkEncodeOrigin(env, way);
  const real = realOf(env, way, points);
  const fh = real === null ? null : encodeFh(env, real.layer, real.object, points === "upper");
  return fh === null ? { kind: "none" } : { kind: "handle", points, fh, wire: encodeWire(fh), copiesUp };
}

interface Choice {
  readonly points: "upper" | "lower";
  readonly copiesUp: number | null;
}

/** ovl_check_encode_origin() */
function checkEncodeOrigin(env: Env, way: readonly FoundObject[]): Choice {
  if (env.root.upper === null) return { points: "lower", copiesUp: null };
  const object = way[way.length - 1];
  // The root is never indexed.
  if (object === undefined || object.lower.length === 0) return { points: "upper", copiesUp: null };
  if (object.upper !== null && !object.indexed) return { points: "upper", copiesUp: null };
  return { points: "lower", copiesUp: object.isDir ? connectLayer(env, way) : null };
}

/**
 * ovl_connect_layer(): a lower directory's handle is good only if every directory above it can be found from that
 * layer, up to one that the index knows. Where one cannot, what stands below it is copied up, and so indexed.
 */
function connectLayer(env: Env, way: readonly FoundObject[]): number | null {
  const origin = way[way.length - 1]?.lower[0]?.layer.index ?? 0;
  for (let at = way.length - 1; at >= 0; at--) {
    const parent = way[at - 1] ?? null;
    if (connectableLayer(env, parent) < origin) return way[at]?.upper === null ? at : null;
    if (parent === null || parent.indexed) return null;
  }
  return null;
}

/** ovl_connectable_layer(): the lowest layer from whose directory this one can be found. null is the root. */
function connectableLayer(env: Env, directory: FoundObject | null): number {
  if (directory === null) return env.root.lower.length;
  if (directory.upper !== null && !directory.indexed) return 0;
  return directory.lower[0]?.layer.index ?? 0;
}

function realOf(env: Env, way: readonly FoundObject[], points: "upper" | "lower"): Found | null {
  const object = way[way.length - 1];
  if (object !== undefined) return points === "upper" ? object.upper : (object.lower[0] ?? null);
  const root = points === "upper" ? env.root.upper : env.root.lower[0];
  if (root === null || root === undefined) return null;
  const examined = env.view.examine(root);
  return typeof examined === "number" ? null : { ...root, object: examined };
}
