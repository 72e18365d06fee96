/** Runs that write as text: for a person, as JSON, as an exit code. */
export { journalsExitCode, runExitCode, undoExitCode } from "./exit.js";
export { journalsJson, migrationsJson, type RunJsonOptions, runJson, undoJson } from "./json.js";
export { migrationLines, migrationListLines } from "./migration-text.js";
export type { RunTextOptions } from "./options.js";
export { actionLines, askedActionLines, groupActions, planLines } from "./plan-text.js";
export { endedWords, recoveryLines, runLines, troubleLines } from "./run-text.js";
export { journalLines, undoLines, undoneWords, undoPlanLines } from "./undo-text.js";
export { ACTION_WORDS } from "./words.js";
