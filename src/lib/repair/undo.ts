/** `undo`: playing the newest journal backwards. */
import { Trouble as ApplyTrouble, openReader, openSession, type Reader, Session } from "../apply/index.js";
import { isInterrupted } from "../format/journalName.js";
import type { MountSpec } from "../mount/spec.js";
import { VERSION } from "../version.js";
import { choose, infoOf, missing, openJournals } from "./journals.js";
import {
  type JournalInfo,
  type Recovery,
  type RunCommand,
  UNDO_SCHEMA,
  type UndoRequest,
  type UndoResult,
} from "./run-result.js";
import { commandOf, type Target, toRecovery, toTrouble, type WriteHost } from "./workplace.js";

export async function undoRun(spec: MountSpec, request: UndoRequest, host: WriteHost): Promise<UndoResult> {
  const { dryRun, lower = false } = request;
  const opening = dryRun
    ? openJournals(spec, lower, host, openReader)
    : openJournals(spec, lower, host, openSession);
  const { overlay } = opening;
  request.onEvent?.({ kind: "stack", overlay });
  const nothing: UndoResult = {
    schema: UNDO_SCHEMA,
    tool: { version: VERSION },
    dryRun,
    overlay,
    run: null,
    undone: 0,
    recovered: null,
    changed: false,
    trouble: null,
  };
  if ("trouble" in opening) return { ...nothing, trouble: opening.trouble };
  const { session, target } = opening;
  try {
    if (session instanceof Session) return await undoIn({ session, target, host }, request, nothing);
    return foresee({ session, target, host }, request, nothing);
  } finally {
    session.close();
  }
}

interface Place<S extends Reader> {
  readonly session: S;
  readonly target: Target;
  readonly host: WriteHost;
}

/** What undoIn() would do. */
function foresee(
  { session, target, host }: Place<Reader>,
  request: UndoRequest,
  nothing: UndoResult,
): UndoResult {
  const found = session.journals();
  if (found instanceof ApplyTrouble) return { ...nothing, trouble: toTrouble(found) };
  const journals = found.map((one) => infoOf(one, target));
  const run = choose(journals, request.journal, target, host);
  const interrupted = found.find(isInterrupted);
  if (interrupted !== undefined) {
    const command = interrupted.state === "undoing" ? "undo" : commandOf(interrupted.id);
    return afterInterrupted(infoOf(interrupted, target), command, run, request, nothing);
  }
  if (run === null) return { ...nothing, trouble: missing(request.journal) };
  const possible = session.mayUndo(run.id);
  if (possible instanceof ApplyTrouble) return { ...nothing, run, trouble: toTrouble(possible) };
  return { ...nothing, run, undone: possible.actions, changed: possible.changes > 0 };
}

async function undoIn(
  { session, target, host }: Place<Session>,
  request: UndoRequest,
  nothing: UndoResult,
): Promise<UndoResult> {
  const recovery = session.recover();
  if (recovery instanceof ApplyTrouble) return { ...nothing, trouble: toTrouble(recovery) };
  const recovered = toRecovery(target, recovery);
  if (recovered !== null) request.onEvent?.({ kind: "recovered", recovery: recovered });
  const list = (): JournalInfo[] | ApplyTrouble => {
    const found = session.journals();
    return found instanceof ApplyTrouble ? found : found.map((one) => infoOf(one, target));
  };
  const journals = list();
  if (journals instanceof ApplyTrouble) return { ...nothing, recovered, trouble: toTrouble(journals) };
  const run = choose(journals, request.journal, target, host);
  const told = { ...nothing, recovered, changed: (recovered?.changes ?? 0) > 0 };
  if (recovery.kind === "finished" && recovery.undoing) {
    // What was asked for is what has just come to its end.
    const ended = journals.find(({ id }) => id === recovery.journal);
    if (ended !== undefined && (request.journal === null || run === ended)) {
      return { ...told, run: ended, undone: ended.changes, changed: true };
    }
  }
  // Taken back is what somebody was in the middle of. The run before it is another question.
  if (recovery.kind === "rolled-back" && request.journal === null) return told;
  if (run === null) return { ...told, trouble: missing(request.journal) };
  const possible = session.undo(run.id, { dryRun: true });
  if (possible instanceof ApplyTrouble) return { ...told, run, trouble: toTrouble(possible) };
  if (!(await request.accept(run)) || request.asked()) {
    return { ...told, run, trouble: { kind: "cancelled", message: "nothing was taken back" } };
  }
  const done = session.undo(run.id, { dryRun: false, asked: request.asked });
  if (done instanceof ApplyTrouble) {
    const after = list();
    const now = after instanceof ApplyTrouble ? run : (after.find(({ id }) => id === run.id) ?? run);
    const changed = told.changed || now.state === "interrupted";
    return { ...told, run: now, changed, trouble: toTrouble(done) };
  }
  return { ...told, run, undone: done.actions, changed: told.changed || done.changes > 0 };
}

/** There is a run, or an undo, that was interrupted: it comes first. */
function afterInterrupted(
  interrupted: JournalInfo,
  command: "undo" | RunCommand,
  run: JournalInfo | null,
  request: UndoRequest,
  nothing: UndoResult,
): UndoResult {
  const { path, id, changes } = interrupted;
  const recovered: Recovery = { journal: path, command, how: "pending", changes: 0 };
  request.onEvent?.({ kind: "recovered", recovery: recovered });
  if (command === "undo" && (request.journal === null || run?.id === id)) {
    return { ...nothing, recovered, run: interrupted, undone: changes, changed: true };
  }
  const first =
    command === "undo"
      ? `the undo of ${id} was interrupted, and is brought to its end first`
      : `${id} was interrupted, and is rolled back, or finished, first`;
  const message = `${first}; what can be undone after that cannot be told before`;
  return { ...nothing, recovered, run, trouble: { kind: "failed", message } };
}
