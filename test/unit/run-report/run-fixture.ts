/** Runs to be printed. */
import type { Finding } from "../../../src/lib/catalogue/index.js";
import { isPart } from "../../../src/lib/plan/cause.js";
import type { Action, Place } from "../../../src/lib/plan/types.js";
import { type Outcome, REPAIR_SCHEMA, type RunResult } from "../../../src/lib/repair/run-result.js";
import { makePaint } from "../../../src/lib/report/index.js";
import type { RunTextOptions } from "../../../src/lib/run-report/index.js";
import { notIndexed, resultWith } from "../report/result-fixture.js";

export const plain: RunTextOptions = {
  paint: makePaint(false),
  width: 80,
  all: false,
  verbose: false,
  commands: new Set(["build", "check", "explain", "repair", "undo"]),
  again: "",
};

const SEEN = { ino: 12, ctimeNs: 1n };
const HANDLE = "00fb21000163d8fe9c3c5b4c6b8f1c0a2f7d9e3b420c0000001f";

export function place(layer: string, path: string | Buffer): Place {
  return { layer, path: Buffer.from(path) };
}

/** An entry for a file that was copied up without one. */
export function addEntry(name: string | Buffer): Action {
  const at = place("work", `index/${HANDLE}${Buffer.from(name).toString("hex")}`);
  return {
    action: "add-entry",
    target: at,
    because: notIndexed(name),
    evidence: "its origin is lower[1]:old",
    safety: "auto",
    loses: null,
    steps: [{ op: "link", at, from: { layer: "upper", path: Buffer.from(name) }, seen: SEEN }],
  };
}

/** A file that has to give way. */
export function keepAside(because: Finding, loses: string | null = "its content vanishes"): Action {
  const at = { layer: "upper", path: because.path ?? Buffer.alloc(0) };
  return {
    action: "keep-entry",
    target: at,
    because,
    evidence: "upper:b is nearer",
    safety: "confirm",
    loses,
    steps: [{ op: "keep", at, seen: SEEN }],
  };
}

/** A run of `actions` that all had the same outcome, and put everything right. */
export function runWith(
  actions: readonly Action[],
  outcome: Outcome,
  change: Partial<RunResult> = {},
): RunResult {
  const before = resultWith(actions.flatMap(({ because }) => (isPart(because) ? [] : [because])));
  const done = outcome === "applied" && actions.length > 0;
  const after = done ? resultWith([]) : before;
  return {
    schema: REPAIR_SCHEMA,
    tool: { version: "0.1.0" },
    command: "repair",
    mode: "yes",
    overlay: before.overlay,
    require: before.require,
    before,
    plan: actions.map((action) => ({ action, round: 1, outcome })),
    migrations: [],
    left: [],
    rounds: 1,
    applied: done ? actions.length : 0,
    recovered: null,
    journal: done ? Buffer.from("/ovl/work/ovl-index/0007-repair") : null,
    kept: [],
    after,
    remaining: after.findings,
    changed: done,
    trouble: null,
    ...change,
  };
}
