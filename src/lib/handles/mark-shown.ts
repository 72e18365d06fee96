/**
 * Marks what every name of the overlay shows, and proves on the way what can be proven without following a handle.
 * Most names are plain: they are read by whole directories (native scan), and what the kernel's rules would say
 * of each follows from a few conditions. Every other name is looked up as the kernel does.
 */
import { DT_CHR, DT_DIR, typeOfMode } from "../format/fileType.js";
import { type ScanReader, XATTR_BITS } from "../host/scan-reader.js";
import type { DirStack, Env, LayerPath } from "../kernel/env.js";
import { type FoundObject, stackOf } from "../kernel/lookup.js";
import { encodeFh } from "../kernel/origin.js";
import { join } from "../kernel/path.js";
import { sameStack } from "../model/compare.js";
import { ROOT } from "../model/ground.js";
import { HandleMatcher, topmostProbe } from "../model/home.js";
import type { IndexState } from "../model/index-state.js";
import { placesOf } from "../model/places.js";
import { Scanner } from "../scan/scanner.js";
import { FAIL_UNREADABLE, type Layers } from "./overlay.js";
import { ScannedHandles } from "./scanned-handles.js";
import { type ShownObjects, topOf } from "./shown.js";
import { eachNameBelow, look } from "./tree.js";

const ENOENT = -2;
const ENAMETOOLONG = -36;
/** Xattrs that say nothing about what a name leads to, but for the origin of an upper object. */
const PLAIN = XATTR_BITS.origin | XATTR_BITS.nlink | XATTR_BITS.protattr | XATTR_BITS.impure;

/** A directory that both views see alike. */
interface Dir {
  readonly path: Buffer;
  readonly stack: DirStack;
  /** The kernel finds it from its topmost lower directory, too: by names, or by the index. */
  readonly connects: boolean;
}

interface Task {
  readonly dir: Dir;
  /** The directories that it is made of, the listed one first: to probe for a name's own handle. */
  readonly places: readonly LayerPath[];
  /** Which of them is listed, in the order in which names are found. */
  readonly place: number;
}

export async function markShown(layers: Layers, shown: ShownObjects): Promise<void> {
  const marker = new Marker(layers, shown);
  await marker.run();
}

class Marker {
  readonly #layers: Layers;
  readonly #shown: ShownObjects;
  readonly #env: Env;
  readonly #plain: Env;
  readonly #index: IndexState | null;
  readonly #matcher: HandleMatcher;
  readonly #handles: ScannedHandles;
  /** Inode numbers of the layers' roots: where one is found inside of a layer, its lookup fails. */
  readonly #traps: ReadonlySet<number>;
  readonly #scanner: Scanner<Task>;

  constructor(layers: Layers, shown: ShownObjects) {
    const { survey } = layers.examination;
    this.#layers = layers;
    this.#shown = shown;
    this.#env = survey.views.required;
    this.#plain = survey.views.plain;
    this.#index = survey.index;
    this.#matcher = new HandleMatcher(this.#env);
    this.#handles = new ScannedHandles(this.#env);
    this.#traps = new Set([...this.#env.traps].map((trap) => Number(trap.slice(trap.indexOf(":") + 1))));
    const index =
      this.#index === null ? {} : { index: this.#index.place, table: this.#index.table.columns() };
    this.#scanner = new Scanner(
      layers.native,
      { prefix: layers.stack.prefix, values: XATTR_BITS.origin, dirValues: XATTR_BITS.origin, ...index },
      ({ places, place }) => {
        const refs = places.map(({ layer, path }) => ({ root: layer.fd, path }));
        const own = refs[place] as { root: number; path: Buffer };
        return { ...own, probes: [own, ...refs.filter((_, k) => k !== place)] };
      },
      (task, reader) => this.#part(task, reader),
    );
  }

  async run(): Promise<void> {
    this.#visit({ path: ROOT, stack: this.#env.root, connects: true });
    await this.#scanner.drain();
  }

  #visit(dir: Dir): void {
    const places = placesOf(dir.stack);
    for (let place = 0; place < places.length; place++) this.#scanner.push({ dir, places, place });
  }

  #part(task: Task, r: ScanReader): void {
    const { layer, path } = task.places[task.place] as LayerPath;
    if (r.status !== 0) FAIL_UNREADABLE.onUnreadable(layer, path, "read", -r.status);
    while (r.nextEntry()) {
      if (!this.#isCovered(task, r) && !this.#isPlain(task, r)) this.#lookUp(task.dir, r.name());
    }
  }

  /** A place further up has the name, and tells of it. */
  #isCovered({ place }: Task, r: ScanReader): boolean {
    for (let k = 1; k <= place; k++) {
      const status = r.probe(k);
      if (status !== ENOENT && status !== ENAMETOOLONG) return true;
    }
    return false;
  }

  /** Mark a name that is as it should be, or shows nothing; false: it has to be looked up. */
  #isPlain(task: Task, r: ScanReader): boolean {
    const isUpper = task.places[task.place]?.layer.index === 0;
    if (r.entryStatus !== 0) return false;
    if (r.type === DT_CHR && r.rdev === 0) return isUpper;
    if ((r.xattrBits & ~PLAIN) !== 0) return false;
    if (r.type === DT_DIR) {
      if (this.#traps.has(r.entryIno)) return false;
      return isUpper ? this.#isMerged(task, r) : this.#isLowerDirectory(task, r);
    }
    if (!isUpper) return this.#isUntouched(task, r);
    return (r.xattrBits & XATTR_BITS.origin) === 0 ? this.#isNew(task, r) : this.#isIndexed(task, r);
  }

  /** Nothing above it, and no index entry: its handle leads to itself. */
  #isUntouched({ places, place }: Task, r: ScanReader): boolean {
    const { layer } = places[place] as LayerPath;
    if (layer.badUuid || r.probe(0) !== 0) return false;
    const fh = this.#handles.ofProbe(r, layer);
    if (fh === null || (this.#index !== null && this.#index.table.find(fh, 0) >= 0)) return false;
    this.#shown.prove(fh, { upper: false, ino: r.probeIno });
    return true;
  }

  /** Made in the upper layer: its handle leads to it wherever it goes. */
  #isNew({ places, place }: Task, r: ScanReader): boolean {
    const fh = r.probe(0) === 0 ? this.#handles.ofProbe(r, (places[place] as LayerPath).layer) : null;
    if (fh === null) return false;
    this.#shown.prove(fh, { upper: true, ino: r.entryIno });
    return true;
  }

  /** Copied up from the lower object of its name, as its index entry, which is the same inode, says too. */
  #isIndexed(task: Task, r: ScanReader): boolean {
    const lower = task.places[this.#homeOfIndexed(task, r)];
    if (lower === undefined || this.#index?.table.ino(r.originRow) !== r.entryIno) return false;
    return this.#proveBoth(task, r, lower);
  }

  /**
   * The place of the lower object that has an upper object's name, where it is the one that its origin names, and of
   * which there is an entry in the index; -1: there is none.
   */
  #homeOfIndexed({ places, place }: Task, r: ScanReader): number {
    const index = this.#index;
    if (index === null || r.originRow < 0 || index.type(r.originRow) !== r.type) return -1;
    if (place !== 0 || index.hit(r.originRow).state !== "entry") return -1;
    // Upper is the first of the places, and so all others are probed in their own order.
    const home = topmostProbe(r, 1, places.length, () => undefined);
    const lower = places[home];
    if (lower === undefined || typeOfMode(r.probeMode) !== r.type) return -1;
    if (lower.layer.badUuid || !this.#matcher.matches(r, home, lower.layer)) return -1;
    return home;
  }

  /** The lower object's handle, which the reader's probe has now, and the upper one's. */
  #proveBoth(task: Task, r: ScanReader, lower: LayerPath): boolean {
    const origin = this.#handles.ofProbe(r, lower.layer);
    if (origin === null) return false;
    this.#shown.prove(origin, { upper: true, ino: r.entryIno });
    return this.#isNew(task, r);
  }

  /** The same for a directory of the lowest layer, which nothing is merged with. */
  #isLowerDirectory(task: Task, r: ScanReader): boolean {
    const { dir, places, place } = task;
    const parent = places[place] as LayerPath;
    const isTop = parent === dir.stack.lower[0];
    if (!isTop || !this.#isLowest(parent) || !dir.connects || !this.#isUntouched(task, r)) return false;
    const name = r.name();
    const stack = { upper: null, lower: [{ layer: parent.layer, path: join(parent.path, name) }] };
    this.#visit({ path: join(dir.path, name), stack, connects: true });
    return true;
  }

  /**
   * A directory of the upper layer that is merged with the one of its name in the lowest: its origin says so, and
   * the index entry of that name points back at it.
   */
  #isMerged(task: Task, r: ScanReader): boolean {
    const { dir, places, place } = task;
    const upper = places[place] as LayerPath;
    const home = this.#homeOfIndexed(task, r);
    const lower = places[home];
    if (lower === undefined || !this.#isLowest(lower) || this.#traps.has(r.probeIno)) return false;
    if (!this.#matcher.indexUpperMatches(r, upper.layer)) return false;
    if (!this.#env.options.nfsExport || !this.#proveBoth(task, r, lower)) return false;
    const name = r.name();
    const below = (at: LayerPath): LayerPath => ({ layer: at.layer, path: join(at.path, name) });
    this.#visit({
      path: join(dir.path, name),
      stack: { upper: below(upper), lower: [below(lower)] },
      connects: true,
    });
    return true;
  }

  /** No layer below has a say in what its directories are merged with. */
  #isLowest({ layer }: LayerPath): boolean {
    return layer.index === this.#env.root.lower.length;
  }

  #lookUp(dir: Dir, name: Buffer): void {
    const path = join(dir.path, name);
    const found = look(this.#env, dir.stack, name);
    if (found !== null) this.#mark(dir, name, found);
    if (found !== null && !found.isDir) return;
    const usual = look(this.#plain, dir.stack, name);
    if (found === null && usual !== null) this.#shown.mark(this.#plain, usual, false);
    const inside = found?.isDir === true ? stackOf(found) : null;
    const usually = usual?.isDir === true ? stackOf(usual) : null;
    if (found !== null && usual !== null && inside !== null && sameStack(found, usual)) {
      this.#visit({ path, stack: inside, connects: this.#connects(dir, name, found) });
    } else if (inside !== null || usually !== null) {
      const { native, examination } = this.#layers;
      eachNameBelow(
        native,
        examination.survey.views,
        { path, way: [], required: inside, plain: usually },
        {
          ...FAIL_UNREADABLE,
          shown: (seen) => this.#shown.mark(this.#env, seen.found, true),
          missing: (_path, plain) => this.#shown.mark(this.#plain, plain, false),
        },
      );
    }
  }

  /**
   * Of a directory: from the upper one the kernel goes up and down by the names that were just looked up; from the
   * lower one where it {@link connects}.
   */
  #mark(dir: Dir, name: Buffer, found: FoundObject): void {
    this.#shown.mark(this.#env, found, true);
    const top = topOf(this.#env, found);
    if (!found.isDir || top === null) return;
    const { upper, lowerFh } = found;
    const own = upper === null ? null : encodeFh(this.#env, upper.layer, upper.object, true);
    if (own !== null) this.#shown.prove(own, top);
    if (lowerFh !== null && this.#connects(dir, name, found)) this.#shown.prove(lowerFh, top);
  }

  /**
   * connectDirectory() by induction: by the index entry, which the lookup has compared with the upper directory; or
   * by the parent, where the lower directory has the same name in the parent's own.
   */
  #connects(dir: Dir, name: Buffer, found: FoundObject): boolean {
    const lower = found.lower[0];
    if (lower === undefined || lower.layer.badUuid) return false;
    if (found.indexed) return found.upper !== null;
    const parent = dir.stack.lower[0];
    if (!dir.connects || parent === undefined || parent.layer !== lower.layer) return false;
    return join(parent.path, name).equals(lower.path);
  }
}
