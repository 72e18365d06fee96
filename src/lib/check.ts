/**
 * `check`: open the layers, find out what the kernel makes of the options,
 * examine the overlay, and put together what mounting it will do. Writes nothing.
 */
import { type Finding, finding, isFatal } from "./catalogue/index.js";
import { type Examination, examine } from "./examine.js";
import { native as addon } from "./host/addon.js";
import { errnoName } from "./host/errno.js";
import { type Files, files as system } from "./host/files.js";
import type { Native } from "./host/native.js";
import { params } from "./layers/effective.js";
import { scanUses, type UseTable } from "./layers/inuse.js";
import { closeStack, type Opened, openStack, withUuids } from "./layers/open.js";
import { problem } from "./layers/outcome.js";
import { isInside } from "./layers/overlap.js";
import { plainRequest, requestFor } from "./layers/request.js";
import type { Effective, Problem, Reason, Refusal, Stack } from "./layers/types.js";
import { indexCoverage } from "./model/coverage.js";
import type { NameWatcher } from "./model/hooks.js";
import type { Survey } from "./model/survey.js";
import { moduleDefaults } from "./mount/defaults.js";
import type { MountSpec, Require } from "./mount/spec.js";
import { overlayReport } from "./report/overlay.js";
import { CHECK_SCHEMA, type CheckResult, countFindings, type Prediction } from "./report/result.js";
import { VERSION } from "./version.js";

export interface CheckRequest {
  readonly require: Require;
  /** Read also what nobody touched of the lowest layer. */
  readonly force?: boolean;
  /** Tell of each object that needs a tombstone, not only of the topmost: a plan has to name them all. */
  readonly each?: boolean;
  readonly onProgress?: (event: { phase: string; count: number; total: number | null }) => void;
  /** Count also what is in the index, directory by directory. */
  readonly coverage?: boolean;
  /** Each finding of the result, in its order, as soon as it is found. */
  readonly onFinding?: (found: Finding) => void;
  /** Somebody who wants to know of all names that are read, once it is known what is read. */
  readonly watch?: (survey: Survey) => NameWatcher;
  /** The run that asks: its journal is open, but nothing has interrupted it. */
  readonly ownRun?: string | null;
  /** What everything is read through; this system unless told. */
  readonly host?: { readonly native: Native; readonly files: Files };
}

/** What a check found out, while its layers are still open. */
export interface Checked {
  readonly result: CheckResult;
  /** Null where a layer cannot be opened. */
  readonly layers: {
    readonly native: Native;
    readonly stack: Stack;
    readonly examination: Examination;
  } | null;
}

export function check(spec: MountSpec, request: CheckRequest): Promise<CheckResult> {
  return withCheck(spec, request, ({ result }) => result);
}

/** Check, and do something with what has been read before the layers are closed. */
export async function withCheck<T>(
  spec: MountSpec,
  request: CheckRequest,
  use: (checked: Checked) => T | Promise<T>,
): Promise<T> {
  const { native, files } = request.host ?? { native: addon, files: system };
  const uses = scanUses(files);
  const opened = openStack(native, files, spec, uses);
  const { stack, facts } = opened;
  try {
    if (stack === null || facts === null || opened.problems.some(isBlind)) {
      const result = unexamined(spec, request, opened);
      for (const found of result.findings) request.onFinding?.(found);
      return await use({ result, layers: null });
    }
    return await use(await checkOpened(spec, request, uses, opened, stack, facts));
  } finally {
    if (stack !== null) closeStack(native, stack);
  }
}

/** All xattrs that make an overlay look absent then, and whatever is said of it would be made up. */
const isBlind = ({ cause, evidence }: Problem): boolean =>
  cause === "no-privilege" && evidence.needs === "CAP_SYS_ADMIN";

async function checkOpened(
  spec: MountSpec,
  request: CheckRequest,
  uses: UseTable,
  opened: Opened,
  stack: Stack,
  facts: NonNullable<Opened["facts"]>,
): Promise<Checked> {
  const { native, files } = request.host ?? { native: addon, files: system };
  const defaults = moduleDefaults(files);
  const isOwn = (p: Problem): boolean =>
    p.cause === "journal-unfinished" && p.evidence.run === request.ownRun;
  const problems = opened.problems.filter((p) => !isOwn(p));
  if (defaults.unreadable !== null) {
    const { path, errno } = defaults.unreadable;
    problems.push(problem("layer-unreadable", { path, errno: errnoName(errno) }));
  }
  const required = params(requestFor(request.require, spec.options, facts.upper !== null), defaults, facts);
  const plain = params(plainRequest(spec.options), defaults, facts);
  const early = [...opened.refusals, ...required.refusals].filter((r) => !isInUse(r));
  const numbered = withUuids(stack, required.lower);
  const { inUse } = required;
  const late = required.late.filter((r) => !isInUse(r));
  const opening = [
    ...early.map(toFinding),
    ...late.map(toFinding),
    ...inUse.map(toFinding),
    ...problems.map(toFinding),
    ...unseenUses(uses),
    // Refused on a path, the mount never came to its options.
    ...(opened.refusals.length > 0 ? [] : required.fallbacks.map(toFinding)),
  ];
  const findings: Finding[] = [];
  const isNew = distinct(opening.some((f) => f.code === "no-privilege"));
  const report = (found: Finding): void => {
    if (!isNew(found)) return;
    findings.push(found);
    request.onFinding?.(found);
  };
  opening.forEach(report);
  const examination = await examine(native, numbered, {
    require: request.require,
    kernel: facts.kernel,
    effective: { required: required.effective, plain: plain.effective },
    refusedEarly: early.length > 0,
    nested: isNested(facts),
    everything: request.force ?? false,
    each: request.each ?? false,
    onFinding: report,
    ...(request.onProgress === undefined ? {} : { onProgress: request.onProgress }),
    ...(request.watch === undefined ? {} : { watch: request.watch }),
  });
  const mount = mountVerdict(early, examination, late);
  const changed = findings.some((f) => f.code === "layer-changed");
  const complete =
    examination.complete &&
    uses.complete &&
    uses.unknown.length === 0 &&
    !findings.some(isFatal) &&
    problems.every((p) => p.cause !== "no-privilege" && p.cause !== "layer-unreadable");
  const provisional = inUse.length > 0 || changed;
  const prediction = predict(mount, examination, early.length > 0);
  const ready =
    mount.ok &&
    complete &&
    !provisional &&
    fulfils(request.require, required.effective) &&
    prediction.lookup.length + prediction.hidden.length === 0 &&
    !findings.some((f) => f.severity === "error");
  const { counts } = examination.survey;
  const result: CheckResult = {
    schema: CHECK_SCHEMA,
    tool: { version: VERSION },
    overlay: overlayReport(spec, numbered, required.effective),
    require: request.require,
    ready,
    provisional,
    complete,
    prediction,
    counts: countFindings(findings, {
      directories: counts.directories,
      upperObjects: counts.upperObjects,
      indexEntries: counts.indexEntries,
    }),
    findings,
    ...(request.coverage === true ? { coverage: indexCoverage(examination.survey) } : {}),
  };
  return { result, layers: { native, stack: numbered, examination } };
}

/** A layer is missing or is no directory: the kernel refuses. Or nothing that counts can be read by this process. */
function unexamined(spec: MountSpec, request: CheckRequest, opened: Opened): CheckResult {
  const findings = [...opened.refusals.map(toFinding), ...opened.problems.map(toFinding)];
  const first = opened.refusals[0];
  const unread = opened.problems[0];
  const mount: Prediction["mount"] =
    first !== undefined
      ? { ok: false, errno: first.errno, cause: first.cause }
      : // Nobody can tell what the mount does with a layer that cannot be opened; it is no success.
        { ok: false, errno: errnoOf(unread), cause: unread?.cause ?? "layer-unreadable" };
  return {
    schema: CHECK_SCHEMA,
    tool: { version: VERSION },
    overlay: overlayReport(spec, opened.stack, null),
    require: request.require,
    ready: false,
    provisional: false,
    complete: false,
    prediction: { mount, index: { removed: [], tombstoned: [] }, lookup: [], hidden: [] },
    counts: countFindings(findings, { directories: 0, upperObjects: 0, indexEntries: 0 }),
    findings,
  };
}

function errnoOf(problem: Problem | undefined): string {
  return problem?.cause === "layer-unreadable" ? problem.evidence.errno : "EPERM";
}

/** The first refusal in the order of the mount. */
function mountVerdict(
  early: readonly Refusal[],
  e: Examination,
  late: readonly Refusal[],
): Prediction["mount"] {
  const refused = ({ errno, cause }: Refusal): Prediction["mount"] => ({ ok: false, errno, cause });
  if (early[0] !== undefined) return refused(early[0]);
  if (e.rootRefusal !== null) {
    return { ok: false, errno: errnoName(e.rootRefusal.errno), cause: e.rootRefusal.code };
  }
  const entry = e.cleanup?.refusal;
  if (entry != null && entry.verdict.action === "refuse") {
    return { ok: false, errno: errnoName(entry.verdict.errno), cause: e.entryCode(entry) };
  }
  if (late[0] !== undefined) return refused(late[0]);
  return { ok: true };
}

/** Lookups are predicted for a mount that happens; without one there is nothing to look at. */
function predict(mount: Prediction["mount"], e: Examination, refusedEarly: boolean): Prediction {
  const names = (entries: readonly Buffer[] | undefined): string[] =>
    (entries ?? []).map((n) => n.toString("latin1"));
  const index = refusedEarly
    ? { removed: [], tombstoned: [] }
    : { removed: names(e.cleanup?.removed), tombstoned: names(e.cleanup?.tombstoned) };
  if (!mount.ok) return { mount, index, lookup: [], hidden: [] };
  const { lookup, hidden } = e.survey.prediction;
  return {
    mount,
    index,
    lookup: [...lookup]
      .sort((a, b) => Buffer.compare(a.path, b.path))
      .map(({ path, errno }) => ({ path, errno: errnoName(errno) })),
    hidden: [...hidden].sort(Buffer.compare),
  };
}

/** What `--require` names is in force, and has not silently become something less. */
function fulfils(require: Require, effective: Effective): boolean {
  switch (require) {
    case "nfs-export":
      return effective.nfsExport;
    case "index":
      return effective.index;
    case "plain":
      return true;
  }
}

/** What keeps us from knowing that no other overlay has these layers. */
function unseenUses(uses: UseTable): Finding[] {
  const evidence = {
    needs: "CAP_SYS_PTRACE",
    why: "whether another mount namespace has these layers in use",
  };
  const hidden = uses.complete ? [] : [finding("no-privilege", { evidence })];
  const unknown = uses.unknown.map((mountpoint) => {
    const needs = "the directory that its mount options' relative paths start from";
    const why = `whether the overlay at ${mountpoint} has these layers in use`;
    return finding("no-privilege", { evidence: { needs, why } });
  });
  return [...hidden, ...unknown];
}

/** Upper or work lies inside a lower layer. The mount goes through, and the lookup of that directory fails. */
function isNested({ upper, work, lower, data }: NonNullable<Opened["facts"]>): boolean {
  const inner = [upper?.location ?? null, work?.location ?? null];
  return [...lower, ...data].some((layer) => inner.some((location) => isInside(location, layer.location)));
}

/**
 * The same thing may stand in the way more than once (upper and work on one read-only mount), and without the
 * privilege to open handles every filesystem seems to have none.
 */
function distinct(unprivileged: boolean): (found: Finding) => boolean {
  const seen = new Set<string>();
  return (f) => {
    if (f.path !== null) return true;
    if (unprivileged && f.code === "fs-no-handles") return false;
    const key = `${f.code} ${JSON.stringify(f.evidence)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  };
}

const isInUse = (r: Refusal): boolean => r.cause === "layers-in-use";

const toFinding = ({ cause, evidence }: Reason): Finding => finding(cause, { evidence });
