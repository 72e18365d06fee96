/**
 * Walks the merged tree. The upper layer leads, and the middle ones; the
 * lowest is only asked for the names that these have, so that what nobody ever touched costs nothing.
 *
 * Names that are not plainly well are looked up as the kernel does: {@link NameExaminer}.
 */

import { DT_DIR } from "../format/fileType.js";
import type { Native, ScanJob } from "../host/native.js";
import { type ScanReader, XATTR_BITS } from "../host/scan-reader.js";
import type { LayerPath } from "../kernel/env.js";
import { join } from "../kernel/path.js";
import { Scanner } from "../scan/scanner.js";
import { comparer } from "./compare.js";
import { NameExaminer } from "./examiner.js";
import { HandleMatcher, topmostProbe } from "./home.js";
import type { NameWatcher, ReadHooks } from "./hooks.js";
import { ImpureMarks } from "./impure-marks.js";
import { lowerEntry } from "./lower-entries.js";
import type { MergedDir, Views } from "./merged.js";
import { Observer, seenAlone } from "./observation.js";
import { placesOf } from "./places.js";
import type { Survey } from "./survey.js";
import { UpperEntries } from "./upper-entries.js";
import { isMarked, type Listener, type Task, type Walking } from "./walking.js";

/** What is read, and for whom. */
export interface WalkOptions {
  /** Read also what nobody touched of the lowest layer. */
  readonly everything: boolean;
  /** List upper directories only: what stands in lower layers is asked for by the names that upper has. */
  readonly upperOnly: boolean;
  /** Upper or work lies inside a lower layer: there the kernel refuses to look. */
  readonly nested: boolean;
  /** "trusted.overlay." or "user.overlay." */
  readonly prefix: string;
  /** Null: nobody. Else the handle of each entry but whiteouts is read, too. */
  readonly watcher: NameWatcher | null;
}

/** Good for one walk: run(), then, once the index has been judged, finish(). */
export class Walk {
  readonly #s: Survey;
  readonly #listener: Listener;
  readonly #options: WalkOptions;
  readonly #scanner: Scanner<Task>;
  readonly #bottom: number;
  readonly #began = Date.now();
  readonly #walking: Walking;
  readonly #upper: UpperEntries;

  constructor(native: Native, survey: Survey, listener: Listener, options: WalkOptions) {
    this.#s = survey;
    this.#listener = listener;
    this.#options = options;
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
    const { watcher } = options;
    const onUnreadable: ReadHooks["onUnreadable"] = (...what) => {
      watcher?.onUnreadable(...what);
      listener.onUnreadable(...what);
    };
    const onName: Listener["onName"] = (seen) => listener.onName(seen);
    const compare = comparer(native, survey, {
      visit: (dir, upper) => this.#visit({ ...dir, impure: isMarked(upper.get("impure")) }),
      onName,
      onUnreadable,
      watcher,
    });
    const matcher = new HandleMatcher(survey.views.plain);
    const impure = new ImpureMarks((...what) => listener.onImpureMissing(...what));
    this.#walking = {
      survey,
      matcher,
      observer: new Observer(survey, matcher, onUnreadable),
      examiner: new NameExaminer(survey, compare, impure, onName),
      impure,
      listener,
      watcher,
      onUnreadable,
      visit: (found) => this.#visit(found),
    };
    this.#upper = new UpperEntries(this.#walking);
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
    await this.#walking.examiner.finish(() => this.#scanner.drain());
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
    this.#options.watcher?.onDirectory(dir);
    const places = placesOf(dir.stack);
    for (let place = 0; place < places.length; place++) {
      const { layer } = places[place] as LayerPath;
      if (layer.index === this.#bottom && !this.#options.everything) continue;
      if (layer.role !== "upper" && this.#options.upperOnly) continue;
      this.#scanner.push({ dir, place });
    }
  }

  #part(task: Task, r: ScanReader): void {
    const { onUnreadable } = this.#walking;
    const places = placesOf(task.dir.stack);
    const at = places[task.place] as LayerPath;
    // The clock that stamps files runs in ticks: what changed in the same millisecond may have done so before.
    if (r.ctimeMs > this.#began + 1) this.#listener.onChanged(at.layer, at.path);
    if (r.status !== 0) onUnreadable(at.layer, at.path, "open", -r.status);
    for (let k = 0, probes = places.filter((_, i) => i !== task.place); k < probes.length; k++) {
      const place = probes[k] as LayerPath;
      const status = r.probeStatus(k);
      if (status !== 0) onUnreadable(place.layer, place.path, "open", -status);
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
    if (at.layer.index === 0) this.#upper.take(task.dir, r);
    else lowerEntry(this.#walking, task, r);
  }

  /** Where only the xattrs cannot be read, the kernel's lookup tells what comes of it. */
  #unreadableEntry(dir: MergedDir, at: LayerPath, r: ScanReader): void {
    const name = r.name();
    const place = { layer: at.layer, path: join(at.path, name) };
    const object = this.#s.views.plain.view.examine(place);
    if (typeof object === "number" || object.xattrError === 0) {
      this.#walking.onUnreadable(place.layer, place.path, "stat", -r.entryStatus);
      return;
    }
    const kind = r.type === DT_DIR ? "directory" : "file";
    this.#walking.examiner.examine(dir, name, { ...seenAlone(at.layer, object), kind, ino: r.entryIno });
  }

  #noteEscaped(dir: MergedDir, at: LayerPath, r: ScanReader): void {
    const name = r.name();
    const place = { layer: at.layer, path: join(at.path, name) };
    this.#s.escaped.push({ path: join(dir.path, name), place });
  }

  #noteOtherPrefix({ dir, place }: Task, at: LayerPath, r: ScanReader): void {
    const name = r.name();
    const count = placesOf(dir.stack).length - 1;
    // What cannot be looked at is told of with the name itself.
    const covers = topmostProbe(r, place, count, () => undefined) >= 0;
    this.#s.otherPrefix.push({
      path: join(dir.path, name),
      place: { layer: at.layer, path: join(at.path, name) },
      covers,
    });
  }
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

/** A directory is read with the others of its merged directory beside it. */
function jobOf({ dir, place }: Task): Omit<ScanJob, "resume"> {
  const refs = placesOf(dir.stack).map(({ layer, path }) => ({ root: layer.fd, path }));
  const [own] = refs.splice(place, 1) as [{ root: number; path: Buffer }];
  return { ...own, probes: refs };
}
