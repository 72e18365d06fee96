/** What no other namespace can hold, what nobody should carry over, and what only a person can decide. */
import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { check } from "../../../src/lib/check.js";
import type { MountSpec, Require } from "../../../src/lib/mount/spec.js";
import type { Plan } from "../../../src/lib/plan/types.js";
import type { RunResult } from "../../../src/lib/repair/run-result.js";
import { migrations, repair } from "../../../src/lib/repair.js";
import { EXPORTED, INDEX_OFF, Past } from "../../support/past.js";
import { needsRoot } from "../../support/root.js";
import { errnoName, must, sys } from "../../support/sys.js";
import { migrateAll, type Wanted } from "./lived.js";

const USER = [["userxattr", ""]] as const;
const PLAIN: Wanted = { require: "plain" };

needsRoot("xattr-namespace", () => {
  let past: Past;
  beforeEach(() => {
    past = new Past();
    mkdirSync(join(past.dir, "lower/d"));
    writeFileSync(join(past.dir, "lower/d/x"), "1");
    symlinkSync("nowhere", join(past.dir, "lower/l"));
  });
  afterEach(() => past.dispose());

  const spec = (userxattr: boolean): MountSpec => ({
    ...past.spec(),
    options: userxattr ? { userxattr } : {},
  });
  const at = (path: string): Buffer => Buffer.from(join(past.dir, path));
  const get = (path: string, name: string): string | null => {
    const value = sys.getxattr(at(path), Buffer.from(name));
    return Buffer.isBuffer(value) ? value.toString("latin1") : null;
  };
  const set = (path: string, name: string, value: string): void => {
    must(sys.setxattr(at(path), Buffer.from(name), Buffer.from(value), 0), `setxattr ${name}`);
  };
  /** One xattr that leaves no room for another in ext4's one block of them. */
  const fill = (path: string): void => {
    for (let size = 4096; size > 0; size -= 4) {
      if (sys.setxattr(at(path), Buffer.from("user.large"), Buffer.alloc(size), 0) === 0) return;
    }
  };
  /** A file in the renamed directory of an overlay whose layers are in this one; null: it is not there. */
  const shownNested = (mnt: string, option: string): string | null => {
    const [inner, overlay] = [join(past.dir, "inner"), Buffer.from("overlay")];
    mkdirSync(inner, { recursive: true });
    const data = Buffer.from(`lowerdir=${mnt}/top:${mnt}/below,${option}`);
    must(sys.mount(overlay, Buffer.from(inner), overlay, 0, data), "nested mount");
    try {
      const file = join(inner, "renamed/y");
      return existsSync(file) ? readFileSync(file, "utf8") : null;
    } finally {
      must(sys.umount(Buffer.from(inner), 0), "nested umount");
    }
  };
  const whys = ({ left }: RunResult): string[] => left.map(({ why }) => why);
  const makeOpaque = (mnt: string): void => {
    rmSync(join(mnt, "d"), { recursive: true });
    mkdirSync(join(mnt, "d"));
  };
  const list = (only: Wanted["only"] = undefined) =>
    migrations(spec(true), {
      require: "plain",
      force: false,
      migrate: { wishes: { only: only ?? null, trustPaths: false, detach: false }, oldLower: [] },
    });

  it("does not begin where a mount with userxattr would lose what a redirect or a metacopy mark leads to", async () => {
    const both = [...INDEX_OFF, ["redirect_dir", "on"], ["metacopy", "on"]] as const;
    past.live(both, (mnt) => {
      renameSync(join(mnt, "d"), join(mnt, "e"));
      chmodSync(join(mnt, "a"), 0o600);
    });
    const before = past.dump();
    const done = await migrateAll(spec(true), PLAIN);
    expect(done.changed).toBe(false);
    expect(whys(done).sort()).toEqual([
      expect.stringContaining("does not follow its redirect"),
      expect.stringContaining("copy it up first, by migrate with the options of before"),
    ]);
    expect(past.dump()).toEqual(before);
    // They would not be followed there either.
    set("upper/e", "user.overlay.redirect", get("upper/e", "trusted.overlay.redirect") ?? "");
    past.live([...INDEX_OFF, ...USER], (mnt) => {
      expect(sys.lookup(Buffer.from(join(mnt, "e")))).toBe(-1);
    });
  });

  it("carries no redirect and no metacopy mark over that somebody has set in user.*", async () => {
    past.live([...INDEX_OFF, ...USER], (mnt) => {
      makeOpaque(mnt);
      mkdirSync(join(mnt, "mine"));
      writeFileSync(join(mnt, "file"), "");
    });
    set("upper/mine", "user.overlay.redirect", "/d");
    set("upper/file", "user.overlay.metacopy", "");
    set("upper/file", "user.overlay.redirect", "/a");
    // For an overlay that is nested in this one, once and twice.
    set("upper/mine", "user.overlay.overlay.redirect", "/d");
    set("upper/mine", "user.overlay.overlay.opaque", "y");
    set("upper/file", "user.overlay.overlay.overlay.metacopy", "");
    const done = await migrateAll(spec(false), PLAIN);
    expect(done.trouble).toBeNull();
    expect(done.migrations[0]?.notices).toEqual([
      expect.stringMatching(/nested in this one.*: "mine"$/),
      expect.stringMatching(/somebody else has set these marks.*: "(mine", "file|file", "mine)"$/),
    ]);
    expect(get("upper/d", "trusted.overlay.opaque")).toBe("y");
    expect(get("upper/mine", "trusted.overlay.overlay.opaque")).toBe("y");
    expect(get("upper/mine", "trusted.overlay.overlay.redirect")).toBeNull();
    expect(get("upper/file", "trusted.overlay.overlay.overlay.metacopy")).toBeNull();
    for (const name of ["mine", "file"]) {
      expect(get(`upper/${name}`, "trusted.overlay.redirect")).toBeNull();
      expect(get(`upper/${name}`, "trusted.overlay.metacopy")).toBeNull();
      expect(get(`upper/${name}`, "user.overlay.redirect")).not.toBeNull();
    }
    expect((await migrateAll(spec(false), PLAIN)).changed).toBe(false);
  });

  it("leaves an object to a person where the two namespaces differ", async () => {
    past.live(INDEX_OFF, (mnt) => {
      makeOpaque(mnt);
      writeFileSync(join(mnt, "a"), "2");
    });
    set("upper/d", "user.overlay.opaque", "x");
    const done = await migrateAll(spec(true), PLAIN);
    expect(whys(done)).toEqual([expect.stringMatching(/^Decide which counts.*opaque of upper "d"/)]);
    expect(get("upper/d", "trusted.overlay.opaque")).toBe("y");
    expect(get("upper/a", "user.overlay.origin")).not.toBeNull();
    const again = await migrateAll(spec(true), PLAIN);
    expect([again.changed, whys(again)]).toEqual([false, whys(done)]);
    must(sys.removexattr(at("upper/d"), Buffer.from("user.overlay.opaque")), "removexattr");
    const decided = await migrateAll(spec(true), PLAIN);
    expect(decided.left).toEqual([]);
    expect(decided.after?.findings).toEqual([]);
    expect(get("upper", "trusted.overlay.uuid")).toBeNull();
  });

  it("converts lower layers with --write-lower only, and tells of them", async () => {
    past.live(INDEX_OFF, makeOpaque);
    set("lower/d", "trusted.overlay.opaque", "y");
    const first = await migrateAll(spec(true), PLAIN);
    expect(get("lower/d", "trusted.overlay.opaque")).toBe("y");
    expect(get("upper/d", "user.overlay.opaque")).toBe("y");
    // Below upper it decides nothing here, and nothing is told of what hangs on nobody's root.
    expect(first.trouble).toBeNull();
    set("lower", "trusted.overlay.impure", "y");
    const second = await migrateAll(spec(true), PLAIN);
    expect(second.changed).toBe(false);
    expect(whys(second)).toEqual([expect.stringContaining("allow it with --write-lower")]);
    const third = await migrateAll(spec(true), { ...PLAIN, lower: true });
    expect(third.trouble).toBeNull();
    expect(get("lower/d", "user.overlay.opaque")).toBe("y");
    expect(get("lower/d", "trusted.overlay.opaque")).toBeNull();
  });

  it("leaves what may be a nested overlay's, unless it is asked for by name", async () => {
    mkdirSync(at("upper/store/d"), { recursive: true });
    set("upper/store/d", "trusted.overlay.opaque", "y");
    const { findings } = await check(spec(true), { require: "plain" });
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ["xattr-other-namespace", "info"],
    ]);
    expect((await list()).migrations).toEqual([]);
    expect((await list(["xattr-namespace"])).migrations).toMatchObject([
      { name: "xattr-namespace", because: expect.stringMatching(/^1 object has marks/) },
    ]);
    expect((await migrateAll(spec(true), PLAIN)).changed).toBe(false);
    await migrateAll(spec(true), { ...PLAIN, only: ["xattr-namespace"] });
    expect(get("upper/store/d", "user.overlay.opaque")).toBe("y");
  });

  it("takes the escaped marks of a nested overlay along, and says so", async () => {
    past.live(INDEX_OFF, (mnt) => {
      makeOpaque(mnt);
      must(
        sys.setxattr(Buffer.from(join(mnt, "d")), Buffer.from("trusted.overlay.opaque"), Buffer.from("y"), 0),
        "setxattr in the mount",
      );
    });
    const done = await migrateAll(spec(true), PLAIN);
    expect(done.migrations[0]?.notices.join()).toContain("nested in this one; these are converted along");
    expect(get("upper/d", "user.overlay.overlay.opaque")).toBe("y");
    past.live([...INDEX_OFF, ...USER], (mnt) => {
      const value = sys.getxattr(Buffer.from(join(mnt, "d")), Buffer.from("user.overlay.opaque"));
      expect(value.toString()).toBe("y");
    });
  });

  it("does not begin where a nested overlay would lose what its redirects lead to", async () => {
    past.live(INDEX_OFF, (mnt) => {
      makeOpaque(mnt);
      for (const dir of ["top/renamed", "below/d"]) mkdirSync(join(mnt, dir), { recursive: true });
      writeFileSync(join(mnt, "below/d/y"), "nested");
      const renamed = Buffer.from(join(mnt, "top/renamed"));
      must(sys.setxattr(renamed, Buffer.from("trusted.overlay.redirect"), Buffer.from("/d"), 0), "setxattr");
      expect(shownNested(mnt, "redirect_dir=follow")).toBe("nested");
    });
    const before = past.dump();
    const done = await migrateAll(spec(true), PLAIN);
    expect(done.changed).toBe(false);
    expect(whys(done)).toEqual([
      expect.stringContaining("was renamed in an overlay that is nested in this one"),
    ]);
    expect(past.dump()).toEqual(before);
    // What it would have come to.
    set("upper/top/renamed", "user.overlay.overlay.redirect", "/d");
    past.live([...INDEX_OFF, ...USER], (mnt) => expect(shownNested(mnt, "userxattr")).toBeNull());
  });

  it("goes on after a mount that did not find the marks", async () => {
    past.live(INDEX_OFF, (mnt) => {
      makeOpaque(mnt);
      writeFileSync(join(mnt, "a"), "2");
    });
    past.live([...INDEX_OFF, ...USER], (mnt) => {
      expect(existsSync(join(mnt, "d/x"))).toBe(true);
      writeFileSync(join(mnt, "b"), "3");
    });
    const done = await migrateAll(spec(true), PLAIN);
    expect(done.left).toEqual([]);
    expect(done.after?.findings).toEqual([]);
    past.live([...INDEX_OFF, ...USER], (mnt) => {
      expect(existsSync(join(mnt, "d/x"))).toBe(false);
      expect(["a", "b"].map((name) => readFileSync(join(mnt, name), "utf8"))).toEqual(["2", "3"]);
    });
  });

  it("mounts as before where an object has no room for both", async () => {
    past.live(INDEX_OFF, (mnt) => {
      makeOpaque(mnt);
      writeFileSync(join(mnt, "a"), "2");
    });
    fill("upper/a");
    const done = await migrateAll(spec(true), PLAIN);
    expect(done.trouble).toMatchObject({ kind: "no-space", message: expect.stringContaining("upper:a") });
    const asBefore = await check(spec(false), { require: "plain" });
    expect(asBefore.findings.filter(({ code }) => code !== "xattr-other-namespace")).toEqual([]);
    past.live(INDEX_OFF, (mnt) => expect(existsSync(join(mnt, "d/x"))).toBe(false));
    must(sys.removexattr(at("upper/a"), Buffer.from("user.large")), "removexattr");
    const again = await migrateAll(spec(true), PLAIN);
    expect(again.after?.findings).toEqual([]);
    past.live([...INDEX_OFF, ...USER], (mnt) => expect(existsSync(join(mnt, "d/x"))).toBe(false));
  });

  it("keeps repair, build and other migrations from taking the marks for missing", async () => {
    past.live(EXPORTED, (mnt) => writeFileSync(join(mnt, "a"), "2"));
    const before = past.dump();
    for (const command of ["repair", "build"] as const) {
      const done = await repair(spec(true), { ...REQUEST, command });
      expect(done.trouble).toMatchObject({ kind: "unsound", message: expect.stringContaining("migrate") });
    }
    for (const wanted of [{ only: ["uuid"] }, { detach: true }] as const) {
      const done = await migrateAll(spec(true), wanted);
      expect(done.changed).toBe(false);
      expect(whys(done)[0]).toMatch(/^Convert it first/);
    }
    expect(past.dump()).toEqual(before);
  });

  it("says that a symlink loses its handle, and what the kernel does with the next one", async () => {
    past.live(EXPORTED, (mnt) => lchownSync(join(mnt, "l"), 1, 1));
    const done = await migrateAll(spec(true), { require: "nfs-export" });
    expect(done.after?.ready).toBe(true);
    expect(done.migrations[0]?.notices).toEqual([
      expect.stringMatching(/of 1 object are given up.*become stale: "l"/),
      expect.stringContaining("cannot copy up symlinks"),
    ]);
    expect(done.plan.map(({ action }) => [action.action, action.loses])).toContainEqual([
      "remove-mark",
      "origin, nlink",
    ]);
    symlinkSync("nowhere", join(past.dir, "lower/other"));
    past.live([...EXPORTED, ...USER], (mnt) => {
      expect(() => lchownSync(join(mnt, "other"), 1, 1)).toThrow(/EPERM/);
    });
    const refused = past.stage.overlay({
      lower: [at("lower")],
      upper: at("upper"),
      work: at("work"),
      options: [...EXPORTED, ...USER],
    });
    expect(errnoName(refused)).toBe("ENODATA");
  });
});

const REQUEST = {
  require: "nfs-export" as Require,
  mode: "yes",
  decide: async (plan: Plan) => plan.actions,
  asked: () => false,
} as const;
