/** A random overlay that nobody has damaged: nothing is found, and nothing is done. */
import { fsck } from "../../../src/lib/fsck/fsck.js";
import type { FsType } from "../../support/disk.js";
import { dump } from "../../support/dump.js";
import { Stage } from "../../support/mounts.js";
import { build } from "../random/live.js";
import { layout, scenario } from "../random/scenario.js";

export interface Healthy {
  readonly exits: readonly number[];
  /** What was found, or done. */
  readonly found: readonly string[];
}

/** As the seed draws it, but in one mode for all its lives: what others leave behind may be damage. */
export async function judgeHealthy(fs: FsType, seed: number): Promise<Healthy> {
  const drawn = scenario(fs, seed);
  // The kernel itself refuses the second mount with both: a symlink that was copied up has no origin.
  const mode = drawn.userxattr ? "plain" : (drawn.lives[0]?.mode ?? "plain");
  const what = { ...drawn, damages: 0, lives: drawn.lives.map((life) => ({ ...life, mode })) };
  const stage = Stage.create(fs, what.apart ? 2 : 1);
  try {
    stage.mountDisks();
    const where = layout(stage, what);
    build(stage, what, where);
    const spec = { source: "-o", ...where, data: [], options: {} };
    const disks = stage.disks.map(({ dir }) => dir);
    const before = dump(disks, { times: true });
    const exits: number[] = [];
    const found: string[] = [];
    for (const asked of ["dry-run", "preen", "yes"] as const) {
      const result = await fsck(spec, { mode: asked, asked: () => false });
      exits.push(result.exit);
      for (const { code, layer, path } of result.found) found.push(`${code} ${layer}:${path?.toString()}`);
      if (result.run.trouble !== null) found.push(result.run.trouble.message);
    }
    if (dump(disks, { times: true }).join() !== before.join()) found.push("something was written");
    return { exits, found };
  } finally {
    stage.dispose();
  }
}
