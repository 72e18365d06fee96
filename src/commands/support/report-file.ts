/** Files that a report is written into. */
import { errnoName } from "../../lib/host/errno.js";
import { files } from "../../lib/host/files.js";
import { canReport, writeReport } from "../../lib/host/line-file.js";
import { layerHolding } from "../../lib/layers/holds.js";
import type { MountSpec } from "../../lib/mount/spec.js";
import { showPath } from "../../lib/report/index.js";
import type { PlaceFailure } from "./overlay.js";

/** A layer is only read, and a file of ours in it would be a change of the overlay: what to say of one; null elsewhere. */
export function inLayers(file: Buffer, specs: readonly MountSpec[]): string | null {
  for (const spec of specs) {
    const layer = layerHolding(file, spec, files);
    if (layer !== null)
      return `${showPath(file)}: lies in ${showPath(layer)}, which is only read: name a place outside the layers`;
  }
  return null;
}

/** Why nothing can be written there, before minutes are spent on what could not be told; null where it can. */
export function reportFileTrouble(
  file: Buffer,
  flag: string,
  specs: readonly MountSpec[],
): PlaceFailure | null {
  const inside = inLayers(file, specs);
  if (inside !== null) return { usage: `${flag}: ${inside}` };
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
