/**
 * `resolve`: what clients' handles lead to once the overlay is exported, and how the kernel comes to it.
 * Reads the index and what the handles name; the tree is walked only for the names of files.
 */

import { layerName } from "../checks/context.js";
import type { ClientHandle } from "../format/clientHandle.js";
import { type FileHandle, HEADER_SIZE } from "../format/fileHandle.js";
import { decodeWire } from "../format/wireHandle.js";
import { typeOf } from "../inspect/index.js";
import { type Decoded, decodeClientHandle } from "../kernel/decode.js";
import type { DecodeEvent } from "../kernel/decode-events.js";
import type { Env } from "../kernel/env.js";
import type { MountSpec } from "../mount/spec.js";
import { VERSION } from "../version.js";
import { type Names, namesOf, type Sought } from "./names.js";
import {
  type End,
  RESOLVE_SCHEMA,
  type ResolvedHandle,
  type ResolveResult,
  type Stale,
  type Step,
} from "./result.js";
import { FROM_ELSEWHERE, isFromHere, stepsOf, whyStale } from "./words.js";
import { type ResolveHost, type World, withWorld } from "./world.js";

export interface GivenHandle {
  /** As somebody typed it. */
  readonly given: string;
  readonly handle: ClientHandle;
}

export interface ResolveRequest {
  /** Names after which the search for what files are called ends. */
  readonly limit: number;
}

/** One handle, with what is still to be found out about it. */
interface Followed {
  readonly steps: readonly Step[];
  /** An object sought stands for an end that its names are missing from. */
  readonly end: End | Sought;
}

/** @throws Unknowable */
export function resolve(
  spec: MountSpec,
  given: readonly GivenHandle[],
  request: ResolveRequest,
  host: ResolveHost,
): ResolveResult {
  return withWorld(spec, host, (world) => {
    const followed = given.map(({ handle }) => follow(world, handle));
    const sought = followed.flatMap(({ end }) => ("real" in end ? [end] : []));
    const names = sought.length === 0 ? null : namesOf(world.native, world.env, sought, request.limit);
    let next = 0;
    const handles = given.map(({ given: text, handle }, i): ResolvedHandle => {
      const { steps, end } = followed[i] as Followed;
      const { form, fields } = handle;
      return { given: text, form, fields, steps, end: "real" in end ? ended(end, names, next++) : end };
    });
    const search = names === null ? null : { complete: names.complete, names: names.read };
    const { overlay, mount } = world;
    return { schema: RESOLVE_SCHEMA, tool: { version: VERSION }, overlay, mount, handles, search };
  });
}

function follow({ env, mount }: World, handle: ClientHandle): Followed {
  if (!mount.ok) return { steps: [], end: stale("not-mounted", `${mount.cause}, ${mount.errno}`) };
  if (handle.isRoot) {
    const text = "no handle behind the fsid: the root of the export";
    return {
      steps: [{ by: "nfsd_set_fh_dentry", text }],
      end: { leads: "directory", path: Buffer.alloc(0) },
    };
  }
  const wire = handle.type === null ? null : decodeWire(handle.type, handle.bytes);
  if (wire === null || wire.kind !== "valid") {
    const reason = wire === null ? "type" : wire.kind === "invalid" ? wire.reason : wire.inner.reason;
    return { steps: [{ by: "ovl_fid_to_fh", text: MALFORMED[reason] }], end: stale("not-a-handle") };
  }
  if (!env.options.nfsExport) return { steps: [], end: stale("not-exported") };
  const events: DecodeEvent[] = [];
  const decoded = decodeClientHandle(env, handle.type ?? 0, handle.bytes, events);
  const real = wire.inner.handle;
  return { steps: stepsOf(env, real, events), end: endOf(env, real, wire.structure, decoded, events) };
}

const MALFORMED = {
  type: "the type is not 0xf8: no overlay's handle",
  short: "too few bytes for a handle",
  length: "fewer bytes than its length field says",
  magic: "the second byte is not 0xfb",
  "newer-version": "a version newer than 0",
  "unknown-flag": "a flag that is not known",
  "foreign-endian": "encoded on a machine of the other byte order",
  empty: "no bytes",
} as const;

function endOf(
  env: Env,
  handle: FileHandle,
  structure: Buffer,
  decoded: Decoded,
  events: readonly DecodeEvent[],
): Followed["end"] {
  if (decoded.kind === "stale") {
    const elsewhere = decoded.because === "object-gone" && !isFromHere(env, handle);
    return elsewhere
      ? { leads: "nowhere", because: decoded.because, why: FROM_ELSEWHERE }
      : stale(decoded.because);
  }
  if (decoded.directory !== null) return { leads: "directory", path: decoded.directory.path };
  const origin = events.find((event) => event.kind === "origin")?.found;
  const isLower = !handle.upper && origin !== undefined && typeof origin !== "number";
  const fh = structure.subarray(0, Math.max(handle.length, HEADER_SIZE));
  return { real: decoded.real, lower: isLower ? { found: origin, fh } : null };
}

function ended({ real }: Sought, names: Names | null, at: number): End {
  const { ino, size, nlink } = real.object;
  const paths = [...(names?.paths[at] ?? [])].sort(Buffer.compare);
  return {
    leads: "object",
    type: typeOf(real.object),
    layer: layerName(real.layer),
    ino,
    size,
    nlink,
    paths,
  };
}

function stale(because: Stale["because"], more = ""): Stale {
  return {
    leads: "nowhere",
    because,
    why: more === "" ? whyStale(because) : `${whyStale(because)}: ${more}`,
  };
}
