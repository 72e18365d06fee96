/** `handles verify`: where each handle of a file leads today. */
import { type CheckRequest, withCheck } from "../check.js";
import type { MountSpec } from "../mount/spec.js";
import type { CheckResult } from "../report/result.js";
import { type HandleRecord, type HandlesHeader, readHeader, readRecords } from "./file.js";
import { LayersJudge } from "./judge-layers.js";
import { MountJudge } from "./judge-mount.js";
import { openMount } from "./mount.js";
import { ShownObjects, structureOf } from "./shown.js";
import type { Verdict } from "./verdicts.js";
import { VerdictList } from "./verdicts.js";

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
  /** The records once more, each with its verdict: they are read from the file again. */
  judged(): Generator<Judged>;
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
 * @throws HandlesFileError before anything is judged, where the file is not whole.
 */
export function verifyLayers(spec: MountSpec, request: VerifyRequest): Promise<Verified> {
  const header = readHeader(request.file);
  const shown = new ShownObjects();
  for (const { wire } of readRecords(request.file)) {
    const fh = structureOf(wire);
    if (fh !== null) shown.add(fh);
  }
  const { onProgress } = request;
  const asked = { require: "nfs-export" as const, ...(onProgress === undefined ? {} : { onProgress }) };
  return withCheck(spec, asked, ({ result, layers }) => {
    const judge: Judge =
      layers === null || !result.prediction.mount.ok
        ? { judge: () => "stale-not-mounted" }
        : new LayersJudge(layers, header, shown, request.content);
    return verified(request, header, "layers", result, judge);
  });
}

/** Through a mount, by open_by_handle_at(2). @throws HandlesFileError, HandlesTrouble */
export function verifyMount(mountpoint: Buffer, request: VerifyRequest): Verified {
  const header = readHeader(request.file);
  for (const _ of readRecords(request.file));
  const mount = openMount(mountpoint);
  try {
    return verified(request, header, "mount", null, new MountJudge(mount, request.content));
  } finally {
    mount.close();
  }
}

function verified(
  { file, onProgress }: VerifyRequest,
  header: HandlesHeader,
  through: "layers" | "mount",
  check: CheckResult | null,
  judge: Judge,
): Verified {
  const verdicts = new VerdictList();
  for (const record of readRecords(file)) {
    verdicts.push(judge.judge(record));
    onProgress?.({ phase: "following handles", count: verdicts.size, total: null });
  }
  return { file, header, through, check, verdicts, judged: () => judged(file, verdicts) };
}

function* judged(file: Buffer, verdicts: VerdictList): Generator<Judged> {
  let number = 0;
  for (const record of readRecords(file)) yield { record, verdict: verdicts.at(number++) };
}
