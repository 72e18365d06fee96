/**
 * The check itself, on layers that are open: read, judge the index, look again
 * at what hangs on it, and tell what all of it means.
 *
 * 1. The handles that tie the roots together.
 * 2. The index directory's names.
 * 3. The merged tree; what needs the index judged is put off.
 * 4. Every index entry that no upper object vouched for.
 * 5. What was put off; what stands inside hidden directories.
 * 6. Lower objects that must not show: searched only where one was not seen hidden.
 */
import { type Code, type Finding, finding, isFatal } from "./catalogue/index.js";
import { entryFinding, layerName, lostObjects, NAME_CHECKS, rivals, rootFinding, uncovered, uuidFinding } from "./checks/index.js";
import { type CheckContext, typeName } from "./checks/context.js";
import type { Native } from "./host/native.js";
import { type DirStack, type Env, ENOENT, ENOTDIR, isDir } from "./kernel/env.js";
import { errnoName } from "./host/errno.js";
import { lookup } from "./kernel/lookup.js";
import { join } from "./kernel/path.js";
import { type RootVerdict, verifyIndexDir, verifyRootOrigin } from "./kernel/roots.js";
import type { Effective, Layer, Stack } from "./layers/types.js";
import { comparer } from "./model/compare.js";
import { conflicts } from "./model/conflicts.js";
import { DiskView } from "./model/disk-view.js";
import { enterHiddenDirs } from "./model/hidden.js";
import { type Cleanup, type JudgedEntry, judgeIndex } from "./model/index-cleanup.js";
import { IndexState } from "./model/index-state.js";
import { observationOf } from "./model/observation.js";
import { seek } from "./model/seek.js";
import { Survey } from "./model/survey.js";
import { type Listener, Walk } from "./model/walk.js";
import { wantedObjects } from "./model/wanted.js";
import type { Require } from "./mount/spec.js";

export interface Examination {
  readonly findings: readonly Finding[];
  readonly survey: Survey;
  readonly cleanup: Cleanup | null;
  /** A root that refuses the mount. */
  readonly rootRefusal: { readonly errno: number; readonly finding: Finding } | null;
  readonly complete: boolean;
  /** The finding's code for an entry that refuses the mount. */
  entryCode(entry: JudgedEntry): Code;
}

export interface ExamineRequest {
  readonly require: Require;
  readonly effective: { readonly required: Effective; readonly plain: Effective };
  /** The mount fails before it looks at the index. */
  readonly refusedEarly: boolean;
  readonly everything: boolean;
  readonly onProgress?: (done: { directories: number; objects: number; phase: string }) => void;
}

export async function examine(native: Native, stack: Stack, request: ExamineRequest): Promise<Examination> {
  const view = new DiskView(native, stack.prefix);
  const findings: Finding[] = [];
  const report = (f: Finding): void => void findings.push(f);
  const root: DirStack = {
    upper: stack.upper === null ? null : { layer: stack.upper, path: EMPTY },
    lower: stack.lower.map((layer) => ({ layer, path: EMPTY })),
  };
  const work = stack.work === null || stack.upper === null ? null : workLayer(stack.upper, stack.work);
  const indexDir = work === null ? -ENOENT : view.examine({ layer: work, path: INDEX });
  const upperRoot = stack.upper === null ? -ENOENT : view.examine({ layer: stack.upper, path: EMPTY });
  const era = typeof indexDir !== "number" || (typeof upperRoot !== "number" && upperRoot.xattrs.has("origin"));

  const { required: options, plain: plainOptions } = request.effective;
  const index = options.index && work !== null ? new IndexState(view, work) : null;
  if (index !== null && work !== null && typeof indexDir !== "number") readIndex(native, work, index, report);
  const env = (o: Effective, i: IndexState | null): Env => ({
    options: o,
    view,
    index: i,
    root,
    dataLayers: stack.data.length,
    traps: trapsOf(stack, view, work),
  });
  const views = { required: env(options, index), plain: env(plainOptions, null) };

  const ties = index === null ? [] : tieRoots(views.required, root, upperRoot, indexDir);
  let rootRefusal: Examination["rootRefusal"] = null;
  for (const tie of ties) {
    const found = rootFinding(tie, era);
    if (found !== null) report(found);
    if (tie.state === "refuse" && found !== null) rootRefusal ??= { errno: tie.errno, finding: found };
  }
  if (index !== null && typeof indexDir !== "number" && !isDir(indexDir)) {
    const found = finding("index-not-directory", { layer: "work", path: INDEX, evidence: { type: typeName(indexDir.mode) } });
    report(found);
    // ovl_setup_trap()
    rootRefusal ??= { errno: ENOTDIR, finding: found };
  }
  if (index !== null && typeof indexDir === "number" && era) {
    report(finding("index-missing", { layer: "work", path: INDEX, evidence: { because: "the upper root has an origin" } }));
  }

  const uuid = typeof upperRoot === "number" ? null : uuidFinding(upperRoot, options);
  if (uuid !== null) report(uuid);

  const survey = new Survey(views, index, request.require === "nfs-export" && index !== null);
  const context: CheckContext = { require: request.require, survey, era, report };
  const listener: Listener = {
    onName: (seen) => {
      for (const check of NAME_CHECKS) check(seen, context);
    },
    onUnreadable: (layer, path, operation, errno) => {
      const at = { layer: layerName(layer), path };
      if (errno === ENOENT) report(finding("layer-changed", { ...at, evidence: { what: "it vanished while it was read" } }));
      else report(finding("unreadable", { ...at, evidence: { operation, errno: errnoName(errno) } }));
    },
    onImpureMissing: (dir, child) => {
      report(finding("impure-missing", { layer: "upper", path: dir.path, evidence: { child: child.toString("utf8") } }));
    },
    onProgress: (s) =>
      request.onProgress?.({ directories: s.counts.directories, objects: s.counts.upperObjects, phase: "layers" }),
  };
  const everything = request.everything || wasUpper(view, root);
  const walk = new Walk(native, survey, listener, { everything, prefix: stack.prefix });
  await walk.run();

  let cleanup: Cleanup | null = null;
  if (index !== null) {
    survey.counts.indexEntries = index.table.size + index.odd.length;
    cleanup = judgeIndex(views.required, index, !request.refusedEarly && rootRefusal === null);
    for (const entry of cleanup.judged) {
      const found = entryFinding(entry);
      if (found !== null) report(found);
    }
    for (const temporary of index.temporaries) {
      if (isShared(temporary.type)) continue;
      report(finding("index-temporary", { layer: "index", path: temporary.name, evidence: { type: "leftover" } }));
    }
  }
  await walk.finish();
  enterHiddenDirs(native, survey, listener);

  const nameOf = (dir: number, ino: number): Buffer => findName(native, survey, stack, dir, ino);
  const { wanted, foreign } = wantedObjects(survey);
  for (const { row, reason } of foreign) {
    const path = (index as IndexState).name(row);
    report(finding("entry-foreign", { layer: "index", path, evidence: { type: "entry", reason } }));
  }
  const compare = comparer(native, survey, {
    visit: () => undefined,
    onName: listener.onName,
    onUnreadable: listener.onUnreadable,
  });
  const sightings = seek(native, survey, wanted, listener);
  for (const sighting of sightings) {
    const { parent, name, path, plain } = sighting;
    const required = lookup(views.required, parent, name);
    const seen = observationOf(view, parent, name, path, { required, plain });
    if (seen !== null) listener.onName(seen);
    if (required.kind !== "found") compare.names(path, required, plain, true);
    uncovered(context, sighting, nameOf);
  }
  rivals(context, nameOf);
  lostObjects(context);
  conflicts(survey, sightings, nameOf);
  return {
    findings,
    survey,
    cleanup,
    rootRefusal,
    complete: !findings.some(isFatal),
    entryCode: (entry) => entryFinding(entry)?.code ?? "entry-name-invalid",
  };
}

/**
 * Has the lowest layer been an upper once? Then it may hold whiteouts, redirects and metadata-only
 * files anywhere. Each copy-up marks its parent impure, up to the root: a root without marks has none below.
 */
function wasUpper(view: DiskView, root: DirStack): boolean {
  const bottom = root.lower.at(-1);
  const object = bottom === undefined ? -ENOENT : view.examine(bottom);
  return typeof object !== "number" && object.xattrs.size > 0;
}

const EMPTY = Buffer.alloc(0);
const INDEX = Buffer.from("index");

/** The work directory, in the shape of a layer: the index is read like everything else. */
function workLayer(upper: Layer, work: NonNullable<Stack["work"]>): Layer {
  return { ...upper, fd: work.fd, dev: work.dev, ino: work.ino, path: work.path };
}

function readIndex(native: Native, work: Layer, index: IndexState, report: (f: Finding) => void): void {
  for (let resume = 0; ; ) {
    const listing = native.list(work.fd, INDEX, resume, 16384);
    if (typeof listing === "number") {
      if (listing === -20) return;
      const evidence = { operation: "read", errno: errnoName(listing) };
      report(finding("unreadable", { layer: "work", path: INDEX, evidence }));
      return;
    }
    index.add(listing);
    resume = listing.resume;
    if (resume === 0) return;
  }
}

function tieRoots(env: Env, root: DirStack, upperRoot: ReturnType<DiskView["examine"]>, indexDir: ReturnType<DiskView["examine"]>): RootVerdict[] {
  const lower = root.lower[0];
  if (typeof upperRoot === "number" || lower === undefined || root.upper === null) return [];
  const lowerRoot = env.view.examine(lower);
  if (typeof lowerRoot === "number") return [];
  const origin = verifyRootOrigin(env, upperRoot, { ...lower, object: lowerRoot });
  if (typeof indexDir === "number" || !isDir(indexDir) || origin.state === "refuse") return [origin];
  return [origin, ...verifyIndexDir(env, indexDir, { ...root.upper, object: upperRoot })];
}

/** Layer roots, and the directories that the kernel works in. ovl_setup_trap() */
function trapsOf(stack: Stack, view: DiskView, work: Layer | null): Set<string> {
  const traps = new Set<string>();
  const layers = [...(stack.upper === null ? [] : [stack.upper]), ...stack.lower, ...stack.data];
  for (const layer of [...layers, ...(work === null ? [] : [work])]) traps.add(`${layer.dev}:${layer.ino}`);
  for (const name of ["index", "work"]) {
    const object = work === null ? -ENOENT : view.examine({ layer: work, path: Buffer.from(name) });
    if (typeof object !== "number") traps.add(`${object.dev}:${object.ino}`);
  }
  return traps;
}

/** The shared whiteout is the kernel's own, and no leftover. */
const isShared = (type: number): boolean => type === 2;

/** The name that an inode has in a directory of the upper layer. */
function findName(native: Native, survey: Survey, stack: Stack, dir: number, ino: number): Buffer {
  const path = survey.dirs[dir] ?? EMPTY;
  if (stack.upper === null) return path;
  for (let resume = 0; ; ) {
    const listing = native.list(stack.upper.fd, path, resume, 4096);
    if (typeof listing === "number") return path;
    const at = listing.inos.indexOf(ino);
    if (at >= 0) {
      const start = at === 0 ? 0 : (listing.ends[at - 1] as number);
      return join(path, Buffer.from(listing.names.subarray(start, listing.ends[at])));
    }
    resume = listing.resume;
    if (resume === 0) return path;
  }
}
