/** The JSON documents of the commands that write. Their shapes are in schemas/. */
import { causeText } from "../plan/cause.js";
import type { Place } from "../plan/types.js";
import type {
  JournalInfo,
  JournalList,
  MigrationList,
  PlannedAction,
  Recovery,
  RunResult,
  UndoResult,
} from "../repair/run-result.js";
import { findingItems, type JsonOptions, jsonPath, lineItems, overlayJson } from "../report/json.js";
import { stepJson } from "./steps.js";

export interface RunJsonOptions extends JsonOptions {
  /** Also the single steps of each action. */
  readonly steps: boolean;
}

function place({ layer, path }: Place): object {
  return { layer, ...jsonPath(path) };
}

/** An absolute path. */
function journalPath(path: Buffer | null): object {
  if (path === null) return { journal: null };
  const { path: journal, pathHex } = jsonPath(path);
  return { journal, ...(pathHex === undefined ? {} : { journalHex: pathHex }) };
}

function recovery(from: Recovery | null): object | null {
  return from === null
    ? null
    : { ...journalPath(from.journal), command: from.command, how: from.how, changes: from.changes };
}

function actionItem({ action, round, outcome }: PlannedAction, steps: boolean): string {
  const { because } = action;
  return JSON.stringify({
    action: action.action,
    target: place(action.target),
    because: {
      code: because.code,
      layer: because.layer,
      ...(because.path === null ? { path: null } : jsonPath(because.path)),
      message: causeText(because),
    },
    evidence: action.evidence,
    safety: action.safety,
    loses: action.loses,
    round,
    outcome,
    ...(steps ? { steps: action.steps.map(stepJson) } : {}),
  });
}

function* planItems(plan: readonly PlannedAction[], steps: boolean): Generator<string> {
  for (const planned of plan) yield actionItem(planned, steps);
}

function* leftItems({ left }: RunResult): Generator<string> {
  for (const { finding, why } of left) {
    const at = finding.path === null ? { path: null } : jsonPath(finding.path);
    yield JSON.stringify({ code: finding.code, layer: finding.layer, ...at, why });
  }
}

function* keptItems({ kept }: RunResult): Generator<string> {
  for (const { path, from } of kept) yield JSON.stringify({ ...jsonPath(path), from: place(from) });
}

/** The document of `repair` and `build` in pieces: a plan may be larger than one string. */
export function* runJson(result: RunResult, options: RunJsonOptions): Generator<string> {
  const last = result.after ?? result.before;
  const head = {
    schema: result.schema,
    tool: result.tool,
    command: result.command,
    mode: result.mode,
    overlay: overlayJson(result.overlay),
    require: result.require,
    ready: last?.ready ?? false,
    complete: last?.complete ?? false,
    changed: result.changed,
    applied: result.applied,
    rounds: result.rounds,
    ...journalPath(result.journal),
    recovered: recovery(result.recovered),
    trouble: result.trouble,
    migrations: result.migrations,
  };
  yield JSON.stringify(head, null, 2).slice(0, -2);
  yield ',\n  "kept": ';
  yield* lineItems(keptItems(result));
  yield ',\n  "plan": ';
  yield* lineItems(planItems(result.plan, options.steps));
  yield ',\n  "left": ';
  yield* lineItems(leftItems(result));
  yield ',\n  "remaining": ';
  yield* lineItems(findingItems(result.remaining, result, options));
  yield "\n}\n";
}

function journalInfo(run: JournalInfo): object {
  const { id, path, command, begun, changes, state } = run;
  return { id, ...jsonPath(path), command, begun, changes, state };
}

function document(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

export function undoJson(result: UndoResult): string {
  const { schema, tool, dryRun, overlay, run, undone, recovered, changed, trouble } = result;
  return document({
    schema,
    tool,
    dryRun,
    overlay: overlayJson(overlay),
    run: run === null ? null : journalInfo(run),
    undone,
    changed,
    recovered: recovery(recovered),
    trouble,
  });
}

export function migrationsJson({ schema, tool, overlay, migrations, trouble }: MigrationList): string {
  return document({ schema, tool, overlay: overlayJson(overlay), migrations, trouble });
}

export function journalsJson({ schema, tool, overlay, journals, trouble }: JournalList): string {
  return document({
    schema,
    tool,
    overlay: overlayJson(overlay),
    journals: journals.map(journalInfo),
    trouble,
  });
}
