/** The commands that write, for programs: `repair`, `build`, `undo`. */
import { native } from "./host/addon.js";
import { files } from "./host/files.js";
import { writer } from "./host/system-writer.js";
import type { MountSpec } from "./mount/spec.js";
import { listJournals } from "./repair/journals.js";
import { type ListRequest, listMigrations } from "./repair/list-migrations.js";
import { run } from "./repair/run.js";
import type {
  JournalList,
  MigrationList,
  RunRequest,
  RunResult,
  UndoRequest,
  UndoResult,
} from "./repair/run-result.js";
import { undoRun } from "./repair/undo.js";
import type { WriteHost } from "./repair/workplace.js";

export type { WriteHost } from "./repair/workplace.js";

/** This system. */
const HOST: WriteHost = { native, files, writer };

/** Check, plan, have it accepted, apply, check again. What is wrong with the overlay is in the result, never thrown. */
export function repair(spec: MountSpec, request: RunRequest, host: WriteHost = HOST): Promise<RunResult> {
  return run(spec, request, host);
}

/** Take a run back, to the byte. */
export function undo(spec: MountSpec, request: UndoRequest, host: WriteHost = HOST): Promise<UndoResult> {
  return undoRun(spec, request, host);
}

/** The runs that have left a journal, the newest first. */
export async function journals(spec: MountSpec, host: WriteHost = HOST): Promise<JournalList> {
  return listJournals(spec, host);
}

/** Which migrations apply to an overlay as it is. Writes nothing. */
export function migrations(
  spec: MountSpec,
  request: ListRequest,
  host: WriteHost = HOST,
): Promise<MigrationList> {
  return listMigrations(spec, request, host);
}
