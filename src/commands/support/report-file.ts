/** Files that a report is written into. */
import { errnoName } from "../../lib/host/errno.js";
import { canReport, writeReport } from "../../lib/host/line-file.js";
import { showPath } from "../../lib/report/index.js";
import type { PlaceFailure } from "./overlay.js";

/** Why nothing can be written there, before minutes are spent on what could not be told; null where it can. */
export function reportFileTrouble(file: Buffer, flag: string): PlaceFailure | null {
  const answer = canReport(file);
  if (answer === 0) return null;
  if (errnoName(answer) === "EINVAL") return { usage: `${flag}: ${showPath(file)}: is no regular file` };
  return { impossible: cannotWrite(file, answer) };
}

/** Null, or why it could not be written; then what was there is there still. */
export function writeReportFile(file: Buffer, pieces: Iterable<string>): string | null {
  const answer = writeReport(file, pieces);
  return answer === 0 ? null : cannotWrite(file, answer);
}

function cannotWrite(file: Buffer, errno: number): string {
  return `cannot write the report: ${showPath(file)}: ${errnoName(errno)}`;
}
