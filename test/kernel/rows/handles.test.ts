/** docs/kernel.md, "Handles: what NFS clients hold": in full, with real handles. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { check } from "../../../src/lib/index.js";
import { decodeClientHandle } from "../../../src/lib/kernel/decode.js";
import { Overlay } from "../../fixtures/support/overlay.js";
import { followed, foretold, withRules } from "../../fixtures/support/rules.js";
import { needsRoot } from "../../support/root.js";
import { errnoName } from "../../support/sys.js";

let o: Overlay;
beforeEach(() => {
  o = new Overlay();
});
afterEach(() => o.dispose());

/** Into which layer a handle that somebody holds points: flag 4 of the structure behind type and padding. */
const points = (where: string): "upper" | "lower" => {
  return ((o.held(where)[4 + 3 + 3] ?? 0) & 4) === 4 ? "upper" : "lower";
};

/** Errors that check reports, as "code path". */
async function errors(): Promise<string[]> {
  const { findings } = await check(o.spec(), { require: "nfs-export" });
  return findings
    .filter(({ severity }) => severity === "error")
    .map(({ code, path }) => `${code} ${path?.toString() ?? ""}`)
    .sort();
}

/** What a handle that was kept leads to when the overlay is mounted next, and what the rules say. */
function leads(where: string): string {
  const handle = o.held(where);
  const said = withRules(o.spec(), "nfs-export", (env) => {
    return foretold(decodeClientHandle(env, handle.readUInt32LE(0), handle.subarray(4)));
  });
  o.mount();
  try {
    expect(followed(o.stage.mnt, handle)).toBe(said);
  } finally {
    o.umount();
  }
  return said;
}

needsRoot("handles", () => {
  describe("where they point", () => {
    it.each([
      ["pure upper file", "mnt/new", "upper"],
      ["pure upper directory", "mnt/made", "upper"],
      ["non-indexed upper file", "mnt/early", "upper"],
      ["non-indexed upper directory", "mnt/earlydir", "upper"],
      ["root", "mnt", "upper"],
      ["indexed upper file", "mnt/a", "lower"],
      ["indexed upper directory", "mnt/d", "lower"],
      ["indexed upper, renamed", "mnt/moved", "lower"],
      ["non-upper file", "mnt/b", "lower"],
      ["non-upper directory", "mnt/d/sub", "lower"],
    ])("%s", (_what, where, layer) => {
      o.files("lower/a", "lower/b", "lower/early", "lower/d/sub/f", "lower/e/f", "lower/earlydir/f");
      o.live(() => o.files("mnt/early", "mnt/earlydir/new"), "plain");
      o.live(() => {
        o.files("mnt/a", "mnt/d/new", "mnt/new");
        o.dir("mnt/made");
        o.move("mnt/e", "mnt/moved");
        o.client(where);
      });
      expect(points(where)).toBe(layer);
      const handle = o.held(where);
      expect(handle.readUInt32LE(0)).toBe(0xf8);
      expect(handle.subarray(4, 7)).toEqual(Buffer.alloc(3));
    });
  });

  describe("what a lower handle decodes to", () => {
    beforeEach(() => {
      o.file("lower/a", "old");
      o.file("lower/d/f", "below");
      o.live(() => o.client("mnt/a", "mnt/d", "mnt/d/f"));
    });

    it("nothing has been copied up: the lower object", () => {
      expect(leads("mnt/a")).toBe("file old");
      expect(leads("mnt/d")).toBe("directory d");
    });
    it("tombstone: ESTALE", () => {
      o.live(() => o.remove("mnt/a", "mnt/d"));
      expect(["mnt/a", "mnt/d", "mnt/d/f"].map(leads)).toEqual(["ESTALE", "ESTALE", "ESTALE"]);
    });
    it("entry: the upper object, wherever it is called what", () => {
      o.live(() => {
        o.file("mnt/a", "new");
        o.move("mnt/a", "mnt/d/a");
        o.move("mnt/d", "mnt/moved");
      });
      expect(leads("mnt/a")).toBe("file new");
      expect(leads("mnt/d")).toBe("directory moved");
      expect(leads("mnt/d/f")).toBe("file below");
    });
    it("no entry: the lower object, even if it has been copied up since", async () => {
      o.live(() => o.file("mnt/a", "new"));
      o.remove(o.entry("lower/a"));
      expect(await errors()).toEqual(["copied-up-not-indexed a"]);
      expect(leads("mnt/a")).toBe("file old");
    });
    it("no entry of a directory: it, by its old name; renamed it is stale", async () => {
      o.files("lower/keeps/f", "lower/renamed/f");
      o.live(() => o.client("mnt/keeps", "mnt/renamed"));
      o.live(() => {
        o.files("mnt/keeps/new");
        o.move("mnt/renamed", "mnt/other");
      }, "plain");
      expect(await errors()).toEqual(["copied-up-not-indexed keeps", "copied-up-not-indexed other"]);
      expect(leads("mnt/keeps")).toBe("directory keeps");
      expect(leads("mnt/renamed")).toBe("ESTALE");
    });
  });

  describe("giving one out copies up", () => {
    it("a lower directory below a merge directory that is not indexed", () => {
      o.files("lower/d/sub/f");
      o.live(() => o.file("mnt/d/new"), "plain");
      o.live(() => o.client("mnt/d", "mnt/d/sub/f"));
      expect(o.exists("upper/d/sub")).toBe(false);
      o.live(() => o.client("mnt/d/sub"));
      expect(o.exists("upper/d/sub")).toBe(true);
      expect(o.exists("upper/d/sub/f")).toBe(false);
      expect(points("mnt/d/sub")).toBe("lower");
      expect(leads("mnt/d/sub")).toBe("directory d/sub");
    });
    it("not below one that is indexed", () => {
      o.files("lower/d/sub/f");
      o.live(() => o.file("mnt/d/new"));
      o.live(() => o.client("mnt/d/sub"));
      expect(o.exists("upper/d/sub")).toBe(false);
    });
    it("a directory below a middle layer's redirect", async () => {
      o.dispose();
      o = new Overlay({ lowers: 2 });
      o.files("lower2/d/sub/f");
      o.dir("lower/m");
      o.set("lower/m", "redirect", "/d");
      o.whiteout("lower/d");
      const { findings } = await check(o.spec(), { require: "nfs-export" });
      expect(findings.map(({ code }) => code)).toContain("middle-redirect");
      o.live(() => o.client("mnt/m/sub"));
      expect(o.exists("upper/m/sub")).toBe(true);
      expect(leads("mnt/m/sub")).toBe("directory m/sub");
    });
  });

  describe("on, off, on", () => {
    beforeEach(() => {
      o.file("lower/f", "old");
      o.file("lower/gone", "deleted");
      o.live(() => o.client("mnt/f", "mnt/gone"));
      o.live(() => {
        o.file("mnt/f", "new");
        o.remove("mnt/gone");
      }, "plain");
    });

    it("the old handle silently reads the old data, and a deleted file still opens", async () => {
      expect(await errors()).toEqual(["copied-up-not-indexed f", "tombstone-missing gone"]);
      expect(leads("mnt/f")).toBe("file old");
      expect(leads("mnt/gone")).toBe("file deleted");
    });

    it("a write through it lands in a copy that nobody sees; the next mount makes the path give EIO", async () => {
      o.live(() => {
        o.writeThrough("mnt/f", "lost");
        expect(o.read("mnt/f")).toBe("new");
        expect(o.readHeld("mnt/f")).toBe("lost");
      });
      const { prediction, ready } = await check(o.spec(), { require: "nfs-export" });
      const entry = o.entry("lower/f").slice("index/".length);
      expect(prediction.index.tombstoned).toEqual([entry]);
      expect(prediction.lookup.map(({ path, errno }) => `${path.toString()} ${errno}`)).toEqual(["f EIO"]);
      expect(ready).toBe(false);
      o.live(() => {
        expect(() => o.read("mnt/f")).toThrow(/EIO/);
        expect(o.readHeld("mnt/f")).toBe("ESTALE");
      });
      expect(o.read("upper/f")).toBe("new");
    });

    it("without the life in between nothing of this happens", async () => {
      o.dispose();
      o = new Overlay();
      o.file("lower/f", "old");
      o.file("lower/gone", "deleted");
      o.live(() => o.client("mnt/f", "mnt/gone"));
      o.live(() => {
        o.file("mnt/f", "new");
        o.remove("mnt/gone");
      });
      expect(await errors()).toEqual([]);
      expect(leads("mnt/f")).toBe("file new");
      expect(leads("mnt/gone")).toBe("ESTALE");
    });
  });

  describe("copied layers", () => {
    beforeEach(() => {
      o.files("lower/a", "lower/d/f", "lower/e/g", "lower/plain/h");
      o.live(() => {
        o.files("mnt/a", "mnt/d/new");
        o.move("mnt/e", "mnt/moved");
      });
    });
    const foretoldMount = async (): Promise<string> => {
      const { prediction } = await check(o.spec(), { require: "nfs-export" });
      return prediction.mount.ok ? "ok" : `${prediction.mount.errno} ${prediction.mount.cause}`;
    };
    const realMount = (): string => {
      const result = o.stage.overlay(o.mountOf("nfs-export"));
      o.umount();
      return result === 0 ? "ok" : errnoName(result);
    };

    it("a copied lower layer: ESTALE", async () => {
      o.recopy("lower");
      expect(await foretoldMount()).toBe("ESTALE root-origin-mismatch");
      expect(realMount()).toBe("ESTALE");
    });
    it("copied upper and work: ESTALE", async () => {
      o.recopy("upper");
      o.recopy("work");
      expect(await foretoldMount()).toBe("ESTALE index-upper-mismatch");
      expect(realMount()).toBe("ESTALE");
    });
    it("after the kernel's own advice it mounts, and lower children of copied-up and redirected directories vanish", async () => {
      o.recopy("lower");
      o.remove("work/index");
      o.unset("upper", "origin");
      const { prediction } = await check(o.spec(), { require: "nfs-export" });
      expect(prediction.mount).toEqual({ ok: true });
      expect(prediction.hidden.map(String).sort()).toEqual(["d/f", "moved/g"]);
      o.live(() => {
        expect(o.names("mnt/d")).toEqual(["new"]);
        expect(o.names("mnt/moved")).toEqual([]);
        expect(o.names("mnt/plain")).toEqual(["h"]);
      });
    });
  });

  describe("off, on with no earlier handles", () => {
    it("nothing breaks, and what was copied up before keeps its upper handle", async () => {
      o.file("lower/a", "old");
      o.files("lower/d/sub/f");
      o.live(() => o.files("mnt/a", "mnt/d/new"), "plain");
      expect(await errors()).toEqual([]);
      o.live(() => o.client("mnt/a", "mnt/d"));
      expect([points("mnt/a"), points("mnt/d")]).toEqual(["upper", "upper"]);
      o.live(() => o.move("mnt/a", "mnt/d/b"));
      expect(leads("mnt/a")).toBe("file mnt/a");
      expect(leads("mnt/d")).toBe("directory d");
    });
  });

  describe("changes of uuid=", () => {
    it.each([
      ["off", "auto", "ESTALE"],
      ["off", "on", "ESTALE"],
      ["off", "null", "ESTALE"],
      ["on", "off", "ESTALE"],
      ["auto", "off", "ESTALE"],
      ["on", "null", "ok"],
      ["on", "auto", "ok"],
      ["null", "on", "ok"],
    ])("from %s to %s: %s", async (from, to, expected) => {
      o.dispose();
      o = new Overlay({ options: `uuid=${to}` });
      o.file("lower/a");
      o.live(() => o.file("mnt/a"), "nfs-export", `uuid=${from}`);
      const { prediction } = await check(o.spec(), { require: "nfs-export" });
      const said = prediction.mount.ok ? "ok" : prediction.mount.errno;
      const result = o.stage.overlay(o.mountOf("nfs-export"));
      o.umount();
      expect([said, result === 0 ? "ok" : errnoName(result)]).toEqual([expected, expected]);
      if (!prediction.mount.ok) expect(prediction.mount.cause).toBe("uuid-mode-changed");
    });
  });
});
