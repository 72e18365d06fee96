/** `handles save`: every object's handle, by the kernel's rules or from the kernel itself, into a file. */
import { withCheck } from "../check.js";
import { errnoName } from "../host/errno.js";
import { WholeFile } from "../host/line-file.js";
import type { Errno } from "../host/native.js";
import { sampleOf } from "../host/sample.js";
import { encodeForClient } from "../kernel/encode.js";
import type { Env, Found } from "../kernel/env.js";
import type { FoundObject } from "../kernel/lookup.js";
import { ROOT } from "../model/ground.js";
import type { MountSpec } from "../mount/spec.js";
import { overlayArguments } from "../report/command-line.js";
import { nextStep } from "../report/next.js";
import type { CheckResult } from "../report/result.js";
import { showPath } from "../report/text.js";
import { verdictOf } from "../report/verdict.js";
import { VERSION } from "../version.js";
import { eachMountedName, openMount } from "./mount.js";
import { FAIL_UNREADABLE, HandlesTrouble, type Layers, rootHandles, rootObject } from "./overlay.js";
import { type HandleRecord, typeLetter } from "./record.js";
import { eachName } from "./tree.js";
import { HandlesWriter } from "./writer.js";

export interface SaveRequest {
  readonly file: Buffer;
  /** The file may be there already. */
  readonly replace: boolean;
  /** Take a sample of the content of regular files. */
  readonly content: boolean;
  readonly onProgress?: (event: { phase: string; count: number; total: number | null }) => void;
}

export interface Saved {
  readonly records: number;
  /** Directories whose handles the kernel gives out only after it has copied them up. */
  readonly copiesUp: number;
}

/** From the layers. @throws HandlesTrouble */
export function saveFromLayers(spec: MountSpec, request: SaveRequest): Promise<Saved> {
  const { onProgress } = request;
  const asked = { require: "nfs-export" as const, ...(onProgress === undefined ? {} : { onProgress }) };
  return withCheck(spec, asked, ({ result, layers }) => {
    const whole = result.complete && !result.provisional && result.prediction.mount.ok;
    if (layers === null || !whole) throw new HandlesTrouble(whyNot(result));
    const env = layers.examination.survey.views.required;
    if (!env.options.nfsExport)
      throw new HandlesTrouble("nfs_export falls back to off: no handles are given out");
    let copiesUp = 0;
    const records = write(request, "layers", rootHandles(env), (add) => {
      copiesUp = addNames(layers, env, request, add);
    });
    return { records, copiesUp };
  });
}

/** Why nothing is saved, and what to do about it. */
function whyNot(result: CheckResult): string {
  const { word, sentence } = verdictOf(result);
  const next = result.findings.some(({ code }) => code === "layers-in-use")
    ? `${nextStep(result, new Set())}; or let the kernel be asked: --mounted MOUNTPOINT in place of the layers`
    : `ovl-index check ${overlayArguments(result.overlay, null)}`;
  return `${word}: ${sentence} next: ${next}`;
}

type Add = (record: HandleRecord) => void;

function addNames(layers: Layers, env: Env, { content }: SaveRequest, add: Add): number {
  let copiesUp = 0;
  const put = (path: Buffer, way: readonly FoundObject[], top: Found): void => {
    const given = encodeForClient(env, way);
    if (given.kind === "none") throw new HandlesTrouble(`${path.toString()}: no handle is given out for it`);
    if (given.copiesUp !== null) copiesUp++;
    const type = typeLetter(top.object.mode);
    const sample = content && type === "f" ? sampleOfReal(path, top) : null;
    add({ path, type, wire: given.wire, sample });
  };
  const { root } = env;
  const top = root.upper ?? root.lower[0];
  if (top !== undefined) put(ROOT, [], { ...top, object: rootObject(env, top) });
  eachName(layers.native, layers.examination.survey.views, {
    ...FAIL_UNREADABLE,
    shown: ({ path, way, found }) => {
      const real = realOf(env, found);
      if (real !== null) put(path, way, real);
    },
    // No client gets a handle for what does not show.
    missing: () => undefined,
  });
  return copiesUp;
}

/** What is read under a name. */
function realOf(env: Env, found: FoundObject): Found | null {
  const lower = found.lower[0] ?? null;
  if (found.upper !== null || !found.indexed || found.isDir || found.lowerFh === null)
    return found.upper ?? lower;
  const hit = env.index?.find(found.lowerFh);
  const entry = hit?.state === "entry" ? hit.object() : null;
  const upper = env.root.upper;
  return entry === null || typeof entry === "number" || upper === null ? lower : { ...upper, object: entry };
}

function sampleOfReal(path: Buffer, { layer, object }: Found): string {
  const sample = typeof object.handle === "number" ? object.handle : sampleOf(layer.fd, object.handle);
  if (typeof sample === "number") throw new HandlesTrouble(`read ${path.toString()}: ${errnoName(sample)}`);
  return sample;
}

/** From the mounted overlay itself: as a client that walks all of it. @throws HandlesTrouble */
export function saveFromMount(mountpoint: Buffer, request: SaveRequest): Saved {
  const mount = openMount(mountpoint);
  try {
    const records = write(request, "mount", [], (add) => {
      let count = 0;
      eachMountedName(mount, ({ path, object }) => {
        if (typeof object.handle === "number")
          throw new HandlesTrouble(`${path.toString()}: name_to_handle_at: ${errnoName(object.handle)}`);
        const type = typeLetter(object.mode);
        const sample = request.content && type === "f" ? sampleOf(mount.fd, object.handle) : null;
        if (typeof sample === "number")
          throw new HandlesTrouble(`read ${path.toString()}: ${errnoName(sample)}`);
        add({ path, type, wire: object.handle, sample });
        request.onProgress?.({ phase: "asking for handles", count: ++count, total: null });
      });
    });
    return { records, copiesUp: 0 };
  } finally {
    mount.close();
  }
}

function whyNoFile(file: Buffer, errno: Errno): string {
  const name = errnoName(errno);
  return `${showPath(file)}: ${name === "EEXIST" ? "it is there already; --force replaces it" : name}`;
}

function write(
  { file, replace, content }: SaveRequest,
  from: "layers" | "mount",
  roots: readonly Buffer[],
  fill: (add: Add) => void,
): number {
  const whole = WholeFile.create(file, replace);
  if (typeof whole === "number") throw new HandlesTrouble(whyNoFile(file, whole));
  try {
    const header = { from, saved: new Date().toISOString(), tool: VERSION, roots, content };
    const writer = new HandlesWriter(whole, replace, header);
    fill((record) => writer.add(record));
    const done = writer.commit();
    if (done !== 0) throw new HandlesTrouble(whyNoFile(file, done));
    return writer.records;
  } catch (error) {
    whole.discard();
    throw error;
  }
}
