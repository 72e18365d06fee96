/** Single moves: what is gone wrong on the way, what was done about it before, and what stops half-way. */
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { needsMounts } from "../support/root.js";
import { must, sys } from "../support/sys.js";
import { copyWith, run } from "./moved/copy.js";
import { Small } from "./moved/small.js";

const ESTALE = -116;
const ENODATA = -61;
const ALL = ["l", "u", "w"];

needsMounts("a moved overlay", () => {
  let small: Small;

  beforeEach(() => {
    small = new Small();
  });
  afterEach(() => {
    small.dispose();
  });

  const expectHome = (): void =>
    expect(Object.fromEntries(small.look())).toEqual(Object.fromEntries(small.view));

  test("is refused until the last of its handles is set, wherever a run stops", async () => {
    copyWith("cp", small.from, ALL, small.to);
    expect(small.tryMount()).toBe(ESTALE);
    const { plan } = await small.migrate({ mode: "dry-run" });
    expect(plan.length).toBeGreaterThan(8);
    for (let left = plan.length; left > 1; left--) {
      let asked = 0;
      const stopped = await small.migrate({ asked: () => asked++ >= 1 });
      expect(stopped.trouble?.kind).toBe("cancelled");
      expect(stopped.applied).toBe(1);
      expect(small.tryMount()).toBe(ESTALE);
    }
    // Each run went on where the one before had stopped.
    await small.migrate();
    expectHome();
  });

  test("shows its lower content again after the advice to delete the index was followed", async () => {
    copyWith("rsync", small.from, ALL, small.to);
    rmSync(join(small.to, "w/index"), { recursive: true });
    must(
      sys.removexattr(Buffer.from(join(small.to, "u")), Buffer.from("trusted.overlay.origin")),
      "removexattr",
    );
    expect([...small.look().keys()]).not.toContain("kept/as-it-was");
    const { migrations, after } = await small.migrate({}, true);
    expect(migrations[0]?.name).toBe("restamp");
    expect(after?.ready).toBe(true);
    expectHome();
  });

  test("is left to a migration by repair", async () => {
    copyWith("cp", small.from, ALL, small.to);
    const repaired = await small.migrate({ command: "repair" });
    expect(repaired.left.map(({ finding }) => finding.code)).toContain("root-origin-mismatch");
    expect(small.tryMount()).toBe(ESTALE);
    expect((await small.migrate()).after?.ready).toBe(true);
    expectHome();
  });

  test("is another overlay where it was copied beside itself", async () => {
    mkdirSync(join(small.from, "copy"));
    copyWith("cp", small.from, ALL, join(small.from, "copy"));
    Object.defineProperty(small, "to", { value: join(small.from, "copy") });
    expect(small.tryMount()).toBe(ESTALE);
    const { after, migrations } = await small.migrate();
    expect(migrations[0]?.name).toBe("restamp");
    expect(after?.ready).toBe(true);
    expectHome();
    appendFileSync(join(small.from, "l/linked"), " of the original");
    expectHome();
  });

  test("has to be copied again where the copy lost its xattrs", async () => {
    run("rsync", ["-aH", ...ALL.map((name) => join(small.from, name)), `${small.to}/`]);
    const { plan, left } = await small.migrate();
    expect(plan).toEqual([]);
    expect(left[0]?.why).toContain("lost its xattrs");
    expect(left[0]?.why).toContain("rsync -aHAX");
    // What somebody tries first ties upper's root and the index anew, before it is refused.
    expect(small.tryMount()).toBe(ENODATA);
    for (const command of ["repair", "build"] as const) {
      const { trouble, applied } = await small.migrate({ command });
      expect(applied).toBe(0);
      expect(trouble?.kind).toBe("unsound");
      expect(trouble?.message).toMatch(/xattrs-lost.*rsync -aHAX/);
    }
    expect((await small.migrate()).left[0]?.why).toContain("rsync -aHAX");
  });

  test("is mended where upper and work were copied one after the other", async () => {
    for (const name of ALL) copyWith("cp", small.from, [name], small.to);
    const { migrations, after } = await small.migrate({}, true);
    expect(migrations[0]?.notices.join("\n")).toContain("the copy has lost hard links: in the index 2 files");
    expect(after?.ready).toBe(true);
    expectHome();
  });

  test("is not one that was given the work directory of another overlay", async () => {
    copyWith("cp", small.from, ALL, small.to);
    const other = new Small();
    try {
      rmSync(join(small.to, "w"), { recursive: true });
      writeFileSync(join(small.to, "u/kept/own"), "");
      copyWith("cp", other.from, ["w"], small.to);
      const { plan } = await small.migrate({ mode: "dry-run" });
      expect(plan).toEqual([]);
    } finally {
      other.dispose();
    }
  });

  test("is said to have lost its whiteouts where what was renamed is back", async () => {
    run("rsync", ["-aHAX", "--no-D", ...ALL.map((name) => join(small.from, name)), `${small.to}/`]);
    const { migrations } = await small.migrate({ mode: "dry-run" });
    expect(migrations[0]?.notices.join("\n")).toContain("lost its device nodes");
  });

  test("keeps its place where only the root's mark does not fit", async () => {
    const foreign = sys.getxattr(Buffer.from(join(small.from, "u")), Buffer.from("trusted.overlay.origin"));
    copyWith("cp", small.from, ALL, small.to);
    await small.migrate();
    must(
      sys.setxattr(
        Buffer.from(join(small.to, "u")),
        Buffer.from("trusted.overlay.origin"),
        foreign as Buffer,
        0,
      ),
      "setxattr",
    );
    const { plan } = await small.migrate();
    expect(plan.map(({ action }) => action.action)).toEqual(["set-origin"]);
    expectHome();
  });

  test("is told what a new lower layer has changed before anything is done", async () => {
    copyWith("cp", small.from, ALL, small.to);
    const base = join(small.to, "l");
    rmSync(join(base, "renamed"), { recursive: true });
    writeFileSync(join(base, "kept/written"), "a new release");
    mkdirSync(join(base, "made"));
    writeFileSync(join(base, "made/by-the-image"), "new");
    renameSync(join(base, "gone"), join(base, "gone-elsewhere"));
    const dry = await small.migrate({ mode: "dry-run" }, true);
    expect(dry.migrations[0]?.name).toBe("new-base");
    const told = dry.migrations[0]?.notices.join("\n") ?? "";
    for (const path of ["other", "kept/written", "made", "gone"])
      expect(told).toContain(JSON.stringify(path));
    const { after } = await small.migrate({}, true);
    expect(after?.ready).toBe(true);
    const view = small.look();
    expect(view.get("kept/written")).toBe(small.view.get("kept/written"));
    expect(view.has("gone-elsewhere")).toBe(true);
    // Directories that are made in the overlay hide what comes below them later.
    expect(view.has("made/by-the-image")).toBe(false);
    expect([...view.keys()].filter((path) => path.startsWith("other/"))).toEqual(["other/in"]);
  });
});
