/** `undo` and `undo --list`: the journals of an overlay, and playing the newest backwards. */
import type { JournalSummary, Session } from "../apply/index.js";
import { Trouble as ApplyTrouble, openSession } from "../apply/index.js";
import { closeStack, openStack } from "../layers/open.js";
import type { MountSpec } from "../mount/spec.js";
import { overlayReport } from "../report/overlay.js";
import type { OverlayReport } from "../report/result.js";
import { VERSION } from "../version.js";
import {
  JOURNALS_SCHEMA,
  type JournalInfo,
  type JournalList,
  type JournalState,
  type Recovery,
  type Trouble,
  UNDO_SCHEMA,
  type UndoRequest,
  type UndoResult,
} from "./run-result.js";
import {
  commandOf,
  journalPath,
  type Target,
  targetOf,
  toRecovery,
  toTrouble,
  type WriteHost,
} from "./workplace.js";

/** An overlay whose journals are looked at: locked for as long as that takes. */
interface Open {
  readonly overlay: OverlayReport;
  readonly target: Target;
  readonly session: Session;
}

type Opening = Open | { readonly overlay: OverlayReport; readonly trouble: Trouble };

/** `lower`: lower layers may be written, too, where a run has done so. */
function open(spec: MountSpec, lower: boolean, host: WriteHost): Opening {
  const opened = openStack(host.native, host.files, spec);
  const overlay = overlayReport(spec, opened.stack, null);
  if (opened.stack === null) {
    const first = opened.refusals[0];
    const message = `a layer cannot be opened: ${String(first?.evidence["path"] ?? "")} (${first?.errno ?? "EIO"})`;
    return { overlay, trouble: { kind: "unreadable", message } };
  }
  const target = targetOf(spec, opened.stack);
  closeStack(host.native, opened.stack);
  if (target === null) {
    return {
      overlay,
      trouble: { kind: "no-journal", message: "without an upper layer there is no journal" },
    };
  }
  const session = openSession(host, target, { lower: lower ? target.lower.map(({ name }) => name) : [] });
  if (session instanceof ApplyTrouble) return { overlay, trouble: toTrouble(session) };
  return { overlay, target, session };
}

export function listJournals(spec: MountSpec, host: WriteHost): JournalList {
  const opening = open(spec, false, host);
  const head = { schema: JOURNALS_SCHEMA, tool: { version: VERSION }, overlay: opening.overlay } as const;
  if ("trouble" in opening) return { ...head, journals: [], trouble: opening.trouble };
  const { session, target } = opening;
  try {
    const found = session.journals();
    if (found instanceof ApplyTrouble) return { ...head, journals: [], trouble: toTrouble(found) };
    return { ...head, journals: found.map((one) => infoOf(one, target)), trouble: null };
  } finally {
    session.close();
  }
}

export async function undoRun(spec: MountSpec, request: UndoRequest, host: WriteHost): Promise<UndoResult> {
  const opening = open(spec, request.lower ?? false, host);
  const { overlay } = opening;
  request.onEvent?.({ kind: "stack", overlay });
  const nothing: UndoResult = {
    schema: UNDO_SCHEMA,
    tool: { version: VERSION },
    dryRun: request.dryRun,
    overlay,
    run: null,
    undone: 0,
    recovered: null,
    changed: false,
    trouble: null,
  };
  if ("trouble" in opening) return { ...nothing, trouble: opening.trouble };
  try {
    return await undoIn(opening, request, nothing);
  } finally {
    opening.session.close();
  }
}

async function undoIn(
  { session, target }: Open,
  request: UndoRequest,
  nothing: UndoResult,
): Promise<UndoResult> {
  const { dryRun } = request;
  let recovered: Recovery | null = null;
  if (!dryRun) {
    const recovery = session.recover();
    if (recovery instanceof ApplyTrouble) return { ...nothing, trouble: toTrouble(recovery) };
    recovered = toRecovery(target, recovery);
    if (recovered !== null) request.onEvent?.({ kind: "recovered", recovery: recovered });
  }
  const found = session.journals();
  if (found instanceof ApplyTrouble) return { ...nothing, recovered, trouble: toTrouble(found) };
  const journals = found.map((one) => infoOf(one, target));
  const run = choose(journals, request.journal);
  const told = { ...nothing, recovered, changed: (recovered?.changes ?? 0) > 0 };
  if (run === null) return { ...told, trouble: { kind: "no-journal", message: missing(request.journal) } };
  const possible = session.undo(run.id, { dryRun: true });
  if (possible instanceof ApplyTrouble) return { ...told, run, trouble: toTrouble(possible) };
  if (dryRun) return { ...told, run, undone: possible.actions, changed: possible.steps > 0 };
  if (!(await request.accept(run)) || request.asked()) {
    return { ...told, run, trouble: { kind: "cancelled", message: "nothing was taken back" } };
  }
  const done = session.undo(run.id, { dryRun: false });
  if (done instanceof ApplyTrouble) return { ...told, run, trouble: toTrouble(done) };
  return { ...told, run, undone: done.actions, changed: told.changed || done.steps > 0 };
}

const STATES = {
  open: "interrupted",
  finished: "done",
  undoing: "interrupted",
  undone: "undone",
  left: "left",
} as const satisfies Record<JournalSummary["state"], JournalState>;

function infoOf(one: JournalSummary, target: Target): JournalInfo {
  const { id, state, started, actions, command, problem } = one;
  return {
    id,
    path: journalPath(target, id),
    command: command === null ? null : commandOf(id),
    begun: started,
    changes: actions,
    state: problem === null ? STATES[state] : "unknown",
  };
}

/** By path or by name; unless one is asked for, the newest that can be undone. */
function choose(journals: readonly JournalInfo[], asked: Buffer | null): JournalInfo | null {
  if (asked === null) return journals.find(({ state }) => state === "done") ?? null;
  const text = asked.toString("latin1").replace(/\/+$/, "");
  const name = text.slice(text.lastIndexOf("/") + 1);
  return journals.find(({ id }) => id === name) ?? null;
}

function missing(asked: Buffer | null): string {
  return asked === null
    ? "there is no run that could be undone"
    : `there is no journal ${asked.toString()}: undo --list shows those that there are`;
}
