import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/lib/plan/types.js";
import {
  askedActionLines,
  endedWords,
  planLines,
  runExitCode,
  runLines,
} from "../../../src/lib/run-report/index.js";
import { notIndexed, orphanWhiteout, resultWith } from "../report/result-fixture.js";
import { addEntry, keepAside, place, plain, runWith } from "./run-fixture.js";

const planned = (plan: Partial<Plan>, options = plain, round = 1): string =>
  [...planLines({ actions: [], left: [], ...plan }, round, options)].join("\n");
const told = (...args: Parameters<typeof runWith>): string =>
  [...runLines(runWith(...args), plain)].join("\n");

describe("the plan", () => {
  it("is grouped by kind, with why and what is given up", () => {
    const actions = [...["d", "b", "a", "c"].map(addEntry), keepAside(notIndexed("e"))];
    expect(planned({ actions })).toMatchInlineSnapshot(`
      "plan: 5 changes: 4 safe unattended, 1 needs a look
        add-entry (4) for copied-up-not-indexed, safe unattended: make an index entry
          upper:a: its origin is lower[1]:old
          upper:b: its origin is lower[1]:old
          upper:c: its origin is lower[1]:old
          ... and 1 more (--all shows them)
        keep-entry (1) for copied-up-not-indexed, needs a look:
            move an index entry aside
          upper:e: upper:b is nearer
            gives up: its content vanishes"
    `);
    expect(planned({ actions }, { ...plain, width: 120 })).toMatchInlineSnapshot(`
      "plan: 5 changes: 4 safe unattended, 1 needs a look
        add-entry (4) for copied-up-not-indexed, safe unattended: make an index entry
          upper:a: its origin is lower[1]:old
          upper:b: its origin is lower[1]:old
          upper:c: its origin is lower[1]:old
          ... and 1 more (--all shows them)
        keep-entry (1) for copied-up-not-indexed, needs a look: move an index entry aside
          upper:e: upper:b is nearer
            gives up: its content vanishes"
    `);
  });

  it("is summarised where it is big, in one pass", () => {
    const actions = Array.from({ length: 97_412 }, (_, i) => addEntry(`f${i}`));
    const lines = planned({ actions }).split("\n");
    expect(lines.length).toBeLessThan(15);
    expect(lines[0]).toBe("plan: 97,412 changes: 97,412 safe unattended");
    expect(lines.at(-1)).toBe("    ... and 97,409 more (--all shows them)");
    expect(planned({ actions }, { ...plain, all: true }).split("\n").length).toBeGreaterThan(97_412);
  });

  it("shows more of what gives something up, and says how much of that is not shown", () => {
    const actions = Array.from({ length: 30 }, (_, i) =>
      keepAside(notIndexed(`f${i}`), i % 2 === 0 ? `the data of f${i}` : null),
    );
    const text = planned({ actions });
    expect(text.match(/gives up: /g)).toHaveLength(10);
    expect(text).toContain("... and 20 more, 5 of them with a loss (--all shows them)");
  });

  it("says what has no answer, and whose it is", () => {
    const left = [1, 2].map((n) => ({ finding: notIndexed(`w${n}`), why: "Look at it." }));
    const harmless = { finding: orphanWhiteout("w"), why: "Nothing." };
    expect(planned({ left: [...left, harmless] })).toBe(
      "plan: nothing to change\nleft alone: 2 findings\n  copied-up-not-indexed (2) upper:w1, upper:w2: Look at it.",
    );
  });

  it("is only counted where each change is asked for", () => {
    const lines = [...planLines({ actions: [addEntry("a"), addEntry("b")], left: [] }, 2, plain, true)];
    expect(lines).toEqual([
      "plan, round 2: 2 changes: 2 safe unattended",
      "  add-entry (2) for copied-up-not-indexed, safe unattended: make an index entry",
      "Each is asked for. Nothing more is written before the last answer, nor after q.",
    ]);
  });

  it("says how much waits for it: what the headline named may not be in this round", () => {
    const last = (waiting: number) =>
      [...planLines({ actions: [addEntry("a")], left: [] }, 1, plain, true, waiting)].slice(2);
    const asked = "Each is asked for. Nothing is written before the last answer, nor after q.";
    expect(last(0)).toEqual([asked]);
    expect(last(1)).toEqual(["1 more waits for these and is planned anew after them", asked]);
    expect(last(1200)).toEqual(["1,200 more wait for these and are planned anew after them", asked]);
  });

  it("is told one by one where each change is asked for, with what is wrong", () => {
    const one = keepAside(notIndexed("e"));
    expect([...askedActionLines(one, "1/2", { ...plain, width: 60 })]).toEqual([
      "",
      "1/2 keep-entry for copied-up-not-indexed, needs a look:",
      "      move an index entry aside",
      "    upper:e: this file was copied up and has no index entry:",
      "      old handles lead to the lower one",
      "      why: upper:b is nearer",
      "      gives up: its content vanishes",
    ]);
  });

  it("shows the index directory that is made, not who needs it first", () => {
    const because = { ...notIndexed("15"), layer: "work" };
    const target = place("work", "index");
    const action = { ...addEntry("15"), action: "make-index", target, because } as const;
    expect(planned({ actions: [action] })).toContain("\n    work:index: its origin is");
  });

  it("shows every step with -v", () => {
    const text = planned({ actions: [addEntry("a")] }, { ...plain, verbose: true, width: 300 });
    expect(text).toMatch(/\n {6}link work:index\/00fb21[0-9a-f]+ to upper:a$/);
  });

  it("lets no name forge a line", () => {
    const odd = Buffer.concat([Buffer.from("x\u001b[2J\nplan: nothing"), Buffer.from([0xff])]);
    const { evidence: _, ...rest } = keepAside(notIndexed(odd), "the\u202ename");
    const text = planned({ actions: [{ ...rest, evidence: "at \u001b[1mlower" }] });
    expect(text).toContain("x\\x1b[2J\\x0aplan: nothing\\xff");
    expect(text).not.toMatch(/(?!\n)\p{Cc}|\u202e|^plan: nothing/mu);
  });
});

describe("the end of a run", () => {
  it("tells what was done, where things are and how to take it back", () => {
    const kept = [{ path: Buffer.from("/ovl/work/ovl-index/0007-repair/kept/1"), from: place("upper", "b") }];
    expect(told([addEntry("a"), keepAside(notIndexed("b"))], "applied", { kept })).toMatchInlineSnapshot(`
      "
      2 changes made, 1 object moved aside
        kept     upper:b as /ovl/work/ovl-index/0007-repair/kept/1
        journal  /ovl/work/ovl-index/0007-repair
        undo     ovl-index undo 0007-repair -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work,index=on
                 (as long as the overlay has not been mounted again)
      READY for nfs-export: it mounts; every handle leads to its object.
      next: mount -t overlay overlay -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work,index=on,nfs_export=on MOUNTPOINT"
    `);
  });

  it("has a clause for stderr, where stdout takes no report", () => {
    const undo =
      "ovl-index undo 0007-repair -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work,index=on";
    expect(endedWords(runWith([addEntry("a")], "applied"))).toBe(`1 change made; to take it back: ${undo}`);
    expect(endedWords(runWith([addEntry("a")], "planned", { applied: 0 }))).toBe("nothing was changed");
    expect(endedWords(runWith([addEntry("a")], "planned", { mode: "dry-run" }))).toBe("nothing was written");
  });

  it("tells what is left", () => {
    const left = [{ finding: notIndexed("b"), why: "Two objects claim it: remove one." }];
    const after = resultWith([notIndexed("b"), orphanWhiteout("w")]);
    const text = told([addEntry("a")], "applied", { left, after, remaining: after.findings });
    expect(text).toContain(
      "still there: 1 copied-up-not-indexed\n  copied-up-not-indexed (1) upper:b: Two objects claim it: remove one.\nnext: ovl-index explain copied-up-not-indexed",
    );
  });

  it("of a dry run is the command that does it", () => {
    expect(told([addEntry("a")], "planned", { mode: "dry-run", after: null, changed: true })).toBe(
      "\nnothing was written\nnext: ovl-index repair -p -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work,index=on",
    );
  });

  it("repeats in what comes next the flags without which it would be another run", () => {
    const again = { ...plain, again: "--old-lower /old --write-lower " };
    const next = (...args: Parameters<typeof runWith>): string | undefined =>
      [...runLines(runWith(...args), again)].at(-1);
    const repair = "next: ovl-index repair --old-lower /old --write-lower -o lowerdir=";
    expect(next([keepAside(notIndexed("b"))], "planned", { mode: "dry-run" })).toContain(repair);
    expect(next([addEntry("a")], "planned", { mode: "dry-run" })).toContain(
      "next: ovl-index repair -p --old-lower /old --write-lower -o lowerdir=",
    );
    expect(next([addEntry("a")], "declined", { mode: "preen" })).toContain("next: ovl-index build -o");
  });

  it("tells what takes a run back that has changed a lower layer, too", () => {
    const at = place("lower[1]", "d/gone");
    const steps = [{ op: "keep", at, seen: { ino: 12, ctimeNs: 1n } }] as const;
    const action = { ...keepAside(orphanWhiteout("d/gone")), target: at, steps };
    expect(told([action], "applied")).toContain(
      "undo     ovl-index undo 0007-repair --write-lower -o lowerdir=",
    );
    expect(told([addEntry("a")], "applied")).toContain("undo     ovl-index undo 0007-repair -o lowerdir=");
  });

  it("names no repair where a migration applies and cannot be done: a copy without its xattrs has to be made anew", () => {
    const before = resultWith([notIndexed("a")]);
    const change = { command: "migrate", before, after: before } as const;
    const left = [{ finding: notIndexed("a"), why: "The copy has lost its xattrs." }];
    expect(told([], "applied", change)).toContain("next: ");
    expect(told([], "applied", { ...change, left })).not.toContain("next: ");
  });

  it("names nothing to do next where --old-lower cannot be read", () => {
    const trouble = { kind: "unreadable", message: "--old-lower /none: it cannot be opened" } as const;
    expect(told([], "planned", { mode: "dry-run", trouble })).not.toContain("next: ");
  });

  it("of a dry run asks where something is given up", () => {
    const actions = [addEntry("a"), keepAside(notIndexed("b"))];
    const text = told(actions, "planned", { mode: "dry-run", after: null, changed: true });
    expect(text).toContain("next: ovl-index repair -o lowerdir=");
  });

  it("offers the same command again only where something was not accepted", () => {
    expect(told([addEntry("a")], "declined", { mode: "preen" })).toContain("next: ovl-index build -o");
    const result = { command: "build", plan: [] } as const;
    expect(told([addEntry("a")], "declined", result)).toContain("next: ovl-index explain");
  });

  it("tells trouble, and that what was done can be taken back", () => {
    const trouble = { kind: "no-space", message: "/ovl/work: no space left" } as const;
    const text = told([addEntry("a")], "applied", { trouble, after: null });
    expect(text).toContain("COULD NOT COMPLETE: /ovl/work: no space left");
    expect(text).toContain("ovl-index undo 0007-repair -o ");
    expect(text).not.toContain("next:");
  });

  it("sends to who has the layers", () => {
    const trouble = { kind: "unsound", message: "repair it first" } as const;
    expect(told([addEntry("a")], "planned", { command: "build", trouble, after: null })).toContain(
      "next: ovl-index explain",
    );
  });
});

describe("exit codes of runs", () => {
  const one = [addEntry("a")];
  const cancelled = { kind: "cancelled", message: "a signal came" } as const;
  it.each([
    ["nothing to do and ready", runWith([], "applied"), 0],
    ["corrected and now ready", runWith(one, "applied"), 1],
    ["built", runWith(one, "applied", { command: "build" }), 0],
    ["problems left", runWith(one, "declined"), 4],
    ["corrected, problems left", runWith(one, "applied", { after: resultWith([notIndexed("b")]) }), 4],
    ["a dry run: as the check", runWith(one, "planned", { mode: "dry-run", after: null, changed: true }), 4],
    ["a dry run of a clean one", runWith([], "planned", { mode: "dry-run", after: null }), 0],
    ["trouble", runWith(one, "planned", { trouble: { ...cancelled, kind: "locked" } }), 8],
    ["trouble before a check", runWith([], "planned", { before: null, after: null }), 8],
    ["cancelled", runWith(one, "applied", { trouble: cancelled }), 32],
  ])("%s: %#", (_name, result, code) => {
    expect(runExitCode(result)).toBe(code);
  });
});
