/** What the walk does about each entry of an upper directory, by its class: claims, hides, goes on into it, or has it looked up. */

import { DT_DIR } from "../format/fileType.js";
import { type ScanReader, XATTR_BITS } from "../host/scan-reader.js";
import { type DirStack, isDir, type LayerPath } from "../kernel/env.js";
import { join } from "../kernel/path.js";
import { classifyUpper, rowOf } from "./classify.js";
import { homeAt, topmostProbe } from "./home.js";
import type { MergedDir } from "./merged.js";
import type { Survey } from "./survey.js";
import { isMarked, probeFailed, type Walking } from "./walking.js";

const SLASH = 0x2f;

/** Fills the survey with what the entries claim and hide. */
export class UpperEntries {
  readonly #w: Walking;
  readonly #s: Survey;

  constructor(walking: Walking) {
    this.#w = walking;
    this.#s = walking.survey;
  }

  /** The reader stands on an entry of the upper directory, and its probes are the lower ones. */
  take(dir: MergedDir, r: ScanReader): void {
    const lower = dir.stack.lower;
    this.#s.counts.upperObjects++;
    const home = topmostProbe(r, 0, lower.length, (k, errno) => {
      // A directory that could not be opened has been told of.
      if (r.probeStatus(k) === 0) probeFailed(this.#w, lower[k] as LayerPath, r, errno);
    });
    const verdict = classifyUpper(this.#s, this.#w.matcher, dir, r, home);
    if (r.xattrBits === 0 && r.type === DT_DIR && home >= 0 && isDir({ mode: r.probeMode }))
      this.#s.counts.bareMerges++;
    if ((r.xattrBits & XATTR_BITS.origin) !== 0 && verdict !== "whiteout")
      this.#w.impure.want(dir, () => r.name());
    if (verdict !== "examine") this.#w.watcher?.onUpper(dir, r, verdict, home);
    switch (verdict) {
      case "well":
        if (home >= 0 && (r.xattrBits & XATTR_BITS.origin) === 0) this.#hide(dir, r, home);
        return;
      case "split":
        this.#w.listener.onName(this.#w.observer.observePlain(dir, r, home));
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
        else this.#w.listener.onName(this.#w.observer.observePlain(dir, r, home));
        return;
      case "claimed":
      case "not-indexed":
        this.#claimed(dir, r, home, verdict === "not-indexed");
        return;
      case "examine":
        this.#w.examiner.examine(dir, r.name(), this.#w.observer.observe(dir, r, home));
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
    const name = r.name();
    const path = join(dir.path, name);
    const isAtHome = home >= 0 && r.probe(home) === 0 && this.#w.matcher.matches(r, home, base.layer);
    if (home >= 0 && !isAtHome) this.#hide(dir, r, home);
    const row = rowOf(this.#s, r);
    index?.claim(row, dir.id, r.entryIno);
    index?.watch(row);
    if (!isAtHome) index?.move(row);
    const stack = { upper: { layer: upper.layer, path: join(upper.path, name) }, lower: [target] };
    const impure = isMarked(r.xattr("impure"));
    this.#w.visit({ path, stack, impure, counted: dir.counted, connects: true });
  }

  #claimed(dir: MergedDir, r: ScanReader, home: number, missing: boolean): void {
    const path = (): Buffer => join(dir.path, r.name());
    this.#s.claim(r.bytes, r.originStart, r.entryIno, dir.id, r.type, false, path);
    if (missing && r.type === DT_DIR) {
      this.#s.unindexedDirs.push(this.#child(dir, r, home));
    }
    if (missing) this.#w.listener.onName(this.#w.observer.observePlain(dir, r, home));
    if (r.type === DT_DIR) this.#enter(dir, r, home, dir.connects && home === 0);
  }

  /** Go on into the directory that the reader's entry is, merged with the lower one of its name (-1: with none). */
  #enter(dir: MergedDir, r: ScanReader, home: number, connects: boolean): void {
    const impure = isMarked(r.xattr("impure"));
    this.#w.visit({ ...this.#child(dir, r, home), impure, counted: dir.counted, connects });
  }

  #hide(dir: MergedDir, r: ScanReader, home: number): void {
    const place = dir.stack.lower[home] as LayerPath;
    const { index } = this.#s;
    if (index !== null && !isDir({ mode: r.probeMode })) {
      // As Survey.hide() does with what has an index entry, and no content.
      const row = this.#w.matcher.probeRow(r, place.layer, index.table);
      if (row >= 0) {
        index.hide(row, r.probeNlink);
        return;
      }
    }
    const name = r.name();
    this.#s.hide(homeAt(r, this.#w.matcher, place, name), dir.stack, name, join(dir.path, name));
  }

  /** The directory below: its upper, and the lower it merges with by name. */
  #child(dir: MergedDir, r: ScanReader, home: number): { path: Buffer; stack: DirStack } {
    const name = r.name();
    const path = join(dir.path, name);
    // Most directories have one path in all layers, and there may be many of them.
    const below = ({ layer, path: at }: LayerPath): LayerPath => ({
      layer,
      path: at === dir.path ? path : join(at, name),
    });
    const upper = below(dir.stack.upper as LayerPath);
    return { path, stack: { upper, lower: home < 0 ? [] : [below(dir.stack.lower[home] as LayerPath)] } };
  }
}
