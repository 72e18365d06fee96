/** What the parts of a walk share: walk.ts reads directories, upper-entries.ts and lower-entries.ts judge what is in them. */

import { isImpure } from "../format/opaque.js";
import type { ScanReader } from "../host/scan-reader.js";
import type { LayerPath } from "../kernel/env.js";
import { join } from "../kernel/path.js";
import type { NameExaminer } from "./examiner.js";
import type { HandleMatcher } from "./home.js";
import type { NameWatcher, ReadHooks } from "./hooks.js";
import type { ImpureMarks } from "./impure-marks.js";
import type { MergedDir, NameObservation } from "./merged.js";
import type { Observer } from "./observation.js";
import type { Survey } from "./survey.js";

/** Who is told of what a walk comes by. */
export interface Listener extends ReadHooks {
  /** A name that has something to be said about. */
  onName(observation: NameObservation): void;
  /** A directory that holds an object with an origin, or with a lower one by its redirect, and is not marked impure. */
  onImpureMissing(dir: MergedDir, child: Buffer): void;
  /** A directory that was written to after the walk began. */
  onChanged(layer: LayerPath["layer"], path: Buffer): void;
  /** Directories and entries so far, for the progress line. */
  onProgress(survey: Survey): void;
}

/** A directory of one layer that is being read. */
export interface Task {
  readonly dir: MergedDir;
  /** Which of the directory's places is listed: 0 is upper where there is one. */
  readonly place: number;
}

/** What the judgement of an entry goes by, and whom it tells. */
export interface Walking {
  readonly survey: Survey;
  readonly matcher: HandleMatcher;
  readonly observer: Observer;
  readonly examiner: NameExaminer;
  readonly impure: ImpureMarks;
  readonly listener: Listener;
  readonly watcher: NameWatcher | null;
  /** Tells the listener and the watcher. */
  readonly onUnreadable: ReadHooks["onUnreadable"];
  /** Go on into a directory. */
  visit(found: Omit<MergedDir, "id">): void;
}

/** Is this the value of an `impure` mark? A number is the errno of reading it. */
export const isMarked = (raw: Buffer | number | undefined): boolean => Buffer.isBuffer(raw) && isImpure(raw);

/** The reader's entry cannot be looked at in the probe directory `place`. `errno` is negative. */
export function probeFailed(walking: Walking, place: LayerPath, r: ScanReader, errno: number): void {
  walking.onUnreadable(place.layer, join(place.path, r.name()), "stat", -errno);
}
