/**
 * Marks what every name of the overlay shows, and proves on the way what can be proven without following a handle. The
 * names of the upper and the middle layers are told by the check, which reads them anyway; those that only lower
 * layers have are read once it is done.
 */
import { DT_DIR } from "../format/fileType.js";
import { type ScanReader, XATTR_BITS } from "../host/scan-reader.js";
import type { DirStack, LayerPath } from "../kernel/env.js";
import { type FoundObject, type Lookup, stackOf } from "../kernel/lookup.js";
import { encodeFh } from "../kernel/origin.js";
import type { Class } from "../model/classify.js";
import { HandleMatcher } from "../model/home.js";
import type { NameWatcher } from "../model/hooks.js";
import type { MergedDir } from "../model/merged.js";
import type { Survey } from "../model/survey.js";
import { LowerNames } from "./lower-names.js";
import { FAIL_UNREADABLE, type Layers } from "./overlay.js";
import { type ShownObjects, topOf } from "./shown.js";
import { eachNameBelow } from "./tree.js";

/** Their index entry is this very object: the handle of the lower one leads to it. */
const INDEXED: ReadonlySet<Class> = new Set(["well", "well-merged", "well-moved"]);

export class ShownMarker implements NameWatcher {
  readonly onUnreadable = FAIL_UNREADABLE.onUnreadable;
  readonly #survey: Survey;
  readonly #shown: ShownObjects;
  readonly #matcher: HandleMatcher;
  /** Directories with a lower layer in which there may be more names. */
  readonly #dirs: MergedDir[] = [];
  /** Directories of the plain view alone. */
  readonly #missing: { readonly path: Buffer; readonly stack: DirStack }[] = [];

  /** `shown`: with all handles that will be asked for. */
  constructor(survey: Survey, shown: ShownObjects) {
    this.#survey = survey;
    this.#shown = shown;
    this.#matcher = new HandleMatcher(survey.views.required);
  }

  onDirectory(dir: MergedDir): void {
    if (dir.stack.lower.length > 0) this.#dirs.push(dir);
  }

  onUpper(dir: MergedDir, r: ScanReader, verdict: Class, home: number): void {
    if (verdict === "whiteout") return;
    const { layer } = dir.stack.upper as LayerPath;
    const top = { upper: true, ino: r.entryIno };
    const hasOrigin = (r.xattrBits & XATTR_BITS.origin) !== 0;
    // Its own handle leads to it wherever it goes; to a file with an index entry, by another inode number than its name has.
    const own = this.#matcher.ownFh(r, layer);
    const isSecond = hasOrigin && r.type !== DT_DIR && INDEXED.has(verdict);
    if (own !== null && !isSecond) this.#shown.prove(own, 0, top);
    if (own !== null && isSecond) this.#shown.show(own, 0, top);
    if (!hasOrigin) return;
    // Without an entry it leads to the lower object itself, and that has a way to the overlay's only if it is a directory.
    const isConnected = r.type === DT_DIR && dir.connects && home === 0;
    if (INDEXED.has(verdict) || isConnected) this.#shown.prove(r.bytes, r.originStart, top);
    else this.#shown.show(r.bytes, r.originStart, top);
  }

  onLookup(path: Buffer, required: Lookup, plain: Lookup, connects: boolean): void {
    const { views } = this.#survey;
    if (required.kind === "found") this.#mark(required, connects);
    else if (plain.kind === "found") this.#shown.mark(views.plain, plain, false);
    const isDir = required.kind === "found" && required.isDir;
    if (!isDir && plain.kind === "found" && plain.isDir) this.#missing.push({ path, stack: stackOf(plain) });
  }

  /** After the check: all other names. */
  async finish({ native, stack }: Layers): Promise<void> {
    const lower = new LowerNames(native, stack.prefix, this.#survey, this.#shown, this);
    await lower.read(this.#dirs);
    for (const { path, stack } of this.#missing) {
      eachNameBelow(
        native,
        this.#survey.views,
        { path, way: [], required: null, plain: stack },
        {
          ...FAIL_UNREADABLE,
          shown: () => undefined,
          missing: (_path, plain) => this.#shown.mark(this.#survey.views.plain, plain, false),
        },
      );
    }
  }

  /**
   * Of a directory: from the upper one the kernel goes up and down by the names that were just looked up; from the
   * lower one where it connects.
   */
  #mark(found: FoundObject, connects: boolean): void {
    const env = this.#survey.views.required;
    this.#shown.mark(env, found, true);
    const top = topOf(env, found);
    if (!found.isDir || top === null) return;
    const { upper, lowerFh } = found;
    const own = upper === null ? null : encodeFh(env, upper.layer, upper.object, true);
    if (own !== null) this.#shown.prove(own, 0, top);
    if (lowerFh !== null && connects) this.#shown.prove(lowerFh, 0, top);
  }
}
