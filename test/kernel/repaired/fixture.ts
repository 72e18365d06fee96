/** A fixture of the findings, repaired twice. */
import type { Finding } from "../../../src/lib/catalogue/index.js";
import type { MountSpec, Require } from "../../../src/lib/mount/spec.js";
import { repair } from "../../../src/lib/repair.js";
import type { Fixture } from "../../fixtures/support/fixture.js";
import { Overlay } from "../../fixtures/support/overlay.js";
import type { FsType } from "../../support/disk.js";
import { dump } from "../../support/dump.js";
import { isNotOurs, type Outcome, repairedTwice, tell, yes } from "./twice.js";

export async function repairFixture(fixture: Fixture, fs: FsType): Promise<Outcome> {
  const o = new Overlay({ ...fixture, fs });
  try {
    fixture.build(o);
    const require = fixture.require ?? "nfs-export";
    if ("data" in fixture) return await untouched(o, o.spec(fixture.data(o)), require);
    const { lower, upper, work } = o.mountOf("plain");
    return await repairedTwice({
      stage: o.stage,
      spec: o.spec(),
      require,
      roots: [...lower, ...(upper === undefined ? [] : [upper]), ...(work === undefined ? [] : [work])],
      mountOf: (mode) => o.mountOf(mode),
      onCopy: (act) => o.onCopy(act),
    });
  } finally {
    o.dispose();
  }
}

/** Options or layers that no plan can mend: nothing is written, and why is told in a line. */
async function untouched(o: Overlay, spec: MountSpec, require: Require): Promise<Outcome> {
  const disks = o.stage.disks.filter((disk) => disk.mounted).map((disk) => disk.dir);
  const before = dumpWhatCan(disks);
  const result = await repair(spec, yes(require));
  const problems = [];
  if (result.applied > 0) problems.push("something was done");
  if (result.trouble === null && result.after?.ready === false && result.remaining.every(isOurs))
    problems.push("nothing was done, and nothing said");
  if (dumpWhatCan(disks).join() !== before.join()) problems.push("something was written");
  return { ending: `untouched: ${result.trouble?.kind ?? "nothing to do"}`, problems, story: tell(result) };
}

function dumpWhatCan(disks: readonly Buffer[]): string[] {
  try {
    return dump(disks, { times: true });
  } catch {
    // A file system that a fixture has damaged: nothing on it can be compared.
    return [];
  }
}

const isOurs = (found: Finding): boolean => !isNotOurs(found);
