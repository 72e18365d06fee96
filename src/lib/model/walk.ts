/**
 * Walks the merged tree. The upper layer leads, and the middle ones; the
 * lowest is only asked for the names that these have, so that what nobody ever touched costs nothing.
 *
 * Names that are not plainly well are looked up as the kernel does, in both
 * views. A lookup that depends on an index entry not yet known to survive the
 * mount is put off until the whole index has been judged.
 */

import { DT_CHR, DT_DIR } from "../format/fileType.js";
import { isImpure } from "../format/opaque.js";
import type { Native } from "../host/native.js";
import { type ScanReader, XATTR_BITS, XATTR_UNREAD, type XattrKey } from "../host/scan-reader.js";
import { type DirStack, ENAMETOOLONG, ENOENT, isDir, type LayerPath } from "../kernel/env.js";
import { type Lookup, lookup } from "../kernel/lookup.js";
import { join } from "../kernel/path.js";
import { Scanner } from "../scan/scanner.js";
import { classifyUpper, rowOf } from "./classify.js";
import { comparer, sameStack } from "./compare.js";
import { HandleMatcher, homeAt, topmostProbe } from "./home.js";
import type { NameWatcher, ReadHooks } from "./hooks.js";
import { connects, type Home, type MergedDir, type NameObservation, type Views } from "./merged.js";
import { placesOf } from "./places.js";
import type { Survey } from "./survey.js";

export interface Listener extends ReadHooks {
  /** A name that has something to be said about. */
  onName(observation: NameObservation): void;
  /** A directory that holds an object with an origin, or with a lower one by its redirect, and is not marked impure. */
  onImpureMissing(dir: MergedDir, child: Buffer): void;
  /** A directory that was written to after the walk began. */
  onChanged(layer: LayerPath["layer"], path: Buffer): void;
  /** Directories and entries so far, for the progress line. */
  onProgress(survey: Survey): void;
}

interface Task {
  readonly dir: MergedDir;
  /** Which of the directory's places is listed: 0 is upper where there is one. */
  readonly place: number;
}

interface Deferred {
  readonly dir: MergedDir;
  readonly name: Buffer;
  readonly seen: Omit<NameObservation, "lookups" | "dir" | "name" | "path">;
}

export interface WalkOptions {
  /** Read also what nobody touched of the lowest layer. */
  readonly everything: boolean;
  /** List upper directories only: what stands in lower layers is asked for by the names that upper has. */
  readonly upperOnly: boolean;
  /** Upper or work lies inside a lower layer: there the kernel refuses to look. */
  readonly nested: boolean;
  readonly prefix: string;
  readonly watcher: NameWatcher | null;
}

export class Walk {
  readonly #s: Survey;
  readonly #listener: Listener;
  readonly #watcher: NameWatcher | null;
  readonly #options: WalkOptions;
  readonly #matcher: HandleMatcher;
  readonly #scanner: Scanner<Task>;
  readonly #bottom: number;
  readonly #began = Date.now();
  readonly #compare: ReturnType<typeof comparer>;
  #deferred: Deferred[] = [];
  /** Numbers of directories that were told of as not marked impure: one finding a directory. */
  readonly #impureSaid = new Set<number>();

  constructor(native: Native, survey: Survey, listener: Listener, options: WalkOptions) {
    this.#s = survey;
    this.#listener = listener;
    this.#watcher = options.watcher;
    this.#options = options;
    this.#matcher = new HandleMatcher(survey.views.plain);
    this.#bottom = survey.views.plain.root.lower.length;
    // Of what is no directory the names of xattrs say enough, but for the origin.
    const followed = redirectRoot(survey.views, options.nested);
    const handles = options.watcher !== null;
    const scan = { prefix: options.prefix, values: XATTR_BITS.origin, handles, ...followed };
    const index =
      survey.index === null ? {} : { index: survey.index.place, table: survey.index.table.columns() };
    this.#scanner = new Scanner(native, { ...scan, ...index }, jobOf, (task, reader) =>
      this.#part(task, reader),
    );
    this.#compare = comparer(native, survey, {
      visit: (dir, upper) => this.#visit({ ...dir, impure: isMarked(upper.get("impure")) }),
      onName: (seen) => listener.onName(seen),
      onUnreadable: (...what) => this.#unreadable(...what),
      watcher: options.watcher,
    });
  }

  /** Everything that can be judged before the index is. */
  async run(): Promise<void> {
    const root = this.#s.views.plain.root;
    const path = root.upper?.path ?? Buffer.alloc(0);
    const impure = isMarked(this.#rootXattrs().get("impure"));
    this.#visit({ path, stack: root, impure, counted: true, connects: true });
    await this.#scanner.drain();
  }

  /** What had to wait for the index; more of it may turn up on the way. */
  async finish(): Promise<void> {
    for (let waiting = this.#deferred; waiting.length > 0; waiting = this.#deferred) {
      this.#deferred = [];
      for (const { dir, name, seen } of waiting) this.#examine(dir, name, seen);
      await this.#scanner.drain();
    }
  }

  #rootXattrs(): ReadonlyMap<string, Buffer | number> {
    const upper = this.#s.views.plain.root.upper;
    if (upper === null) return new Map();
    const object = this.#s.views.plain.view.examine(upper);
    return typeof object === "number" ? new Map() : object.xattrs;
  }

  #visit(found: Omit<MergedDir, "id">): void {
    const dir: MergedDir = { ...found, id: this.#s.dirs.push(found.path) - 1 };
    this.#s.counts.directories++;
    this.#watcher?.onDirectory(dir);
    const places = placesOf(dir.stack);
    for (let place = 0; place < places.length; place++) {
      const { layer } = places[place] as LayerPath;
      if (layer.index === this.#bottom && !this.#options.everything) continue;
      if (layer.role !== "upper" && this.#options.upperOnly) continue;
      this.#scanner.push({ dir, place });
    }
  }

  /** Go on into the directory that the reader's entry is, merged with the lower one of its name (-1: with none). */
  #enter(dir: MergedDir, r: ScanReader, home: number, connects: boolean): void {
    const impure = isMarked(r.xattr("impure"));
    this.#visit({ ...this.#child(dir, r, home), impure, counted: dir.counted, connects });
  }

  #unreadable(...what: Parameters<Listener["onUnreadable"]>): void {
    this.#watcher?.onUnreadable(...what);
    this.#listener.onUnreadable(...what);
  }

  #part(task: Task, r: ScanReader): void {
    const places = placesOf(task.dir.stack);
    const at = places[task.place] as LayerPath;
    // The clock that stamps files runs in ticks: what changed in the same millisecond may have done so before.
    if (r.ctimeMs > this.#began + 1) this.#listener.onChanged(at.layer, at.path);
    if (r.status !== 0) this.#unreadable(at.layer, at.path, "open", -r.status);
    for (let k = 0, probes = places.filter((_, i) => i !== task.place); k < probes.length; k++) {
      const place = probes[k] as LayerPath;
      const status = r.probeStatus(k);
      if (status !== 0) this.#unreadable(place.layer, place.path, "open", -status);
    }
    while (r.nextEntry()) this.#entry(task, at, r);
    this.#listener.onProgress(this.#s);
  }

  #entry(task: Task, at: LayerPath, r: ScanReader): void {
    if (at.layer.index === 0 && (r.xattrBits !== 0 || r.entryStatus !== 0)) this.#s.isMarked = true;
    if (r.entryStatus !== 0) {
      this.#unreadableEntry(task.dir, at, r);
      return;
    }
    if (r.xattrBits < 0 || r.xattrBits > 0x7fffffff) this.#noteEscaped(task.dir, at, r);
    if (r.hasOtherPrefix) this.#noteOtherPrefix(task, at, r);
    if (at.layer.index === 0) this.#upperEntry(task, r);
    else this.#lowerEntry(task, r);
  }

  /** Where only the xattrs cannot be read, the kernel's lookup tells what comes of it. */
  #unreadableEntry(dir: MergedDir, at: LayerPath, r: ScanReader): void {
    const name = r.name();
    const place = { layer: at.layer, path: join(at.path, name) };
    const object = this.#s.views.plain.view.examine(place);
    if (typeof object === "number" || object.xattrError === 0) {
      this.#unreadable(place.layer, place.path, "stat", -r.entryStatus);
      return;
    }
    const kind = r.type === DT_DIR ? "directory" : "file";
    const { xattrs } = object;
    this.#examine(dir, name, {
      layer: at.layer,
      kind,
      ino: r.entryIno,
      xattrs,
      xattrBits: 0,
      ctimeNs: object.ctimeNs,
      home: null,
      row: -1,
    });
  }

  #upperEntry(task: Task, r: ScanReader): void {
    const { dir } = task;
    const lower = dir.stack.lower;
    this.#s.counts.upperObjects++;
    const home = topmostProbe(r, 0, lower.length, (k, errno) => {
      // A directory that could not be opened has been told of.
      if (r.probeStatus(k) === 0) this.#probeFailed(lower[k] as LayerPath, r, errno);
    });
    const verdict = classifyUpper(this.#s, this.#matcher, dir, r, home);
    if (r.xattrBits === 0 && r.type === DT_DIR && home >= 0 && isDir({ mode: r.probeMode }))
      this.#s.counts.bareMerges++;
    if ((r.xattrBits & XATTR_BITS.origin) !== 0 && verdict !== "whiteout")
      this.#wantImpure(dir, () => r.name());
    if (verdict !== "examine") this.#watcher?.onUpper(dir, r, verdict, home);
    switch (verdict) {
      case "well":
        if (home >= 0 && (r.xattrBits & XATTR_BITS.origin) === 0) this.#hide(dir, r, home);
        return;
      case "split":
        this.#listener.onName({ ...this.#observe(dir, r, home), dir, ...this.#named(dir, r), lookups: null });
        this.#hide(dir, r, home);
        return;
      case "pure-directory":
        this.#enter(dir, r, -1, false);
        return;
      case "well-merged":
        this.#enter(dir, r, home, true);
        return;
      case "well-moved":
        this.#moved(dir, r, home);
        return;
      case "whiteout":
        this.#s.counts.whiteouts++;
        if (home >= 0) this.#hide(dir, r, home);
        else
          this.#listener.onName({
            ...this.#observe(dir, r, home),
            dir,
            ...this.#named(dir, r),
            lookups: null,
          });
        return;
      case "claimed":
      case "not-indexed":
        this.#claimed(dir, r, home, verdict === "not-indexed");
        return;
      case "examine":
        this.#examine(dir, r.name(), this.#observe(dir, r, home));
    }
  }

  #moved(dir: MergedDir, r: ScanReader, home: number): void {
    const { index } = this.#s;
    const redirect = r.xattr("redirect") as Buffer;
    const upper = dir.stack.upper as LayerPath;
    const isAbsolute = redirect[0] === SLASH;
    const base = (isAbsolute ? this.#s.views.plain.root : dir.stack).lower[0] as LayerPath;
    const target = {
      layer: base.layer,
      path: join(base.path, Buffer.from(redirect.subarray(isAbsolute ? 1 : 0))),
    };
    const { name, path } = this.#named(dir, r);
    const isAtHome = home >= 0 && r.probe(home) === 0 && this.#matcher.matches(r, home, base.layer);
    if (home >= 0 && !isAtHome) this.#hide(dir, r, home);
    const row = rowOf(this.#s, r);
    index?.claim(row, dir.id, r.entryIno);
    index?.watch(row);
    if (!isAtHome) index?.move(row);
    const stack = { upper: { layer: upper.layer, path: join(upper.path, name) }, lower: [target] };
    const impure = isMarked(r.xattr("impure"));
    this.#visit({ path, stack, impure, counted: dir.counted, connects: true });
  }

  /** A name that upper does not have, found in a middle layer (or in the lowest, when all is read). */
  #lowerEntry(task: Task, r: ScanReader): void {
    const { dir, place } = task;
    const places = placesOf(dir.stack);
    const failed = (k: number, errno: number): void => {
      if (r.probeStatus(k) === 0) this.#probeFailed(places[k < place ? k : k + 1] as LayerPath, r, errno);
    };
    for (let k = 0; k < place; k++) {
      const status = r.probe(k);
      if (status === 0) return;
      if (status !== -ENOENT && status !== -ENAMETOOLONG) failed(k, status);
    }
    const lowers = dir.stack.lower;
    const own = place - (dir.stack.upper === null ? 0 : 1);
    const below = topmostProbe(r, place, places.length - 1, failed);
    const plainXattrs =
      (r.xattrBits & ~(XATTR_BITS.origin | XATTR_BITS.impure | XATTR_BITS.nlink | XATTR_BITS.protattr)) === 0;
    if (r.type !== DT_DIR && plainXattrs && !(r.type === DT_CHR && r.rdev === 0)) return;
    const at = lowers[own] as LayerPath;
    if (r.type === DT_DIR && plainXattrs && below < 0 && at.layer.index === this.#bottom) {
      const name = r.name();
      const stack = { upper: null, lower: [{ layer: at.layer, path: join(at.path, name) }] };
      const connects = dir.connects && own === 0;
      this.#visit({ path: join(dir.path, name), stack, impure: false, counted: dir.counted, connects });
      return;
    }
    const observed = this.#observe(
      dir,
      r,
      below < 0 ? -1 : below - (dir.stack.upper === null ? 0 : 1) + 1,
      at,
    );
    this.#examine(dir, r.name(), observed);
  }

  #claimed(dir: MergedDir, r: ScanReader, home: number, missing: boolean): void {
    const path = (): Buffer => join(dir.path, r.name());
    this.#s.claim(r.bytes, r.originStart, r.entryIno, dir.id, r.type, false, path);
    if (missing && r.type === DT_DIR) {
      this.#s.unindexedDirs.push(this.#child(dir, r, home));
    }
    if (missing)
      this.#listener.onName({ ...this.#observe(dir, r, home), dir, ...this.#named(dir, r), lookups: null });
    if (r.type === DT_DIR) this.#enter(dir, r, home, dir.connects && home === 0);
  }

  /** Look a name up in both views, unless the answer hangs on an entry that has not been judged. */
  #examine(dir: MergedDir, name: Buffer, seen: Deferred["seen"]): void {
    const { views, index } = this.#s;
    if (index !== null) index.unsettled = false;
    const required = lookup(views.required, dir.stack, name);
    if (index?.unsettled === true) {
      this.#deferred.push({ dir, name, seen });
      return;
    }
    const plain = lookup(views.plain, dir.stack, name);
    // Inside, each name will be looked up in the index.
    if (index?.settled === false && isTwofold(required, plain)) {
      this.#deferred.push({ dir, name, seen });
      return;
    }
    const path = join(dir.path, name);
    if (hasLowerByMark(plain)) this.#wantImpure(dir, () => name);
    this.#listener.onName({ ...seen, dir, name, path, lookups: { required, plain } });
    // What a middle layer covers has never shown in this overlay.
    if (seen.layer.role === "upper") this.#compare.account(dir, name, path, seen, { required, plain });
    this.#compare.names(path, required, plain, {
      counted: dir.counted,
      connects: required.kind === "found" && connects(dir, name, required),
    });
  }

  #wantImpure(dir: MergedDir, child: () => Buffer): void {
    if (dir.impure || this.#impureSaid.has(dir.id)) return;
    this.#impureSaid.add(dir.id);
    this.#listener.onImpureMissing(dir, child());
  }

  #hide(dir: MergedDir, r: ScanReader, home: number): void {
    const place = dir.stack.lower[home] as LayerPath;
    const { index } = this.#s;
    if (index !== null && !isDir({ mode: r.probeMode })) {
      // As Survey.hide() does with what has an index entry, and no content.
      const row = this.#matcher.probeRow(r, place.layer, index.table);
      if (row >= 0) {
        index.hide(row, r.probeNlink);
        return;
      }
    }
    const name = r.name();
    this.#s.hide(homeAt(r, this.#matcher, place, name), dir.stack, name, join(dir.path, name));
  }

  #named(dir: MergedDir, r: ScanReader): { name: Buffer; path: Buffer } {
    const name = r.name();
    return { name, path: join(dir.path, name) };
  }

  #observe(dir: MergedDir, r: ScanReader, home: number, at = dir.stack.upper as LayerPath): Deferred["seen"] {
    let lower: Home | null = null;
    if (home >= 0 && dir.stack.lower[home] !== undefined) {
      lower = homeAt(r, this.#matcher, dir.stack.lower[home] as LayerPath, r.name());
    }
    const kind = r.type === DT_DIR ? "directory" : r.type === DT_CHR && r.rdev === 0 ? "whiteout" : "file";
    const hasOrigin = r.originEnd - r.originStart >= 21;
    const row = this.#s.index !== null && hasOrigin ? this.#s.index.table.find(r.bytes, r.originStart) : -1;
    const xattrs = this.#xattrs(at, r);
    const { entryIno: ino, xattrBits } = r;
    return { layer: at.layer, kind, ino, xattrs, xattrBits, ctimeNs: r.ctimeNs(), home: lower, row };
  }

  /** Overlay xattrs of the reader's entry, which stands in `at`; values that the scan left out are read now. */
  #xattrs(at: LayerPath, r: ScanReader): ReadonlyMap<string, Buffer | number> {
    const scanned = ownXattrs(r);
    if (![...scanned.values()].includes(XATTR_UNREAD)) return scanned;
    const path = join(at.path, r.name());
    const object = this.#s.views.plain.view.examine({ layer: at.layer, path });
    if (typeof object !== "number") return object.xattrs;
    this.#unreadable(at.layer, path, "stat", -object);
    return scanned;
  }

  /** The directory below: its upper, and the lower it merges with by name. */
  #child(dir: MergedDir, r: ScanReader, home: number): { path: Buffer; stack: DirStack } {
    const { name, path } = this.#named(dir, r);
    // Most directories have one path in all layers, and there may be many of them.
    const below = ({ layer, path: at }: LayerPath): LayerPath => ({
      layer,
      path: at === dir.path ? path : join(at, name),
    });
    const upper = below(dir.stack.upper as LayerPath);
    return { path, stack: { upper, lower: home < 0 ? [] : [below(dir.stack.lower[home] as LayerPath)] } };
  }

  #probeFailed(place: LayerPath, r: ScanReader, errno: number): void {
    this.#unreadable(place.layer, join(place.path, r.name()), "stat", -errno);
  }

  #noteEscaped(dir: MergedDir, at: LayerPath, r: ScanReader): void {
    const name = r.name();
    const place = { layer: at.layer, path: join(at.path, name) };
    this.#s.escaped.push({ path: join(dir.path, name), place });
  }

  #noteOtherPrefix({ dir, place }: Task, at: LayerPath, r: ScanReader): void {
    const { name, path } = this.#named(dir, r);
    const count = placesOf(dir.stack).length - 1;
    // What cannot be looked at is told of with the name itself.
    const covers = topmostProbe(r, place, count, () => undefined) >= 0;
    this.#s.otherPrefix.push({ path, place: { layer: at.layer, path: join(at.path, name) }, covers });
  }
}

const SLASH = 0x2f;

/**
 * Has the upper object a lower one, whose inode number readdir has to give, be its own origin lost or not? By a redirect,
 * or as a metadata-only file: only a life as the upper layer brings these about, and whatever does marks the directory.
 * What merges by its name alone may have been unpacked there, and the kernel marks it with the first lookup.
 */
function hasLowerByMark(plain: Lookup): boolean {
  if (plain.kind !== "found" || plain.upper === null || plain.lower.length === 0) return false;
  return plain.isDir ? plain.redirect !== null : plain.upper.object.xattrs.has("metacopy");
}

/**
 * The root of the only lower layer, where redirects are simple: nothing below it has a say, and no
 * whiteout or redirect in it counts. Of several layers the lookup finds out.
 */
function redirectRoot({ required, plain }: Views, nested: boolean): { redirectRoot?: number } {
  const bottom = required.root.lower[0];
  const isOnly = required.root.lower.length === 1 && required.data.length === 0;
  const isFollowed =
    required.options.redirectFollow && plain.options.redirectFollow && !required.options.noxattr;
  const isSimple = isOnly && isFollowed && required.options.nfsExport && !nested;
  return bottom !== undefined && isSimple ? { redirectRoot: bottom.layer.fd } : {};
}

const isTwofold = (a: Lookup, b: Lookup): boolean =>
  a.kind === "found" && b.kind === "found" && a.isDir && b.isDir && !sameStack(a, b);

const XATTR_KEYS = Object.keys(XATTR_BITS) as XattrKey[];

function ownXattrs(r: ScanReader): ReadonlyMap<string, Buffer | number> {
  const found = new Map<string, Buffer | number>();
  for (const key of XATTR_KEYS) {
    if ((r.xattrBits & XATTR_BITS[key]) === 0) continue;
    const value = r.xattr(key);
    if (value !== undefined) found.set(key, typeof value === "number" ? value : Buffer.from(value));
  }
  return found;
}

/** A directory is read with the others of its merged directory beside it. */
function jobOf({ dir, place }: Task): {
  root: number;
  path: Buffer;
  probes: { root: number; path: Buffer }[];
} {
  const refs = placesOf(dir.stack).map(({ layer, path }) => ({ root: layer.fd, path }));
  const [own] = refs.splice(place, 1) as [{ root: number; path: Buffer }];
  return { ...own, probes: refs };
}

const isMarked = (raw: Buffer | number | undefined): boolean => Buffer.isBuffer(raw) && isImpure(raw);
