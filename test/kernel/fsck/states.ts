/** A state of an overlay, what fsck.overlay makes of it, and words for both. */
import type { Overlay, Shape } from "../../fixtures/support/overlay.js";

/** Exit codes of -n, -p and -y, each on the state as it was built. */
export type Exits = readonly [n: number, p: number, y: number];

export interface State extends Shape {
  readonly build: (o: Overlay) => void;
  readonly exits: Exits;
  /** Names that -y takes away, as it said. */
  readonly loses?: readonly string[];
  /** What is there, and what is not, after -p, and after -y. */
  readonly p?: Marks;
  /** The same as after -p, unless told. */
  readonly y?: Marks;
}

/** "upper/d", "upper/d redirect", "upper/d redirect=a" */
export interface Marks {
  readonly has?: readonly string[];
  readonly lacks?: readonly string[];
}

export const CLEAN: Exits = [0, 0, 0];
/** No error, and put right nevertheless. */
export const TIDIED: Exits = [0, 1, 1];
export const PREENED: Exits = [4, 1, 1];
export const YES_ONLY: Exits = [4, 4, 1];
export const LEFT: Exits = [4, 4, 4];
export const REFUSED: Exits = [8, 8, 8];

export function redirected(o: Overlay, where: string, to: string): void {
  o.dir(where);
  o.set(where, "redirect", to);
}

export function marked(o: Overlay, ...all: string[]): void {
  for (const where of all) o.set(where, "impure", "y");
}
