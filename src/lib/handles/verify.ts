/** `handles verify`: where each handle of a file leads today. */
import { type CheckRequest, withCheck } from "../check.js";
import { structureStart } from "../format/wireHandle.js";
import type { NameWatcher } from "../model/hooks.js";
import type { Survey } from "../model/survey.js";
import type { MountSpec } from "../mount/spec.js";
import type { CheckResult } from "../report/result.js";
import { LayersJudge } from "./judge-layers.js";
import { MountJudge } from "./judge-mount.js";
import { ShownMarker } from "./mark-shown.js";
import { openMount } from "./mount.js";
import { readHandles, readHeader, readRecords } from "./reader.js";
import type { HandleRecord, HandlesHeader } from "./record.js";
import { ShownObjects } from "./shown.js";
import { type Outcome, type Verdict, VerdictList } from "./verdicts.js";

export interface VerifyRequest {
  readonly file: Buffer;
  /** Nothing was written since: the content has to be the same, too. */
  readonly content: boolean;
  readonly onProgress?: CheckRequest["onProgress"];
}

export interface Verified {
  readonly file: Buffer;
  readonly header: HandlesHeader;
  readonly through: "layers" | "mount";
  /** Of the overlay as it is now; null where a mount was asked. */
  readonly check: CheckResult | null;
  readonly verdicts: VerdictList;
  /** The records of these outcomes once more, each with its verdict: they are read from the file again. */
  judged(outcomes: readonly Outcome[]): Generator<Judged>;
}

export interface Judged {
  readonly record: HandleRecord;
  readonly verdict: Verdict;
}

/** Tells what became of one handle. */
export interface Judge {
  judge(record: HandleRecord): Verdict;
}

/**
 * By the kernel's rules, from the layers.
 * @throws HandlesFileError before anything is judged, where the file is not whole; HandlesTrouble
 */
export function verifyLayers(spec: MountSpec, request: VerifyRequest): Promise<Verified> {
  const { file, content, onProgress } = request;
  const header = readHeader(file);
  const shown = new ShownObjects();
  const rows = new RowList();
  readHandles(file, (type, bytes, length) => {
    const start = structureStart(type, bytes, length);
    rows.push(start < 0 ? null : shown.add(bytes, start));
  });
  let marker: ShownMarker | null = null;
  const watch = (survey: Survey): NameWatcher => (marker = new ShownMarker(survey, shown));
  const asked = {
    require: "nfs-export" as const,
    watch,
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  return withCheck(spec, asked, async ({ result, layers }) => {
    const verdicts = new VerdictList(rows.size);
    const done = verifiedAs(file, header, "layers", result, verdicts);
    if (layers === null || !result.prediction.mount.ok) {
      for (let i = 0; i < rows.size; i++) verdicts.set(i, "stale-not-mounted");
      return done;
    }
    await marker?.finish(layers);
    const judge = new LayersJudge(layers, header, shown, content);
    const { nfsExport } = layers.examination.survey.views.required.options;
    const isOpen = (record: number): boolean => {
      const row = rows.at(record);
      return content || !nfsExport || row === null || !shown.isProven(row);
    };
    judgeSome(request, verdicts, judge, (i) => i < rows.size && isOpen(i));
    return done;
  });
}

/** Through a mount, by open_by_handle_at(2). @throws HandlesFileError, HandlesTrouble */
export function verifyMount(mountpoint: Buffer, request: VerifyRequest): Verified {
  const { file, content } = request;
  const header = readHeader(file);
  const size = readHandles(file, () => undefined);
  const verdicts = new VerdictList(size);
  const mount = openMount(mountpoint);
  try {
    judgeSome(request, verdicts, new MountJudge(mount, content), (i) => i < size);
  } finally {
    mount.close();
  }
  return verifiedAs(file, header, "mount", null, verdicts);
}

function judgeSome(
  { file, onProgress }: VerifyRequest,
  verdicts: VerdictList,
  judge: Judge,
  isOpen: (record: number) => boolean,
): void {
  for (const { record, number } of readRecords(file, isOpen)) {
    verdicts.set(number, judge.judge(record));
    onProgress?.({ phase: "following handles", count: number + 1, total: verdicts.size });
  }
}

function verifiedAs(
  file: Buffer,
  header: HandlesHeader,
  through: "layers" | "mount",
  check: CheckResult | null,
  verdicts: VerdictList,
): Verified {
  return { file, header, through, check, verdicts, judged: (outcomes) => judged(file, verdicts, outcomes) };
}

function* judged(file: Buffer, verdicts: VerdictList, outcomes: readonly Outcome[]): Generator<Judged> {
  let left = outcomes.reduce((sum, outcome) => sum + verdicts.count(outcome), 0);
  if (left === 0) return;
  const isTold = (i: number): boolean => i < verdicts.size && outcomes.includes(verdicts.outcome(i));
  for (const { record, number } of readRecords(file, isTold)) {
    yield { record, verdict: verdicts.at(number) };
    if (--left === 0) return;
  }
}

/** Rows of records by number; four bytes each. */
class RowList {
  #rows = new Uint32Array(1024);
  size = 0;

  push(row: number | null): void {
    if (this.size === this.#rows.length) {
      const bigger = new Uint32Array(2 * this.size);
      bigger.set(this.#rows);
      this.#rows = bigger;
    }
    this.#rows[this.size++] = row === null ? 0 : row + 1;
  }

  /** Null for what is no handle. */
  at(record: number): number | null {
    const row = this.#rows[record] as number;
    return row === 0 ? null : row - 1;
  }
}
