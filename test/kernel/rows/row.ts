/** One row of a table of what the kernel does: built on a loop image, asked of check, mounted and looked at. */
import { expect, it } from "vitest";
import type { Foretold } from "../../fixtures/support/fixture.js";
import { foretold, judgeState } from "../../fixtures/support/judge.js";
import { type Mode, Overlay, type Shape } from "../../fixtures/support/overlay.js";

export interface Row extends Shape {
  readonly build: (o: Overlay) => void;
  /** With nfs_export=on; left out where the row is about index=on alone. */
  readonly exported?: Foretold;
  /** With index=on alone; left out where the row is about nfs_export=on. */
  readonly indexed?: Foretold;
  /** Looks at the overlay on a fresh mount. */
  readonly proof?: (o: Overlay, mode: Mode) => void;
}

const NAMES: Record<"exported" | "indexed", readonly [Mode, string]> = {
  exported: ["nfs-export", "nfs_export=on"],
  indexed: ["index", "index=on"],
};

export function row(title: string, what: Row): void {
  for (const key of ["exported", "indexed"] as const) {
    const [mode, name] = NAMES[key];
    const expected = what[key];
    if (expected === undefined) continue;
    it(`${title} (${name})`, async () => {
      const o = new Overlay(what);
      try {
        what.build(o);
        const look = what.proof;
        const proof = look === undefined ? undefined : (at: Overlay) => look(at, mode);
        const { prediction, disagreements } = await judgeState(o, mode, proof);
        expect(prediction).toEqual(foretold(expected));
        expect(disagreements).toEqual([]);
      } finally {
        o.dispose();
      }
    });
  }
}
