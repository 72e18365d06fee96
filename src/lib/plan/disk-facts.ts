/** {@link Facts} of an overlay that has just been checked, from its layers while they are open. */
import type { Finding } from "../catalogue/index.js";
import type { Checked } from "../check.js";
import { layerName } from "../checks/context.js";
import { decodeHandle } from "../format/fileHandle.js";
import { type OverlayPrefix, otherPrefix } from "../format/xattrNames.js";
import { HostError } from "../host/errno.js";
import type { Attributes, Content, Errno, Native, RawObject, VerityDigest } from "../host/native.js";
import {
  type DirStack,
  EINVAL,
  ELOOP,
  ENOENT,
  ENOTDIR,
  type Env,
  isDir,
  type LayerPath,
} from "../kernel/env.js";
import { dataOf, type FoundObject, type Lookup, lookup, stackOf } from "../kernel/lookup.js";
import { checkOriginFh, decodeRealFh, encodeFh } from "../kernel/origin.js";
import { splitPath } from "../kernel/path.js";
import type { Effective, Layer } from "../layers/types.js";
import { OUTSIDE } from "../model/disk-view.js";
import { InodeNames } from "../model/inode-names.js";
import { eachEntry } from "../model/listing.js";
import type { Require } from "../mount/spec.js";
import type { Claimant, DirectoryEntry, Facts, Lower } from "./facts.js";
import type { Place } from "./types.js";
import { readUpperObjects, type UpperObjects } from "./upper-objects.js";

const SLASH = 0x2f;
const EISDIR = 21;
/** Objects kept by {@link DiskFacts.examine}. */
const EXAMINED = 64;

type Layers = NonNullable<Checked["layers"]>;

/** Good for one round: walks of whole layers are kept, and nothing that is changed meanwhile shows in them. */
export class DiskFacts implements Facts {
  readonly options: Effective;
  readonly era: boolean;
  readonly lowers: readonly string[];
  readonly #native: Native;
  readonly prefix: OverlayPrefix;
  readonly #required: Env;
  readonly #plain: Env;
  /** By name: "upper", "work", "lower[1]". */
  readonly #layers = new Map<string, Layer>();
  /** The directory that each view was asked for last: questions come directory by directory. */
  readonly #last = new Map<Env, { readonly path: Buffer; readonly stack: DirStack | null }>();
  readonly #below: Env;
  /** As mounted with metacopy=on,redirect_dir=follow, and origins compared. */
  readonly #followed: Env;
  readonly #inodeNames: InodeNames;
  /** What was asked for last: a plan comes back to an object some times, and then leaves it. */
  readonly #examined = new Map<string, RawObject | null>();
  #upper: UpperObjects | null = null;
  /** Handles of lower objects below tombstones; null where no lookup is predicted. */
  readonly #buried: ReadonlySet<string> | null;

  constructor(
    readonly require: Require,
    { native, stack, examination }: Layers,
  ) {
    const { views } = examination.survey;
    const { work, era } = examination.ground;
    this.options = views.required.options;
    this.era = era;
    this.#native = native;
    this.prefix = stack.prefix;
    this.#required = views.required;
    this.#plain = views.plain;
    const followed = { metacopy: true, redirectFollow: true, index: true, nfsExport: false };
    this.#followed = { ...views.plain, index: null, options: { ...views.plain.options, ...followed } };
    this.#below = { ...views.plain, root: { ...views.plain.root, upper: null } };
    if (work !== null) this.#layers.set("work", work);
    if (stack.upper !== null) this.#layers.set(layerName(stack.upper), stack.upper);
    for (const layer of [...stack.lower, ...stack.data]) this.#layers.set(layerName(layer), layer);
    this.lowers = stack.lower.map(layerName);
    const walked = stack.lower.map((layer) => ({
      name: layerName(layer),
      fd: layer.fd,
      prefix: stack.prefix,
    }));
    this.#inodeNames = new InodeNames(native, walked);
    const { rootRefusal, cleanup, findings } = examination;
    this.#buried = rootRefusal === null && cleanup?.refusal == null ? buried(findings) : null;
  }

  examine(at: Place): RawObject | null {
    const key = `${at.layer}/${at.path.toString("latin1")}`;
    const known = this.#examined.get(key);
    if (known !== undefined) return known;
    const object = this.#examine(at);
    if (this.#examined.size === EXAMINED) this.#examined.clear();
    this.#examined.set(key, object);
    return object;
  }

  #examine(at: Place): RawObject | null {
    const layer = this.#layers.get(at.layer);
    if (layer === undefined) return null;
    const object = this.#required.view.examine({ layer, path: at.path });
    if (typeof object !== "number") return object;
    if (isNothing(-object)) return null;
    throw new HostError("stat", `${at.layer} ${at.path.toString()}`, object);
  }

  otherXattrs(at: Place): ReadonlyMap<string, Buffer | number> {
    const layer = this.#layers.get(at.layer);
    const object =
      layer === undefined ? -ENOENT : this.#native.examine(layer.fd, at.path, otherPrefix(this.prefix));
    if (typeof object !== "number" && object.xattrError === 0) return object.xattrs;
    const errno = typeof object === "number" ? object : object.xattrError;
    if (isNothing(-errno)) return new Map();
    throw new HostError("xattrs", `${at.layer} ${at.path.toString()}`, errno);
  }

  list(at: Place): readonly Buffer[] {
    return this.entries(at).map(({ name }) => name);
  }

  entries(at: Place): readonly DirectoryEntry[] {
    const layer = this.#layers.get(at.layer);
    const entries: DirectoryEntry[] = [];
    if (layer === undefined) return entries;
    const onUnreadable = (_: Layer, path: Buffer, operation: string, errno: number): void => {
      if (!isNothing(errno)) throw new HostError(operation, `${at.layer} ${path.toString()}`, -errno);
    };
    eachEntry(this.#native, { layer, path: at.path }, { onUnreadable }, (name, type, ino) =>
      entries.push({ name: Buffer.from(name), type, ino }),
    );
    return entries;
  }

  plain(path: Buffer): Lookup {
    return this.#lookup(this.#plain, path);
  }

  required(path: Buffer): Lookup {
    return this.#lookup(this.#required, path);
  }

  lowerAt(path: Buffer): Lookup {
    return this.#lookup(this.#below, path);
  }

  dataOf(path: Buffer): (Lower & { readonly place: Place }) | number {
    const found = this.#lookup(this.#followed, path);
    if (found.kind === "error") return found.errno;
    const data = found.kind === "found" && !found.isDir ? dataOf(this.#followed, found) : null;
    if (data === null) return ENOENT;
    return { place: { layer: layerName(data.layer), path: data.path }, object: data.object };
  }

  content(at: Place): Content | null {
    const layer = this.#layers.get(at.layer);
    if (layer === undefined) return null;
    const content = this.#native.content(layer.fd, at.path);
    if (typeof content !== "number") return content;
    if (isNothing(-content) || content === -EISDIR || content === -EINVAL) return null;
    throw new HostError("read", `${at.layer} ${at.path.toString()}`, content);
  }

  attributes(at: Place): Attributes | null {
    const layer = this.#layers.get(at.layer);
    if (layer === undefined) return null;
    const found = this.#native.attributes(layer.fd, at.path);
    if (typeof found !== "number") return found;
    if (isNothing(-found)) return null;
    throw new HostError("read", `${at.layer} ${at.path.toString()}`, found);
  }

  isApart({ layer }: Place): boolean {
    return this.#layers.get(layer)?.dev !== this.#layers.get("work")?.dev;
  }

  verity(at: Place): VerityDigest | Errno {
    const layer = this.#layers.get(at.layer);
    return layer === undefined ? -ENOENT : this.#native.verity(layer.fd, at.path);
  }

  sameData(one: Place, other: Place): boolean {
    const [a, b] = [this.#layers.get(one.layer), this.#layers.get(other.layer)];
    const same =
      a === undefined || b === undefined ? -ENOENT : this.#native.sameData(a.fd, one.path, b.fd, other.path);
    if (typeof same !== "number") return same;
    throw new HostError("compare", `${one.layer} ${one.path.toString()}`, same);
  }

  decode(fh: Buffer): Lower | null {
    const verdict = decodeHandle(fh);
    if (verdict.kind !== "valid" || verdict.handle.upper) return null;
    const layers = this.#required.root.lower.map(({ layer }) => layer);
    // First as the kernel connects directories, which have to be inside the layer.
    for (const connected of [true, false]) {
      const found = checkOriginFh(this.#required, layers, verdict.handle, null, connected);
      if (typeof found === "number") continue;
      const inside = isDir(found.object) && !found.path.equals(OUTSIDE);
      return {
        place: inside ? { layer: layerName(found.layer), path: found.path } : null,
        object: found.object,
      };
    }
    return null;
  }

  encode(at: Place): Buffer | null {
    const layer = this.#layers.get(at.layer);
    const object = this.examine(at);
    if (layer === undefined || object === null) return null;
    return encodeFh(this.#required, layer, object, layer.role === "upper");
  }

  decodeUpper(fh: Buffer): Buffer | null {
    const verdict = decodeHandle(fh);
    const upper = this.#layers.get("upper");
    if (verdict.kind !== "valid" || !verdict.handle.upper || upper === undefined) return null;
    const found = decodeRealFh(this.#required, verdict.handle, upper, true);
    return found === null || typeof found === "number" || !isDir(found.object) ? null : found.path;
  }

  claimants(fh: Buffer): readonly Claimant[] {
    return this.#upperObjects().claimants.get(fh.toString("latin1")) ?? [];
  }

  isBuried(fh: Buffer): boolean | null {
    if (this.#buried === null) return null;
    return this.#buried.has(fh.toString("latin1"));
  }

  *origins(): Generator<readonly [fh: Buffer, claimants: readonly Claimant[]]> {
    for (const [key, claimants] of this.#upperObjects().claimants)
      yield [Buffer.from(key, "latin1"), claimants];
  }

  lowerNames(object: Pick<RawObject, "dev" | "ino">): readonly Place[] {
    return this.#inodeNames.of(object);
  }

  lowerLinks(): readonly (readonly Place[])[] {
    return this.#inodeNames.linked();
  }

  upperNames(ino: number): readonly Buffer[] {
    return this.#upperObjects().names.get(ino) ?? [];
  }

  #upperObjects(): UpperObjects {
    const upper = this.#plain.root.upper;
    this.#upper ??=
      upper === null
        ? { claimants: new Map(), names: new Map() }
        : readUpperObjects(this.#native, upper, this.prefix);
    return this.#upper;
  }

  #lookup(env: Env, path: Buffer): Lookup {
    if (path.length === 0) return this.#root(env);
    const slash = path.lastIndexOf(SLASH);
    const parent = this.#directory(env, path.subarray(0, Math.max(slash, 0)));
    if (parent === null) return { kind: "negative", events: [], opaque: false };
    return lookup(env, parent, Buffer.from(path.subarray(slash + 1)));
  }

  #directory(env: Env, path: Buffer): DirStack | null {
    const last = this.#last.get(env);
    if (last?.path.equals(path) === true) return last.stack;
    let stack: DirStack | null = env.root;
    for (const name of splitPath(path)) {
      const found = lookup(env, stack, name);
      stack = found.kind === "found" && found.isDir ? stackOf(found) : null;
      if (stack === null) break;
    }
    this.#last.set(env, { path: Buffer.from(path), stack });
    return stack;
  }

  #root(env: Env): FoundObject {
    const found = (place: LayerPath) => {
      const object = env.view.examine(place);
      if (typeof object === "number") throw new HostError("stat", layerName(place.layer), object);
      return { ...place, object };
    };
    const lower = env.root.lower.map(found);
    const top = lower[0];
    return {
      kind: "found",
      isDir: true,
      upper: env.root.upper === null ? null : found(env.root.upper),
      lower,
      lowerFh: top === undefined ? null : encodeFh(env, top.layer, top.object, false),
      indexed: false,
      redirect: null,
      redirected: null,
      opaque: false,
      events: [],
    };
  }
}

/** Below a file or a symlink there is nothing. */
const isNothing = (errno: number): boolean => errno === ENOENT || errno === ENOTDIR || errno === ELOOP;

function buried(findings: readonly Finding[]): ReadonlySet<string> {
  const handles = findings.flatMap(({ code, bytes }) =>
    code === "tombstone-over-reachable" && bytes?.fh !== undefined ? [bytes.fh.toString("latin1")] : [],
  );
  return new Set(handles);
}
