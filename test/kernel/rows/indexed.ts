/** The overlay that the rows about the mount start from. */
import type { Foretold } from "../../fixtures/support/fixture.js";
import type { Overlay } from "../../fixtures/support/overlay.js";

/** A file, a directory and a hard link that were copied up, and so have entries. */
export function indexed(o: Overlay): void {
  o.file("lower/a", "old");
  o.files("lower/b", "lower/d/f", "lower/l1");
  o.link("lower/l1", "lower/l2");
  o.live(() => o.files("mnt/a", "mnt/d/new", "mnt/l1"));
}

/** The same overlay with something done to it. */
export const damaged = (damage: (o: Overlay) => void) => (o: Overlay) => {
  indexed(o);
  damage(o);
};

/** `name`: of the hex of lower/a's entry. */
export const renamed = (name: (hex: string) => string) =>
  damaged((o) => {
    const from = o.entry("lower/a");
    o.move(from, o.named("renamed", name(from.slice("index/".length))));
  });

export const refused = (errno: string): { exported: Foretold; indexed: Foretold } => ({
  exported: { mount: errno },
  indexed: { mount: errno },
});
export const kept = { exported: {}, indexed: {} };
