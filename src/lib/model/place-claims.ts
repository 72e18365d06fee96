/**
 * Which upper directories stand for which lower one, where the lower filesystem gives no handle to know it by. It is
 * known by its place then: a directory has one in its layer, and the kernel's inode cache goes by the lower inode.
 */
import type { LayerPath } from "../kernel/env.js";

/** A name that comes with a lower object. */
export interface Claimant {
  readonly path: Buffer;
  /** Inode of its upper object; null: the lower object itself. */
  readonly upper: number | null;
}

/** A lower directory, and the names that show it. */
export interface PlaceClaim {
  readonly lower: LayerPath;
  /** In the order in which they were met. */
  readonly claimants: readonly Claimant[];
}

interface Claim extends PlaceClaim {
  readonly claimants: Claimant[];
  /** One of the claimants stands where the lower directory is. */
  atHome: boolean;
}

export class PlaceClaims {
  readonly #claims = new Map<string, Claim>();
  /** Lower directories that do not show under a name of theirs. */
  readonly #hidden = new Set<string>();

  claim({ layer, path }: LayerPath, claimant: Claimant, atHome: boolean): void {
    const key = keyOf({ layer, path });
    const known = this.#claims.get(key);
    if (known === undefined) {
      this.#claims.set(key, { lower: { layer, path }, claimants: [claimant], atHome });
      return;
    }
    known.claimants.push(claimant);
    known.atHome ||= atHome;
  }

  hide(lower: LayerPath): void {
    this.#hidden.add(keyOf(lower));
  }

  find(lower: LayerPath): PlaceClaim | null {
    return this.#claims.get(keyOf(lower)) ?? null;
  }

  /** Somebody stands for it elsewhere, and it was not seen hidden where it is. */
  isOpen(lower: LayerPath): boolean {
    const key = keyOf(lower);
    const claim = this.#claims.get(key);
    return claim !== undefined && !claim.atHome && !this.#hidden.has(key);
  }

  hasOpen(): boolean {
    for (const { lower } of this.#claims.values()) if (this.isOpen(lower)) return true;
    return false;
  }

  /** Lower directories that several upper ones stand for. */
  *shared(): Generator<PlaceClaim> {
    for (const claim of this.#claims.values()) if (claim.claimants.length > 1) yield claim;
  }
}

const keyOf = ({ layer, path }: LayerPath): string => `${layer.index}/${path.toString("latin1")}`;
