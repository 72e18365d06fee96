/** An overlay as it is once it is mounted for export, without the walk of a whole check: what decoding a handle needs. */
import { entryFinding, rootFinding } from "../checks/index.js";
import { errnoName } from "../host/errno.js";
import type { Files } from "../host/files.js";
import type { Native } from "../host/native.js";
import { type Env, isDir } from "../kernel/env.js";
import { type Params, params } from "../layers/effective.js";
import { closeStack, type Opened, openStack, withUuids } from "../layers/open.js";
import { requestFor } from "../layers/request.js";
import type { Problem } from "../layers/types.js";
import { DiskView } from "../model/disk-view.js";
import { isEmptyEntry, isStuckTemporary, readIndex, surveyGround, tieRoots } from "../model/ground.js";
import { judgeIndex } from "../model/index-cleanup.js";
import { IndexState } from "../model/index-state.js";
import { moduleDefaults } from "../mount/defaults.js";
import type { MountSpec } from "../mount/spec.js";
import type { OverlayReport } from "../report/index.js";
import { overlayReport } from "../report/overlay.js";
import type { MountVerdict } from "./result.js";

export interface World {
  readonly env: Env;
  readonly native: Native;
  readonly overlay: OverlayReport;
  readonly mount: MountVerdict;
}

/** Something that keeps us from knowing: a layer that cannot be read, a right that is missing. */
export class Unknowable extends Error {}

export interface ResolveHost {
  readonly native: Native;
  readonly files: Files;
}

/**
 * Open the layers, and close them after `use`.
 * @throws Unknowable
 */
export function withWorld<T>(spec: MountSpec, { native, files }: ResolveHost, use: (world: World) => T): T {
  const opened = openStack(native, files, spec);
  try {
    return use(worldOf(spec, opened, native, files));
  } finally {
    if (opened.stack !== null) closeStack(native, opened.stack);
  }
}

function worldOf(spec: MountSpec, opened: Opened, native: Native, files: Files): World {
  const { stack: raw, facts } = opened;
  for (const unread of opened.problems.map(tellUnread)) if (unread !== null) throw new Unknowable(unread);
  if (raw === null || facts === null) {
    const [refusal] = opened.refusals;
    throw new Unknowable(
      refusal === undefined ? "a layer cannot be opened" : `${refusal.cause} (${refusal.errno})`,
    );
  }
  const defaults = moduleDefaults(files);
  if (defaults.unreadable !== null) {
    const { path, errno } = defaults.unreadable;
    throw new Unknowable(`${path}: ${errnoName(errno)}`);
  }
  const hasUpper = facts.upper !== null;
  const required = params(requestFor("nfs-export", spec.options, hasUpper), defaults, facts);
  const stack = withUuids(raw, required.lower);
  const view = new DiskView(native, stack.prefix);
  const ground = surveyGround(view, stack);
  const index = required.effective.index && ground.work !== null ? new IndexState(view, ground.work) : null;
  const { root, traps } = ground;
  const env: Env = {
    options: required.effective,
    kernel: facts.kernel,
    view,
    index,
    root,
    traps,
    data: stack.data,
  };
  const mount = judge(env, native, index, ground, opened, required);
  return { env, native, overlay: overlayReport(spec, stack, required.effective), mount };
}

/** Null for a problem that keeps nothing from being read. */
function tellUnread({ cause, evidence }: Problem): string | null {
  if (cause === "no-privilege") return `needs ${evidence.needs} to see ${evidence.why}`;
  return cause === "layer-unreadable" ? `${evidence.path}: ${evidence.errno}` : null;
}

/** In the order of the mount; that the layers are in use, now, by this very overlay, keeps it from nothing. */
function judge(
  env: Env,
  native: Native,
  index: IndexState | null,
  ground: ReturnType<typeof surveyGround>,
  opened: Opened,
  { refusals, late }: Params,
): MountVerdict {
  const refused = (all: Params["refusals"]): MountVerdict | null => {
    const first = all.find(({ cause }) => cause !== "layers-in-use");
    return first === undefined ? null : { ok: false, errno: first.errno, cause: first.cause };
  };
  const early = refused([...opened.refusals, ...refusals]);
  if (early !== null || index === null) return early ?? refused(late) ?? { ok: true };
  const listed = readIndex(native, ground, index);
  if (listed !== 0) throw new Unknowable(`the index: ${errnoName(listed)}`);
  for (const verdict of tieRoots(env, ground)) {
    if (verdict.state === "refuse") {
      const cause = rootFinding(verdict, ground.era)?.code ?? "root-origin-mismatch";
      return { ok: false, errno: errnoName(verdict.errno), cause };
    }
  }
  if (typeof ground.indexDir !== "number" && !isDir(ground.indexDir)) {
    return { ok: false, errno: "ENOTDIR", cause: "index-not-directory" };
  }
  const { refusal } = judgeIndex(env, index, true, {
    isEmpty: (entry) => isEmptyEntry(native, ground, entry),
    isStuck: (temporary) => isStuckTemporary(native, ground, temporary),
  });
  if (refusal !== null && refusal.verdict.action === "refuse") {
    const cause = entryFinding(refusal)?.code ?? "entry-name-invalid";
    return { ok: false, errno: errnoName(refusal.verdict.errno), cause };
  }
  return refused(late) ?? { ok: true };
}
