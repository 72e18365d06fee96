/**
 * The check itself, on layers that are open: read, judge the index, look again
 * at what hangs on it, and tell what all of it means.
 *
 * 1. The handles that tie the roots together, and the index directory's names.
 * 2. The merged tree; what needs the index judged is put off.
 * 3. Every index entry that no upper object vouched for.
 * 4. What was put off; what stands inside hidden directories.
 * 5. Lower objects that must not show: searched only where one was not seen hidden.
 */
import { type Code, type Finding, finding, isFatal } from "./catalogue/index.js";
import { type CheckContext, layerName } from "./checks/context.js";
import { entryFinding, NAME_CHECKS, ROOT_CHECKS, TABLE_CHECKS } from "./checks/index.js";
import { DT_DIR } from "./format/fileType.js";
import { otherPrefix } from "./format/xattrNames.js";
import { errnoName } from "./host/errno.js";
import type { Native } from "./host/native.js";
import { type ReadFailure, watchReads } from "./host/watched.js";
import { ENOENT, type Env } from "./kernel/env.js";
import { lookup } from "./kernel/lookup.js";
import type { KernelVersion } from "./layers/facts.js";
import type { Effective, Layer, Stack } from "./layers/types.js";
import { comparer } from "./model/compare.js";
import { settleConflicts } from "./model/conflicts.js";
import { DiskView } from "./model/disk-view.js";
import { copiesOnEncode } from "./model/encode-copy-up.js";
import { nameFinder } from "./model/find-name.js";
import {
  type Ground,
  INDEX,
  isEmptyEntry,
  isStuckTemporary,
  readIndex,
  surveyGround,
  takeStamps,
  tieRoots,
  wasUpper,
} from "./model/ground.js";
import { groupClaimants } from "./model/groups.js";
import { enterHiddenDirs } from "./model/hidden.js";
import type { NameWatcher } from "./model/hooks.js";
import { type Cleanup, type IndexContent, type JudgedEntry, judgeIndex } from "./model/index-cleanup.js";
import { IndexState } from "./model/index-state.js";
import { observationOf } from "./model/observation.js";
import { findStrangers } from "./model/other-prefix.js";
import { directoryAt, type Sighting, seek, seekInside } from "./model/seek.js";
import { Survey } from "./model/survey.js";
import { upperNames } from "./model/upper-names.js";
import { Walk } from "./model/walk.js";
import type { Listener } from "./model/walking.js";
import { wantedObjects } from "./model/wanted.js";
import type { Require } from "./mount/spec.js";

export interface Examination {
  readonly findings: readonly Finding[];
  readonly survey: Survey;
  readonly ground: Ground;
  readonly cleanup: Cleanup | null;
  /** A root that refuses the mount. */
  readonly rootRefusal: { readonly errno: number; readonly code: Code } | null;
  /** Everything was read. */
  readonly complete: boolean;
  /** The finding's code for an entry that refuses the mount. */
  entryCode(entry: JudgedEntry): Code;
}

export interface ExamineRequest {
  readonly require: Require;
  readonly kernel: KernelVersion;
  readonly effective: { readonly required: Effective; readonly plain: Effective };
  /** The mount fails before it looks at the index. */
  readonly refusedEarly: boolean;
  /** Upper or work lies inside a lower layer: there the kernel refuses to look. */
  readonly nested: boolean;
  /** Read also what nobody touched of the lowest layer. */
  readonly everything: boolean;
  /** Look at the names that the upper layer has, and at no others. */
  readonly upperOnly?: boolean;
  /** Tell of each object that needs a tombstone, not only of the topmost: a plan has to name them all. */
  readonly each?: boolean;
  readonly onProgress?: (event: { phase: string; count: number; total: number | null }) => void;
  /** Each finding, as soon as it is found. */
  readonly onFinding?: (found: Finding) => void;
  readonly watch?: (survey: Survey) => NameWatcher;
}

export async function examine(real: Native, stack: Stack, request: ExamineRequest): Promise<Examination> {
  const { native, failures } = watchReads(real);
  const view = new DiskView(native, stack.prefix);
  const other = new DiskView(native, otherPrefix(stack.prefix));
  const ground = surveyGround(view, stack);
  const before = takeStamps(native, ground, stack.prefix);
  const { required: options, plain } = request.effective;
  const index = options.index && ground.work !== null ? new IndexState(view, ground.work) : null;
  const env = (effective: Effective, ownIndex: IndexState | null): Env => ({
    options: effective,
    kernel: request.kernel,
    view,
    index: ownIndex,
    root: ground.root,
    data: stack.data,
    traps: ground.traps,
  });
  const survey = new Survey(
    { required: env(options, index), plain: env(plain, null) },
    index,
    { tracked: request.require === "nfs-export" && index !== null, each: request.each ?? false },
    nameFinder(native, stack.upper),
  );
  const findings: Finding[] = [];
  const context: CheckContext = {
    require: request.require,
    survey,
    era: ground.era,
    report: (found) => {
      findings.push(found);
      request.onFinding?.(found);
    },
  };
  const listener = listenerFor(context, request);

  const listed = index === null ? 0 : readIndex(native, ground, index);
  if (listed !== 0) {
    const evidence = { operation: "read", errno: errnoName(listed) };
    context.report(finding("unreadable", { layer: "work", path: INDEX, evidence }));
  }
  const rootRefusal = checkRoots(context, ground);

  const everything =
    request.everything || stack.data.length > 0 || [view, other].some((one) => wasUpper(one, ground.root));
  const walk = new Walk(native, survey, listener, {
    everything,
    upperOnly: request.upperOnly ?? false,
    nested: request.nested,
    prefix: stack.prefix,
    watcher: request.watch?.(survey) ?? null,
  });
  await walk.run();
  const reached = !request.refusedEarly && rootRefusal === null;
  const content: IndexContent = {
    isEmpty: (entry) => isEmptyEntry(native, ground, entry),
    isStuck: (temporary) => isStuckTemporary(native, ground, temporary),
  };
  const cleanup = index === null ? null : judge(context, index, reached, content);
  await walk.finish();
  enterHiddenDirs(native, survey, listener);

  const { wanted, foreign, origins, nameless } = wantedObjects(survey);
  if (request.nested) for (const trap of ground.traps) wanted.add(trap);
  const sightings = seek(native, survey, wanted, listener);
  sightings.push(
    ...distinctFrom(sightings, seekInside(native, survey, shownTwice(context, sightings), listener)),
  );
  lookAgain(native, context, listener, sightings);
  const groups = groupClaimants(survey, sightings, origins, (inos) =>
    upperNames(native, survey, inos, listener),
  );
  const copiesUp = copiesOnEncode(native, survey, listener);
  const strangers = findStrangers(other, ground, survey);
  for (const check of TABLE_CHECKS)
    check(context, { sightings, foreign, groups, copiesUp, nameless, strangers });
  settleConflicts(survey, groups);
  takeStamps(native, ground, stack.prefix).forEach(({ layer, path, ctimeNs }, i) => {
    if (before[i]?.ctimeNs !== ctimeNs) reportChanged(context, layer, path);
  });
  untold(failures, findings, ground, stack).forEach(context.report);
  return {
    findings,
    survey,
    ground,
    cleanup,
    rootRefusal,
    complete: !findings.some(isFatal),
    entryCode: (entry) => entryFinding(entry)?.code ?? "entry-name-invalid",
  };
}

/** Reads that failed, and of which no check made a finding. */
function untold(
  failures: readonly ReadFailure[],
  findings: readonly Finding[],
  { work }: Ground,
  stack: Stack,
): Finding[] {
  const layers = [...(stack.upper === null ? [] : [stack.upper]), ...stack.lower, ...stack.data];
  const keyOf = (layer: string | null, path: Buffer | null): string =>
    `${layer} ${path?.toString("latin1") ?? ""}`;
  const told = new Set(findings.filter(isFatal).map(({ layer, path }) => keyOf(layer, path)));
  const found: Finding[] = [];
  for (const { root, path, operation, xattr, errno } of failures) {
    const own = layers.find(({ fd }) => fd === root);
    const layer = root === work?.fd || own === undefined ? "work" : layerName(own);
    const isEntry = layer === "work" && path?.subarray(0, INDEX.length + 1).equals(INDEX_DIR) === true;
    const entry = isEntry ? keyOf("index", path.subarray(INDEX_DIR.length)) : "";
    const key = keyOf(layer, path);
    if (told.has(key) || told.has(entry)) continue;
    told.add(key);
    const at = { layer, path };
    const name = xattr === null || xattr === "*" ? xattr : stack.prefix + xattr;
    found.push(
      name === null
        ? finding("unreadable", { ...at, evidence: { operation, errno: errnoName(errno) } })
        : finding("xattr-unreadable", { ...at, evidence: { name, errno: errnoName(errno) } }),
    );
  }
  return found;
}

const INDEX_DIR = Buffer.concat([INDEX, Buffer.from("/")]);

function checkRoots(context: CheckContext, ground: Ground): Examination["rootRefusal"] {
  const { survey } = context;
  const ties = survey.index === null ? [] : tieRoots(survey.views.required, ground);
  let refusal: Examination["rootRefusal"] = null;
  for (const check of ROOT_CHECKS) {
    for (const { found, errno } of check(context, ground, ties)) {
      context.report(found);
      if (errno !== null) refusal ??= { errno, code: found.code };
    }
  }
  return refusal;
}

function judge(context: CheckContext, index: IndexState, reached: boolean, content: IndexContent): Cleanup {
  const { survey, report } = context;
  survey.counts.indexEntries = index.table.size + index.odd.length;
  const cleanup = judgeIndex(survey.views.required, index, reached, content);
  for (const entry of cleanup.judged) {
    const found = entryFinding(entry);
    // Temporaries have theirs, be they in the way or not.
    if (found !== null && found.code !== "index-temporary") report(found);
  }
  return cleanup;
}

function listenerFor(context: CheckContext, request: ExamineRequest): Listener {
  const { report } = context;
  return {
    onName: (seen) => {
      for (const check of NAME_CHECKS) check(seen, context);
    },
    onUnreadable: (layer, path, operation, errno) => {
      const at = { layer: layerName(layer), path };
      if (errno === ENOENT) {
        report(finding("layer-changed", { ...at, evidence: { what: "it vanished while it was read" } }));
      } else {
        report(finding("unreadable", { ...at, evidence: { operation, errno: errnoName(errno) } }));
      }
    },
    onChanged: (layer, path) => reportChanged(context, layer, path),
    onImpureMissing: (dir, child) => {
      const evidence = { child: child.toString("utf8") };
      report(finding("impure-missing", { layer: "upper", path: dir.path, evidence }));
    },
    onProgress: ({ counts }) =>
      request.onProgress?.({
        phase: "reading layers",
        count: counts.directories + counts.upperObjects,
        total: null,
      }),
  };
}

/** Directories whose lower content shows under another directory too. */
function shownTwice({ survey }: CheckContext, sightings: readonly Sighting[]): Buffer[] {
  const sighted = sightings
    .filter(({ plain }) => plain.kind === "found" && plain.isDir)
    .map(({ path }) => path);
  const claimed = survey.rivals.flatMap(({ fh, path, type }) => {
    const row = type === DT_DIR ? survey.claims.find(fh, 0) : -1;
    return row < 0 ? [] : [path, survey.nameOf(survey.claims.note(row), survey.claims.ino(row))];
  });
  const placed = [...survey.places.shared()].flatMap(({ claimants }) => claimants.map(({ path }) => path));
  return [...sighted, ...claimed, ...placed, ...survey.redirectedBelow];
}

function distinctFrom(known: readonly Sighting[], found: readonly Sighting[]): Sighting[] {
  const seen = new Set(known.map(({ path }) => path.toString("latin1")));
  return found.filter(({ path }) => !seen.has(path.toString("latin1")) && seen.add(path.toString("latin1")));
}

function reportChanged({ report }: CheckContext, layer: Layer, path: Buffer): void {
  const evidence = { what: "it was written to while the overlay was read" };
  report(finding("layer-changed", { layer: layerName(layer), path, evidence }));
}

/** Names of the lowest layer that the walk had no reason to look at. */
function lookAgain(
  native: Native,
  context: CheckContext,
  listener: Listener,
  sightings: readonly Sighting[],
): void {
  const { survey } = context;
  const compare = comparer(native, survey, { ...listener, visit: () => undefined });
  for (const { parent, name, path, plain } of sightings) {
    // The required view may make the directory of other layers, or not have it at all.
    const dir = directoryAt(
      survey.views.required,
      path.subarray(0, Math.max(path.length - name.length - 1, 0)),
    );
    if (dir === null) continue;
    const required = lookup(survey.views.required, dir, name);
    const seen = observationOf(survey.views.plain.view, parent, name, path, { required, plain });
    if (seen !== null) listener.onName(seen);
    if (required.kind !== "found") compare.names(path, required, plain, { counted: true, connects: false });
  }
}
