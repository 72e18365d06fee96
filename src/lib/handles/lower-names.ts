/**
 * Names that upper does not have. Nearly all are plain, and read by whole directories; every other one is looked up as
 * the kernel does. Directories of middle layers are none of them: they are merged ones, and the check has been there.
 */
import { DT_CHR, DT_DIR } from "../format/fileType.js";
import type { Native } from "../host/native.js";
import { type ScanReader, XATTR_BITS } from "../host/scan-reader.js";
import type { LayerPath } from "../kernel/env.js";
import { lookup, stackOf } from "../kernel/lookup.js";
import { join } from "../kernel/path.js";
import { HandleMatcher } from "../model/home.js";
import type { NameWatcher } from "../model/hooks.js";
import { connects, type MergedDir } from "../model/merged.js";
import { placesOf } from "../model/places.js";
import type { Survey } from "../model/survey.js";
import { Scanner } from "../scan/scanner.js";
import { FAIL_UNREADABLE } from "./overlay.js";
import type { ShownObjects } from "./shown.js";

/** Xattrs that say nothing about what a lower name leads to. */
const PLAIN = XATTR_BITS.origin | XATTR_BITS.nlink | XATTR_BITS.protattr | XATTR_BITS.impure;

type Dir = Pick<MergedDir, "path" | "stack" | "connects">;

interface Task {
  readonly dir: Dir;
  /** What is listed. */
  readonly at: LayerPath;
  /** What covers its names. */
  readonly above: readonly LayerPath[];
}

export class LowerNames {
  readonly #survey: Survey;
  readonly #shown: ShownObjects;
  readonly #lookups: Pick<NameWatcher, "onLookup">;
  readonly #matcher: HandleMatcher;
  /** Inode numbers of the layers' roots: where one is found inside of a layer, its lookup fails. */
  readonly #traps: ReadonlySet<number>;
  readonly #bottom: number;
  readonly #scanner: Scanner<Task>;
  /** Paths of directories that the lowest layer alone has, and that are read without being come by from above. */
  readonly #given = new Set<string>();

  /** `lookups` is told of the names that are not plain; the others are marked. */
  constructor(
    native: Native,
    prefix: string,
    survey: Survey,
    shown: ShownObjects,
    lookups: Pick<NameWatcher, "onLookup">,
  ) {
    const env = survey.views.required;
    this.#survey = survey;
    this.#shown = shown;
    this.#lookups = lookups;
    this.#matcher = new HandleMatcher(env);
    this.#traps = new Set([...env.traps].map((trap) => Number(trap.slice(trap.indexOf(":") + 1))));
    this.#bottom = env.root.lower.length;
    this.#scanner = new Scanner(
      native,
      { prefix, values: 0, dirValues: 0, handles: true, uncovered: true },
      ({ at, above }) => ({ ...refOf(at), probes: above.map(refOf) }),
      ({ dir, at }, reader) => this.#part(dir, at, reader),
    );
  }

  /** In these directories, each one once, and in what the lowest layer alone has below them. */
  async read(dirs: readonly MergedDir[]): Promise<void> {
    for (const dir of dirs) if (this.#isLowest(dir)) this.#given.add(dir.path.toString("latin1"));
    for (const dir of dirs) this.#visit(dir);
    await this.#scanner.drain();
  }

  #isLowest({ stack: { upper, lower } }: Dir): boolean {
    return upper === null && lower[0]?.layer.index === this.#bottom;
  }

  #enter(dir: Dir): void {
    if (!this.#given.has(dir.path.toString("latin1"))) this.#visit(dir);
  }

  #visit(dir: Dir): void {
    const places = placesOf(dir.stack);
    for (const [k, at] of places.entries()) {
      if (at.layer.index > 0) this.#scanner.push({ dir, at, above: places.slice(0, k) });
    }
  }

  #part(dir: Dir, at: LayerPath, r: ScanReader): void {
    if (r.status !== 0) FAIL_UNREADABLE.onUnreadable(at.layer, at.path, "read", -r.status);
    while (r.nextEntry()) {
      if (r.type === DT_CHR && r.rdev === 0) continue;
      if (r.type === DT_DIR && at.layer.index !== this.#bottom) continue;
      if (!this.#isPlain(dir, at, r)) this.#lookUp(dir, r.name());
    }
  }

  /** Marks what nothing was made of, and no index entry stands for: its handle leads to itself. */
  #isPlain(dir: Dir, { layer, path }: LayerPath, r: ScanReader): boolean {
    if (r.entryStatus !== 0 || (r.xattrBits & ~PLAIN) !== 0 || layer.badUuid) return false;
    const fh = this.#matcher.ownFh(r, layer);
    if (fh === null || (this.#survey.index !== null && this.#survey.index.table.find(fh, 0) >= 0))
      return false;
    const top = { upper: false, ino: r.entryIno };
    if (r.type !== DT_DIR) {
      this.#shown.prove(fh, 0, top);
      return true;
    }
    if (this.#traps.has(r.entryIno)) return false;
    const isConnected = dir.connects && dir.stack.lower[0]?.layer === layer;
    if (isConnected) this.#shown.prove(fh, 0, top);
    else this.#shown.show(fh, 0, top);
    const name = r.name();
    const stack = { upper: null, lower: [{ layer, path: join(path, name) }] };
    this.#enter({ path: join(dir.path, name), stack, connects: isConnected });
    return true;
  }

  #lookUp(dir: Dir, name: Buffer): void {
    const { views } = this.#survey;
    const required = lookup(views.required, dir.stack, name);
    const isConnected = required.kind === "found" && connects(dir, name, required);
    const path = join(dir.path, name);
    this.#lookups.onLookup(path, required, lookup(views.plain, dir.stack, name), isConnected);
    if (required.kind === "found" && required.isDir)
      this.#enter({ path, stack: stackOf(required), connects: isConnected });
  }
}

const refOf = ({ layer, path }: LayerPath): { root: number; path: Buffer } => ({ root: layer.fd, path });
