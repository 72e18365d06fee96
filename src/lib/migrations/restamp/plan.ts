/**
 * The whole of a restamp: objects, what remains in the index, and the roots last. Until upper's root is
 * tied to its lower layer again the kernel refuses the mount, so that a run that is stopped half-way harms nobody.
 */
import type { Part } from "../../plan/cause.js";
import type { Facts } from "../../plan/facts.js";
import { setXattr } from "../../plan/planners/changes.js";
import { INDEX, UPPER_ROOT } from "../../plan/planners/index-directory.js";
import { topRoot } from "../../plan/planners/layer-evidence.js";
import type { Action, ActionKind, Place } from "../../plan/types.js";
import type { Past } from "../types.js";
import { Sweeper } from "./entries.js";
import type { Moved } from "./moved.js";
import { newTally, Restamper, type Tally } from "./objects.js";
import { Translator } from "./translate.js";

export interface Restamp {
  readonly actions: readonly Action[];
  readonly tally: Tally;
  /** The new lower layers are not a copy of the old ones. */
  readonly rebuilt: boolean;
  /** Upper objects whose lower one is not there any more, or is of another type; known with the old layers only. */
  readonly gone: readonly Buffer[];
  /** Upper files whose lower one has another size. */
  readonly changed: readonly Buffer[];
  /** Entries that held a file alone and cannot be kept. */
  readonly givenUp: readonly Buffer[];
}

const bySession = new WeakMap<Facts, Restamp>();

/** Made once a round, whoever asks. */
export function planRestamp(past: Past, moved: Moved): Restamp {
  const known = bySession.get(past.facts) ?? make(past, moved);
  bySession.set(past.facts, known);
  return known;
}

function make(past: Past, moved: Moved): Restamp {
  const { facts } = past;
  const names = new Translator(past, moved.lower);
  const tally = newTally();
  const restamper = new Restamper(facts, names, tally);
  const sweeper = new Sweeper(facts, names);
  const objects = restamper.objects();
  const entries = sweeper.entries(restamper.done, moved.lower && objects.length > 0);
  const rebuilt = moved.lower && tally.alone.length + names.gone.size + names.changed.size > 0;
  const all = [...objects, ...entries, ...roots(facts)];
  const actions = rebuilt ? all.map(asNewBase) : all;
  return {
    actions,
    tally,
    rebuilt,
    gone: pathsIn(names.gone),
    changed: pathsIn(names.changed),
    givenUp: sweeper.givenUp,
  };
}

const pathsIn = (paths: ReadonlySet<string>): Buffer[] =>
  [...paths].map((path) => Buffer.from(path, "latin1"));

function asNewBase(action: Action): Action {
  const { layer, path } = action.because;
  const because: Part = { code: "new-base", layer, path, message: "the lower layer was made anew" };
  return { ...action, because };
}

function roots(facts: Facts): Action[] {
  const tie = (action: ActionKind, target: Place, xattr: string, to: Place, message: string): Action => ({
    action,
    target,
    because: { code: "restamp", layer: target.layer, path: target.path, message },
    evidence: "set last: until then the kernel refuses the mount",
    safety: "confirm",
    loses: null,
    // One that is not there is set by the mount.
    steps: facts.examine(target)?.xattrs.has(xattr) ? setXattr(facts, target, xattr, facts.encode(to)) : [],
  });
  return [
    tie("set-upper", INDEX, "upper", UPPER_ROOT, "the index was made for upper where it was"),
    tie("set-origin", UPPER_ROOT, "origin", topRoot(facts), "upper was made on a lower layer elsewhere"),
  ].filter(({ steps }) => steps.length > 0);
}
