import { beforeAll, describe, expect } from "vitest";
import { whyNoMounts } from "./namespace.js";

export const isRoot = process.geteuid?.() === 0;

/**
 * A describe() for tests that mount, make device nodes or set trusted xattrs.
 * Without root they are skipped, saying so; with CI=true that would be a hole
 * nobody sees, so the file fails instead.
 */
export function needsRoot(name: string, body: () => void): void {
  if (isRoot) {
    describe(name, body);
    return;
  }
  if (process.env["CI"]) throw new Error(`"${name}" needs root, and CI must not skip it`);
  describe.skip(`${name} (needs root)`, body);
}

/** A describe() for tests that nobody passes over: where real mounts cannot be made, they fail. */
export function needsMounts(name: string, body: () => void): void {
  describe(name, () => {
    beforeAll(() => {
      expect(whyNoMounts()).toBeNull();
    });
    body();
  });
}
