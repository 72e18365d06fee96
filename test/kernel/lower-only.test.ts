/** Overlays without an upper layer: what export needs there, and what their handles lead to. */
import { mkdirSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { native } from "../../src/lib/host/addon.js";
import { files } from "../../src/lib/host/files.js";
import { check } from "../../src/lib/index.js";
import { parseClientHandle } from "../../src/lib/inspect/index.js";
import type { MountSpec, RequestedOptions } from "../../src/lib/mount/spec.js";
import { resolve } from "../../src/lib/resolve/index.js";
import { followed } from "../fixtures/support/rules.js";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { MS_RDONLY, must, sys } from "../support/sys.js";
import { under } from "../support/tree.js";

const NAMES = ["", "a", "b", "d", "d/c", "d/both", "d/e"];
const EOPNOTSUPP = -95;

needsRoot("without an upper layer", () => {
  const staged = async (use: (stage: Stage, lower: Buffer[]) => void | Promise<void>): Promise<void> => {
    const stage = Stage.create("ext4");
    try {
      stage.mountDisks();
      for (const dir of ["l1", "l2", "l1/d", "l2/d", "l2/d/e"]) mkdirSync(stage.path(0, dir));
      for (const file of ["l1/a", "l2/b", "l2/d/c", "l1/d/both", "l2/d/both"]) {
        writeFileSync(stage.path(0, file), file);
      }
      await use(stage, [stage.path(0, "l1"), stage.path(0, "l2")]);
    } finally {
      stage.dispose();
    }
  };
  const specOf = (lower: Buffer[], options: RequestedOptions): MountSpec => {
    return { source: "-o", lower, data: [], upper: null, work: null, options };
  };

  it.each(["on", "follow"] as const)("redirect_dir=%s gives no handles, and check says so", (redirectDir) =>
    staged(async (stage, lower) => {
      const options = [
        ["redirect_dir", redirectDir],
        ["nfs_export", "on"],
      ] as const;
      must(stage.overlay({ lower, options }), "mount");
      expect(sys.nameToHandle(under(stage.mnt, "a"))).toBe(EOPNOTSUPP);
      stage.umountOverlay();
      const result = await check(specOf(lower, { redirectDir }), { require: "nfs-export" });
      expect(result).toMatchObject({ ready: false, prediction: { mount: { ok: true } } });
      expect(result.findings.map(({ code }) => code)).toEqual(["option-fallback"]);
    }),
  );

  it("redirect_dir=nofollow gives handles that lead back, after another mount, too", () =>
    staged(async (stage, lower) => {
      const options = [
        ["redirect_dir", "nofollow"],
        ["nfs_export", "on"],
      ] as const;
      must(stage.overlay({ lower, options }), "mount");
      const held = NAMES.map((name) => {
        const handle = sys.nameToHandle(name === "" ? stage.mnt : under(stage.mnt, name));
        if (typeof handle === "number") throw new Error(`no handle of ${name}: ${handle}`);
        return handle;
      });
      stage.umountOverlay();
      const spec = specOf(lower, { redirectDir: "nofollow" });
      expect(await check(spec, { require: "nfs-export" })).toMatchObject({ ready: true, findings: [] });
      const given = held.map((handle) => {
        const text = handle.subarray(4).toString("hex");
        const parsed = parseClientHandle(text);
        if (parsed === null) throw new Error(`not recognised: ${text}`);
        return { given: text, handle: parsed };
      });
      const { handles } = resolve(spec, given, { limit: 1000 }, { native, files });
      const said = handles.map(({ end }) =>
        end.leads === "nowhere" ? end.because : end.leads === "directory" ? end.path : end.paths[0],
      );
      expect(said.map(String)).toEqual(["not-connected", ...NAMES.slice(1)]);
      const did = held.map((handle) => {
        must(stage.overlay({ lower, options }, MS_RDONLY), "mount");
        const found = followed(stage.mnt, handle);
        stage.umountOverlay();
        return found;
      });
      expect(did).toEqual([
        "ESTALE",
        "file l1/a",
        "file l2/b",
        "directory d",
        "file l2/d/c",
        "file l1/d/both",
        "directory d/e",
      ]);
    }));

  it("a read-only mount with an upper layer keeps its index", () =>
    staged(async (stage, lower) => {
      for (const dir of ["u", "w"]) mkdirSync(stage.path(0, dir));
      const mount = {
        lower,
        upper: stage.path(0, "u"),
        work: stage.path(0, "w"),
        options: [
          ["index", "on"],
          ["nfs_export", "on"],
        ] as const,
      };
      must(stage.overlay(mount), "mount");
      const handle = sys.nameToHandle(under(stage.mnt, "a"));
      if (typeof handle === "number") throw new Error(`no handle: ${handle}`);
      writeFileSync(under(stage.mnt, "a"), "new");
      stage.umountOverlay();
      must(stage.overlay(mount, MS_RDONLY), "mount");
      expect(followed(stage.mnt, handle)).toBe("file new");
      stage.umountOverlay();
      const spec = { ...specOf(lower, { readonly: true }), upper: mount.upper, work: mount.work };
      expect(await check(spec, { require: "nfs-export" })).toMatchObject({ ready: true });
    }));
});
