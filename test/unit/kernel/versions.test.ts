import { describe, expect, it } from "vitest";
import { decodeIndexName, encodeIndexName } from "../../../src/lib/format/indexName.js";
import type { Env } from "../../../src/lib/kernel/env.js";
import { verifyIndexEntry } from "../../../src/lib/kernel/index-entry.js";
import { lookup } from "../../../src/lib/kernel/lookup.js";
import type { KernelVersion } from "../../../src/lib/layers/facts.js";
import { handleOf, NEW, OLD, object, type World, world } from "./world.js";

/** What older kernels do otherwise than 6.18. All are held to real mounts, too: 6.18 by every run of the tests, others by test/e2e-qemu/oracle. */

const look = (env: Env): string => {
  const result = lookup(env, env.root, Buffer.from("f"));
  const events = result.events.map(({ kind }) => kind);
  const what = result.kind === "error" ? `errno ${result.errno}` : result.kind;
  return [what, ...events].join(" ");
};

/** What both make of the same overlay: first 6.1, then 6.18. */
const both = (given: Omit<World, "kernel">): string[] =>
  [OLD, NEW].map((kernel) => look(world({ ...given, kernel })));

const linux = (major: number, minor: number): KernelVersion => ({ major, minor });

describe("kernel versions", () => {
  it("xattr whiteouts: since 6.7", () => {
    const lower = { f: { ino: 2, xattrs: { whiteout: "" } } };
    expect(both({ lower })).toEqual(["found", "negative"]);
    expect(look(world({ kernel: linux(6, 6), lower }))).toBe("found");
    expect(look(world({ kernel: linux(6, 7), lower }))).toBe("negative");
  });

  it("a metacopy value that is too short: since 6.6", () => {
    const given = {
      options: { metacopy: true },
      upper: { f: { ino: 3, xattrs: { metacopy: "ab" } } },
      lower: { f: { ino: 2 } },
    };
    expect(both(given)).toEqual(["found", "errno 5 metacopy-invalid"]);
    expect(look(world({ ...given, kernel: linux(6, 5) }))).toBe("found");
    expect(look(world({ ...given, kernel: linux(6, 6) }))).toBe("errno 5 metacopy-invalid");
  });

  describe("what may not be followed: refused at once since 6.16, before only where something is below", () => {
    const redirected = { f: { ino: 3, dir: true, xattrs: { redirect: "old" } } };
    const metacopy = { f: { ino: 3, xattrs: { metacopy: "" } } };
    const nofollow = { redirectFollow: false, redirectMode: "nofollow" } as const;

    it("redirect, something below", () => {
      const given = { options: nofollow, upper: redirected, lower: { old: { ino: 2, dir: true } } };
      // Before the refusal 6.1 has already given the directory its origin.
      expect(both(given)).toEqual(["errno 1 origin-set redirect-refused", "errno 1 redirect-refused"]);
    });

    it("redirect, nothing below", () => {
      const given = { options: nofollow, upper: redirected };
      expect(both(given)).toEqual(["found", "errno 1 redirect-refused"]);
      expect(look(world({ ...given, kernel: linux(6, 15) }))).toBe("found");
      expect(look(world({ ...given, kernel: linux(6, 16) }))).toBe("errno 1 redirect-refused");
    });

    it("metacopy, something below", () => {
      expect(both({ upper: metacopy, lower: { f: { ino: 2 } } })).toEqual([
        "errno 1 metacopy-refused",
        "errno 1 metacopy-refused",
      ]);
    });

    it("metacopy, nothing below: EIO for its data, not EPERM", () => {
      expect(both({ upper: metacopy })).toEqual(["errno 5 metacopy-no-data", "errno 1 metacopy-refused"]);
    });

    it("an opaque directory is never asked for its redirect", () => {
      const upper = { f: { ino: 3, dir: true, xattrs: { opaque: "y", redirect: "old" } } };
      expect(both({ options: nofollow, upper })).toEqual(["found", "found"]);
    });
  });

  it("an origin of another type: an error for 5.10, since 5.15 one that is gone", () => {
    const given = {
      upper: { f: { ino: 3, xattrs: { origin: handleOf(2, false) } } },
      loose: [{ ino: 2, dir: true }],
    };
    expect(look(world({ ...given, kernel: linux(5, 10) }))).toBe("errno 5 origin-wrong-type");
    expect(look(world({ ...given, kernel: linux(5, 15) }))).toBe("found origin-wrong-type origin-stale");
    expect(both(given)).toEqual([
      "found origin-wrong-type origin-stale",
      "found origin-wrong-type origin-stale",
    ]);
  });

  it('opaque "x" hides nothing, on any of them', () => {
    const upper = { f: { ino: 3, dir: true, xattrs: { opaque: "x", origin: handleOf(2, false) } } };
    expect(both({ upper, lower: { f: { ino: 2, dir: true } } })).toEqual(["found", "found"]);
  });

  it("an entry that is the last name of its copy, by its xattr with one name left: an orphan, but not for 6.12.117", () => {
    const name = handleOf(2, false);
    const entry = (nlink: string) => object({ ino: 9, xattrs: { origin: name, nlink } });
    const verdict = (kernel: KernelVersion, nlink: string): string => {
      const env = world({ kernel, options: { index: true, nfsExport: true }, loose: [{ ino: 2 }] });
      return verifyIndexEntry(env, decodeIndexName(encodeIndexName(name)), entry(nlink)).action;
    };
    const stable = (patch: number): KernelVersion => ({ major: 6, minor: 12, patch });
    const kernels = [OLD, linux(6, 12), stable(116), stable(117), NEW];
    expect(kernels.map((kernel) => verdict(kernel, "U+0"))).toEqual([
      "tombstone",
      "tombstone",
      "tombstone",
      "keep",
      "tombstone",
    ]);
    expect(verdict(stable(117), "U-1")).toBe("tombstone");
  });

  it("an index entry whose upper directory is outside upper: an orphan before 6.2, verified since", () => {
    const name = handleOf(2, false);
    const entry = object({ ino: 9, dir: true, xattrs: { upper: handleOf(3, true) } });
    const outside = { ino: 3, dir: true, outside: "../elsewhere", xattrs: { origin: name } };
    const verdict = (kernel: KernelVersion): string => {
      const env = world({ kernel, options: { index: true, nfsExport: true }, loose: [outside] });
      const { action, fault } = verifyIndexEntry(env, decodeIndexName(encodeIndexName(name)), entry);
      return `${action} ${fault?.kind ?? ""}`.trim();
    };
    expect([OLD, linux(6, 2), NEW].map(verdict)).toEqual(["tombstone upper-stale", "keep", "keep"]);
  });
});
