/** Carry out a plan, so that it can be taken back: journal, executor, recovery, undo. */
export type { JournalState } from "../format/journalName.js";
export { whyUnknown } from "./mounted.js";
export { openReader, type Reader } from "./reader.js";
export type { Run } from "./run.js";
export { openSession, Session } from "./session.js";
export {
  type Applied,
  type ApplyHost,
  type JournalSummary,
  type Kept,
  type Recovery,
  type Root,
  type SessionOptions,
  type Target,
  Trouble,
  type TroubleKind,
  type UndoResult,
} from "./types.js";
