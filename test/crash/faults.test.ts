/**
 * Any call that writes fails: what was done as a whole stays and can be undone, what was half done is taken
 * back, now or by the next session; and there is one line that says what happened.
 */
import { afterEach, beforeEach, expect, it } from "vitest";
import { Trouble } from "../../src/lib/apply/index.js";
import { writer } from "../../src/lib/host/system-writer.js";
import { needsRoot } from "../support/root.js";
import { faultyWriter } from "../support/writer-faults.js";
import { actions, outline } from "./bed.js";
import { Mortal } from "./mortal.js";
import { StagedBed } from "./staged-bed.js";

const ENOSPC = -28;
const EIO = -5;

needsRoot("a call that fails", () => {
  let bed: StagedBed;
  beforeEach(() => {
    bed = StagedBed.create();
  });
  afterEach(() => bed.dispose());

  it.each([
    ["ENOSPC", ENOSPC, "no-space"],
    ["EIO", EIO, "io"],
  ] as const)("%s, wherever it comes", (name, errno, kind) => {
    const after = bed.states();
    const before = bed.dump();
    const done = new Set<number>();
    const whole = new Mortal();
    whole.live((host) => bed.repair(actions(bed), host));
    bed.takeBack();
    for (let call = 1; call <= whole.calls; call++) {
      const session = bed.open({ writer: faultyWriter(writer, { call, errno }) });
      if (session instanceof Trouble) {
        expect(session).toMatchObject({ kind, message: expect.stringContaining(name) });
        continue;
      }
      const plan = actions(bed);
      const recovery = session.recover();
      const run = recovery instanceof Trouble ? recovery : session.begin("repair");
      if (run instanceof Trouble) {
        expect(run).toMatchObject({ kind, message: expect.stringContaining(name) });
        session.close();
        expect(bed.dump(), `call ${call}`).toEqual(before);
        continue;
      }
      const applied = run.apply(plan, () => false);
      run.finish();
      session.close();
      if (applied.trouble !== null) {
        expect(applied.trouble.message).toContain(name);
        expect(applied.trouble.message).not.toContain("\n");
      }
      if (applied.trouble?.kind !== "left") {
        expect(outline(bed.dump()), `call ${call}`).toEqual(after[applied.done]);
      }
      done.add(applied.done);
      bed.takeBack();
      expect(bed.dump(), `call ${call}`).toEqual(before);
    }
    expect(done.size).toBe(after.length);
  });
});
