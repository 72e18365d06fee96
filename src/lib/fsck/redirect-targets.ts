/**
 * Redirects of several layers that lead to one lower directory. The kernel keeps them apart, for what each of them shows
 * begins in another layer; but a directory that was renamed has one new name.
 */
import { type Finding, finding, type LayerName } from "../catalogue/index.js";
import { showPath } from "../report/text.js";

interface Target {
  readonly layer: LayerName;
  readonly path: Buffer;
}

/** Findings of the layers from the lowest up. */
export class Redirects {
  readonly #targets = new Map<string, Target>();

  /** `found`: of one layer, which they call the upper one; `layer` is its name in the whole stack. */
  sort(layer: LayerName, found: readonly Finding[]): Finding[] {
    const own = new Map<string, Target>();
    const sorted = found.map((one) => {
      const key = targetOf(one, layer);
      if (key === null || one.path === null) return one;
      const other = this.#targets.get(key);
      if (other === undefined) {
        own.set(key, { layer, path: one.path });
        return one;
      }
      return finding("redirect-duplicate", {
        layer: one.layer,
        path: one.path,
        evidence: { redirect: "", other: `${other.layer}:${showPath(other.path)}` },
        bytes: { ...one.bytes, lower: other.path },
      });
    });
    for (const [key, target] of own) this.#targets.set(key, target);
    return sorted;
  }
}

/**
 * Where a redirect leads, if that directory still shows under its own name: one that is covered nobody else can reach.
 * `from`: the layer that is called the upper one, below which the lower ones are counted.
 */
function targetOf({ code, layer, bytes }: Finding, from: LayerName): string | null {
  const isAbout = code === "redirect-uncovered" || code === "redirect-duplicate";
  if (!isAbout || layer !== "upper") return null;
  if (bytes?.fh !== undefined) return `fh ${bytes.fh.toString("latin1")}`;
  if (bytes?.at === undefined) return null;
  return `at ${numberOf(from) + numberOf(bytes.at.layer)}/${bytes.at.path.toString("latin1")}`;
}

/** Layers as they are counted from the top: 0 for upper. */
const numberOf = (layer: LayerName): number => Number(/\d+/.exec(layer)?.[0] ?? 0);
