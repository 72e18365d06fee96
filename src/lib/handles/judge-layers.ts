/** Follows handles by the kernel's rules (kernel/decode.ts), and compares with what the names show. */
import type { RawObject } from "../host/native.js";
import { sampleOf } from "../host/sample.js";
import { type Decoded, decodeClientHandle } from "../kernel/decode.js";
import type { Env, Found, LayerPath } from "../kernel/env.js";
import { checkOriginFh, encodeFh, getFh } from "../kernel/origin.js";
import { splitPath } from "../kernel/path.js";
import type { IndexState } from "../model/index-state.js";
import { deletedWithIndex } from "../model/nameless.js";
import { type Layers, rootHandles } from "./overlay.js";
import { type HandleRecord, type HandlesHeader, typeLetter } from "./record.js";
import { identitiesOf, type ShownObjects, sameTop, structureOf, type Top, topOf } from "./shown.js";
import { lookupPath } from "./tree.js";
import { NEVER_DELETED, STALE_NAMED, VERDICTS, type Verdict } from "./verdicts.js";

type FoundBy = Extract<Decoded, { kind: "found" }>;

export class LayersJudge {
  readonly #env: Env;
  readonly #index: IndexState | null;
  readonly #shown: ShownObjects;
  readonly #roots: readonly Buffer[];
  /** Roots of the file that are not today's. */
  readonly #gone: readonly Buffer[];
  readonly #content: boolean;

  /** `shown`: with the handles of all records that will be judged, and marked with what names show. */
  constructor({ examination }: Layers, header: HandlesHeader, shown: ShownObjects, content: boolean) {
    this.#env = examination.survey.views.required;
    this.#index = examination.survey.index;
    this.#shown = shown;
    this.#content = content;
    this.#roots = rootHandles(this.#env);
    this.#gone = header.roots.filter((fh) => !this.#roots.some((root) => root.equals(fh)));
  }

  judge(record: HandleRecord): Verdict {
    const { type, bytes } = record.wire;
    const decoded = decodeClientHandle(this.#env, type, bytes);
    const fh = structureOf(record.wire);
    if (fh === null) return "stale-not-a-handle";
    if (decoded.kind === "stale") return this.#nowhere(fh, decoded.because);
    if (typeLetter(decoded.real.object.mode) !== record.type) return "wrong-type";
    const where = decoded.directory === null ? this.#file(fh, record, decoded) : this.#directory(fh, decoded);
    return VERDICTS[where].outcome === "same" && this.#content
      ? this.#compare(record, decoded.real, where)
      : where;
  }

  /** ESTALE is right for what was deleted, and for nothing else. */
  #nowhere(fh: Buffer, because: keyof typeof STALE_NAMED): Verdict {
    const isRoot = this.#roots.some((root) => root.equals(fh));
    if (isRoot || this.#shown.tops(fh).length > 0 || NEVER_DELETED.has(because)) return STALE_NAMED[because];
    if (because !== "object-gone") return "deleted";
    const uuid = fh.subarray(5, 21);
    const isHere = this.#roots.some((root) => root.subarray(5, 21).equals(uuid));
    if (!isHere) return "stale-other-filesystem";
    return this.#gone.some((root) => sameLayer(root, fh)) ? "stale-other-layer" : "deleted";
  }

  /** The kernel has looked its names up, so it is shown; made of what the handle names it has to be. */
  #directory(fh: Buffer, { directory }: FoundBy): Verdict {
    const { upper, lower } = directory?.stack ?? this.#env.root;
    const places = upper === null ? lower : [upper, ...lower];
    return places.some((place) => this.#names(fh, place)) ? "same" : "wrong-object";
  }

  #names(fh: Buffer, place: LayerPath): boolean {
    const object = this.#env.view.examine(place);
    if (typeof object === "number") return false;
    return encodeFh(this.#env, place.layer, object, place.layer.index === 0)?.equals(fh) === true;
  }

  #file(fh: Buffer, { path }: HandleRecord, { real, via }: FoundBy): Verdict {
    const led: Top = { upper: real.layer.index === 0, ino: real.object.ino };
    const tops = this.#shown.tops(fh);
    if (tops.length === 0)
      return via === "index" && this.#isUncounted(fh, real.object) ? "deleted-and-opens" : "wrong-deleted";
    // Hard links that were split: the name that the handle was given out for decides.
    const own = tops.length > 1 ? this.#under(path, fh) : null;
    if ((own === null ? tops : [own]).some((top) => sameTop(top, led)))
      return via === "upper" && isIndexed(this.#env, real) ? "same-second-inode" : "same";
    return via === "lower" ? "wrong-old-data" : "wrong-object";
  }

  /** The check says the same of such an entry: `nlink-wrong`, a warning. */
  #isUncounted(fh: Buffer, entry: RawObject): boolean {
    const { handle } = getFh(fh) ?? {};
    if (this.#index === null || handle === undefined || entry.nlink > 1) return false;
    const layers = this.#env.root.lower.map(({ layer }) => layer);
    const lower = checkOriginFh(this.#env, layers, handle, entry, false);
    const row = this.#index.table.find(fh, 0);
    return typeof lower !== "number" && deletedWithIndex(this.#index, row, lower.object, entry);
  }

  /** What shows under this name now, if it is the handle's object. */
  #under(path: Buffer, fh: Buffer): Top | null {
    const found = lookupPath(this.#env, splitPath(path));
    if (found === null || !identitiesOf(this.#env, found).some((own) => own.equals(fh))) return null;
    return topOf(this.#env, found);
  }

  #compare({ sample }: HandleRecord, { layer, object }: Found, where: Verdict): Verdict {
    if (sample === null) return where;
    const now = typeof object.handle === "number" ? object.handle : sampleOf(layer.fd, object.handle);
    if (typeof now === "number") return "wrong-unreadable";
    return now === sample ? where : "wrong-content";
  }
}

/** Has this upper file an index entry? Then its names have the inode number of the lower one. */
function isIndexed(env: Env, { object }: Found): boolean {
  const origin = getFh(object.xattrs.get("origin"));
  if (origin === null) return false;
  const layers = env.root.lower.map(({ layer }) => layer);
  if (typeof checkOriginFh(env, layers, origin.handle, object, false) === "number") return false;
  const hit = env.index?.find(origin.bytes);
  return hit?.state === "entry" && hit.ino === object.ino;
}

/** May both be of one layer? What tells is the filesystem, and whether it is upper. */
function sameLayer(a: Buffer, b: Buffer): boolean {
  return a[3] === b[3] && a.subarray(5, 21).equals(b.subarray(5, 21));
}
