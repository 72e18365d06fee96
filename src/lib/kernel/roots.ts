/**
 * What the mount verifies before it looks into the index: that the upper layer
 * sits on the lower one it was made on, and the index directory on its upper.
 * ovl_get_indexdir(), ovl_verify_set_fh()
 */
import type { Errno, RawObject } from "../host/native.js";
import { EINVAL, ENODATA, type Env, ESTALE, type Found } from "./env.js";
import { encodeFh, getFh, verifyStoredFh } from "./origin.js";

/** One of the handles that tie the layers together. */
export type RootTie = "root-origin" | "index-origin" | "index-upper";

/** What the mount does about a tie; what `refuse` returns from mount(2) is `errno`, positive. */
export type RootVerdict =
  | { readonly tie: RootTie; readonly state: "match" }
  /** Absent, or an unknown or invalid value: the mount writes the right one. */
  | {
      readonly tie: RootTie;
      readonly state: "set";
      readonly raw: Buffer | Errno | undefined;
      readonly expected: Buffer;
    }
  | { readonly tie: RootTie; readonly state: "complain"; readonly raw: Buffer; readonly expected: Buffer }
  | {
      readonly tie: RootTie;
      readonly state: "refuse";
      readonly errno: number;
      readonly raw: Buffer;
      readonly expected: Buffer;
    };

/** The upper root's `origin` against the root of the topmost lower layer. */
export function verifyRootOrigin(env: Env, upperRoot: RawObject, lowerRoot: Found): RootVerdict {
  return tie(env, "root-origin", upperRoot.xattrs.get("origin"), lowerRoot, false, true);
}

/** The index directory's `upper`, and the `origin` that kernels before 4.16 left there, against the upper root. */
export function verifyIndexDir(env: Env, index: RawObject, upperRoot: Found): RootVerdict[] {
  const verdicts: RootVerdict[] = [];
  const legacy = index.xattrs.get("origin");
  if (legacy !== undefined) {
    const verdict = tie(env, "index-origin", legacy, upperRoot, true, false);
    // The kernel complains about a legacy origin, and then lets `upper` decide alone.
    verdicts.push(verdict.state === "refuse" ? { ...verdict, state: "complain" } : verdict);
  }
  verdicts.push(tie(env, "index-upper", index.xattrs.get("upper"), upperRoot, true, true));
  return verdicts;
}

function tie(
  env: Env,
  name: RootTie,
  raw: Buffer | Errno | undefined,
  real: Found,
  upper: boolean,
  set: boolean,
): RootVerdict {
  const expected = encodeFh(env, real.layer, real.object, upper) ?? Buffer.alloc(0);
  const stored = Buffer.isBuffer(raw) ? raw : Buffer.alloc(0);
  if (expected.length === 0) return { tie: name, state: "refuse", errno: EINVAL, raw: stored, expected };
  const errno = verifyStoredFh(raw, expected);
  if (errno === 0) return { tie: name, state: "match" };
  if (errno === -ENODATA && set) return { tie: name, state: "set", raw, expected };
  const refusal = errno === -ENODATA ? ENODATA : ESTALE;
  return { tie: name, state: "refuse", errno: refusal, raw: getFh(raw)?.bytes ?? stored, expected };
}
