import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import {
  JOURNALS_SCHEMA,
  type JournalInfo,
  type JournalList,
  type RunResult,
  UNDO_SCHEMA,
  type UndoResult,
} from "../../../src/lib/repair/run-result.js";
import {
  journalLines,
  journalsExitCode,
  journalsJson,
  runJson,
  undoExitCode,
  undoJson,
  undoLines,
  undoPlanLines,
} from "../../../src/lib/run-report/index.js";
import { notIndexed, resultWith } from "../report/result-fixture.js";
import { addEntry, keepAside, place, plain, runWith } from "./run-fixture.js";

const commands = new Set(["repair"]);

function check(text: string, name: string) {
  const file = new URL(`../../../schemas/${name}.schema.json`, import.meta.url);
  const valid = new Ajv2020({ allErrors: true }).compile(JSON.parse(readFileSync(file, "utf8")));
  const document = JSON.parse(text);
  valid(document);
  expect(valid.errors).toBeNull();
  return document;
}

const printed = (result: RunResult, steps = false) =>
  check([...runJson(result, { commands, steps })].join(""), "repair-1");

describe("repair --json", () => {
  it("keeps to its schema where there is nothing to do", () => {
    expect(printed(runWith([], "planned"))).toMatchObject({
      ready: true,
      changed: false,
      journal: null,
      plan: [],
    });
  });

  it("keeps to its schema with everything that there may be", () => {
    const odd = Buffer.from([0x61, 0xff]);
    const journal = Buffer.from("/ovl/\xff/0007-repair", "latin1");
    const actions = [addEntry(odd), keepAside(notIndexed("b"))];
    const document = printed(
      runWith(actions, "applied", {
        journal,
        recovered: { journal, command: "build", how: "rolled-back", changes: 3 },
        kept: [{ path: journal, from: place("upper", odd) }],
        left: [{ finding: notIndexed(odd), why: "Look." }],
        remaining: [notIndexed(odd)],
        trouble: { kind: "no-space", message: "no" },
      }),
      true,
    );
    expect(document).toMatchObject({
      schema: "ovl-index/repair/1",
      command: "repair",
      changed: true,
      applied: 2,
      journal: "/ovl/\ufffd/0007-repair",
      journalHex: journal.toString("hex"),
      recovered: { how: "rolled-back", changes: 3 },
      kept: [{ from: { layer: "upper", path: "a\ufffd", pathHex: "61ff" } }],
      left: [{ code: "copied-up-not-indexed", pathHex: "61ff", why: "Look." }],
      remaining: [{ code: "copied-up-not-indexed", pathHex: "61ff" }],
    });
    expect(document.plan[0]).toMatchObject({
      action: "add-entry",
      target: { layer: "work" },
      because: { code: "copied-up-not-indexed", layer: "upper", path: "a\ufffd", pathHex: "61ff" },
      safety: "auto",
      loses: null,
      outcome: "applied",
      steps: [{ op: "link", from: { layer: "upper", pathHex: "61ff" } }],
    });
  });

  it("has steps only where they are wanted", () => {
    expect(printed(runWith([addEntry("a")], "planned")).plan[0]).not.toHaveProperty("steps");
  });

  it("tells of a dry run the change that the real one makes", () => {
    const dry = printed(runWith([addEntry("a")], "planned", { mode: "dry-run", after: null, changed: true }));
    const real = printed(runWith([addEntry("a")], "applied"));
    expect(dry.changed).toBe(real.changed);
    expect(dry.plan.map(({ outcome: _, ...rest }: { outcome: string }) => rest)).toEqual(
      real.plan.map(({ outcome: _, ...rest }: { outcome: string }) => rest),
    );
  });

  it("keeps to its schema where trouble came first, and is not ready then", () => {
    const trouble = { kind: "locked", message: "another run has it" } as const;
    const result = runWith([], "planned", { before: null, after: null, trouble });
    expect(printed(result)).toMatchObject({ ready: false, complete: false, trouble });
  });

  it("comes in pieces however long the plan is", () => {
    const result = runWith(
      Array.from({ length: 97_412 }, (_, i) => addEntry(`f${i}`)),
      "applied",
    );
    let longest = 0;
    for (const piece of runJson(result, { commands, steps: false }))
      longest = Math.max(longest, piece.length);
    expect(longest).toBeLessThan(2000);
  });
});

const { overlay } = resultWith([]);
const tool = { version: "0.1.0" };
const run: JournalInfo = {
  id: "0007-repair",
  path: Buffer.from("/ovl/work/ovl-index/0007-repair"),
  command: "repair",
  begun: "2026-11-23T12:20:14.123Z",
  changes: 97_412,
  state: "done",
};
const undone: UndoResult = {
  schema: UNDO_SCHEMA,
  tool,
  dryRun: false,
  overlay,
  run,
  undone: 97_412,
  recovered: null,
  changed: true,
  trouble: null,
};

describe("undo", () => {
  const told = (change: Partial<UndoResult> = {}) => [...undoLines({ ...undone, ...change }, plain)];

  it("keeps to its schema", () => {
    expect(check(undoJson(undone), "undo-1")).toMatchObject({ changed: true, run: { id: "0007-repair" } });
    const trouble = { kind: "changed", message: "upper:a has changed since" } as const;
    const refused = { ...undone, run: null, undone: 0, changed: false, trouble };
    expect(check(undoJson(refused), "undo-1")).toMatchObject({ run: null, trouble });
    expect([undoExitCode(undone), undoExitCode(refused)]).toEqual([0, 8]);
  });

  it("shows which run it is, and what became of it", () => {
    expect(undoPlanLines(run, plain)).toEqual([
      "",
      "undo: repair of 2026-11-23 12:20:14 UTC: 97,412 changes",
      "  journal  /ovl/work/ovl-index/0007-repair",
    ]);
    expect(told()).toEqual([
      "97,412 changes taken back",
      "next: ovl-index check -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work,index=on",
    ]);
    expect(told({ dryRun: true })).toEqual(["nothing was written"]);
    const trouble = { kind: "changed", message: "upper:a has changed since" } as const;
    expect(told({ changed: false, trouble })).toEqual([
      "COULD NOT COMPLETE: upper:a has changed since",
      "nothing was changed",
    ]);
  });
});

describe("undo --list", () => {
  const odd: JournalInfo = { ...run, id: "0008-?", command: null, begun: null, state: "unknown" };
  const list: JournalList = { schema: JOURNALS_SCHEMA, tool, overlay, journals: [odd, run], trouble: null };

  it("keeps to its schema", () => {
    expect(check(journalsJson(list), "journals-1").journals).toHaveLength(2);
    expect(journalsExitCode(list)).toBe(0);
  });

  it("has a line for each", () => {
    expect([...journalLines(list, plain)]).toMatchInlineSnapshot(`
      [
        "journal      begun                    command  changes  state",
        "0008-?       ?                        ?        97,412   unknown",
        "0007-repair  2026-11-23 12:20:14 UTC  repair   97,412   done",
      ]
    `);
    expect([...journalLines({ ...list, journals: [] }, plain)]).toEqual(["no run has left a journal"]);
  });
});
