import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { forecast, mountOutcome } from "../support/mount-forecast.js";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";

/** Subvolumes of a btrfs have device numbers of their own; to overlayfs they are one filesystem. */
needsRoot("subvolumes", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = Stage.create("btrfs");
    stage.mountDisks();
    for (const name of ["a", "b"]) {
      execFileSync("btrfs", ["subvolume", "create", stage.path(0, name).toString()], { stdio: "ignore" });
    }
    for (const name of ["a/low", "b/up", "b/wk", "b/up/in"])
      mkdirSync(stage.path(0, name), { recursive: true });
  });
  afterEach(() => stage.dispose());

  it.each([
    [
      "lower and upper on two subvolumes",
      "lowerdir=$/a/low,upperdir=$/b/up,workdir=$/b/wk,nfs_export=on",
      [],
    ],
    ["uuid=off", "lowerdir=$/a/low,upperdir=$/b/up,workdir=$/b/wk,uuid=off", []],
    ["the whole subvolume as lower", "lowerdir=$/a,upperdir=$/b/up,workdir=$/b/wk,index=on", []],
    ["a subvolume inside a lower layer", "lowerdir=$/a:$,upperdir=$/b/up,workdir=$/b/wk", ["layers-overlap"]],
    ["lower inside upper", "lowerdir=$/b/up/in,upperdir=$/b/up,workdir=$/b/wk", ["layers-overlap"]],
  ])("%s", (_name, text, causes) => {
    const data = Buffer.from(text.replaceAll("$", stage.path(0, ".").toString()).replaceAll("/.", ""));
    const foretold = forecast(data);
    const real = mountOutcome(stage.mnt, data);
    expect({ errno: foretold.errno, inForce: foretold.inForce }).toEqual(real);
    expect(foretold.causes).toEqual(causes);
    expect(foretold.fallbacks).toEqual([]);
  });
});
