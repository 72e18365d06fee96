/** `fsck.overlay`: check by its own policy, correct what the mode accepts, check again. */
import { whyUnknown } from "../apply/index.js";
import { type Finding, isCode } from "../catalogue/index.js";
import { native } from "../host/addon.js";
import { files } from "../host/files.js";
import { writer } from "../host/system-writer.js";
import type { MountSpec } from "../mount/spec.js";
import { isPart } from "../plan/cause.js";
import { isOfLower } from "../plan/of-lower.js";
import type { Action } from "../plan/types.js";
import { runLooking } from "../repair/run.js";
import type { OnProgress, RunEvent, RunResult } from "../repair/run-result.js";
import type { WriteHost } from "../repair/workplace.js";
import { EXIT } from "../report/exit.js";
import { type Features, readFeatures } from "./features.js";
import { Looker } from "./look.js";
import { isAccepted, isWrong, type Mode } from "./policy.js";

export interface FsckRequest {
  readonly mode: Mode;
  /** A signal asked to stop: the run ends between two changes. */
  readonly asked: () => boolean;
  readonly onEvent?: (event: RunEvent) => void;
  readonly onProgress?: OnProgress;
}

export interface FsckResult {
  readonly mode: Mode;
  /** A dry one also where there was nothing to be done. */
  readonly run: RunResult;
  readonly features: Features;
  /** What was wrong at first. */
  readonly found: readonly Finding[];
  /** What is wrong now; of a dry run the same. */
  readonly left: readonly Finding[];
  /** A mount uses the layers: what was read may have changed since. */
  readonly inUse: Finding | null;
  /** fsck(8)'s. */
  readonly exit: number;
}

/** This system. */
const HOST: WriteHost = { native, files, writer };

/**
 * What is wrong with the overlay is in the result, never thrown. It is locked, and lower layers are opened to be written,
 * only where a first look has found something to do there: what is well stands in nobody's way.
 */
export async function fsck(
  spec: MountSpec,
  request: FsckRequest,
  host: WriteHost = HOST,
): Promise<FsckResult> {
  const { mode, asked, onEvent, onProgress } = request;
  const names = spec.lower.map((_, i) => `lower[${i + 1}]`);
  const progress = onProgress === undefined ? {} : { onProgress };
  const looker = new Looker(
    spec,
    readFeatures(host, spec),
    // An overlay of which nobody can tell what it uses may use them.
    { writes: mode !== "dry-run", lower: whyUnknown(host, names) === null, ...progress },
    host,
  );
  const first = await looker.look(null);
  const wanted = first.plan.actions.filter((action) => accepts(action, mode));
  const writes = mode !== "dry-run" && (wanted.length > 0 || first.interrupted !== null);
  const run = await runLooking(
    spec,
    {
      command: "repair",
      require: looker.features.require,
      mode: writes ? mode : "dry-run",
      lower: wanted.some(isOfLower) || first.interrupted !== null,
      decide: async ({ actions }) => actions.filter((action) => accepts(action, mode)),
      asked,
      ...(onEvent === undefined ? {} : { onEvent }),
      ...progress,
    },
    host,
    // Whoever writes has locked the overlay first, and looks again.
    writes ? looker.look : async () => first,
  );
  const { features, inUse } = looker;
  const wrongIn = (result: RunResult["before"]): Finding[] =>
    (result?.findings ?? []).filter((found) => isWrong(found, features.index));
  const found = wrongIn(run.before);
  const left = run.after === null ? found : wrongIn(run.after);
  return { mode, run, features, found, left, inUse, exit: exitOf(run, left) };
}

/** Would the mode do it? */
export function accepts(action: Action, mode: Mode): boolean {
  const { because } = action;
  return !isPart(because) && isCode(because.code) && isAccepted(action, because.code, mode);
}

function exitOf({ trouble, changed, mode }: RunResult, left: readonly Finding[]): number {
  if (trouble !== null) return trouble.kind === "cancelled" ? EXIT.cancelled : EXIT.incomplete;
  if (left.length > 0) return EXIT.problems;
  return changed && mode !== "dry-run" ? EXIT.corrected : EXIT.clean;
}
