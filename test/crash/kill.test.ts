/** Real processes, killed at any of their calls that write: what stops.test.ts does in one process holds for these. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { Bed, fill, fine, withoutWorkTimes } from "./bed.js";

needsRoot("a process that is killed", () => {
  const here = dirname(fileURLToPath(import.meta.url));
  // Where it finds what is loaded from beside it. One file, for it is started often.
  const program = join(here, `../support/victim-${process.pid}.mjs`);
  let stage: Stage;
  let bed: Bed;

  beforeAll(() => {
    buildSync({
      entryPoints: [join(here, "victim.ts")],
      outfile: program,
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      logLevel: "error",
    });
    stage = Stage.create("ext4");
    stage.mountDisks();
    bed = new Bed(stage.path(0, ""));
    fill(bed);
  });
  afterAll(() => {
    rmSync(program, { force: true });
    stage.dispose();
  });

  it("leaves the old state or the new one to the next", () => {
    const before = withoutWorkTimes(bed.dump());
    const ends: (string | null)[] = [];
    for (let call = 1; ends.at(-1) !== null; call++) {
      for (const phase of ["before", "after"]) {
        const { signal, status, stderr } = spawnSync(process.execPath, [
          program,
          `${bed.root}`,
          `${call}`,
          phase,
        ]);
        if (signal !== "SIGKILL") expect([status, stderr.toString()]).toEqual([0, ""]);
        ends.push(signal);
        // Its lock is gone with it.
        const session = fine(bed.open());
        const recovery = fine(session.recover());
        const [newest] = fine(session.journals());
        if (newest?.state === "finished") fine(session.undo(newest.id, { dryRun: false }));
        else if (newest?.state === "undone" && recovery.kind === "none") expect(signal).toBe("SIGKILL");
        session.close();
        expect(withoutWorkTimes(bed.dump()), `${phase} call ${call}`).toEqual(before);
      }
    }
    expect(ends.length).toBeGreaterThan(60);
  });
});
