/**
 * The filesystem's UUID is in every stored handle, or zeros with uuid=off. Where that option or the UUID has changed, and
 * nothing else, all of them are stored anew: origins, names and handles of entries, and the roots' marks last, so that
 * the kernel refuses the index until all of it fits.
 */

import { isDir, isWhiteoutDevice } from "../../kernel/env.js";
import type { Facts } from "../../plan/facts.js";
import { seen, setXattr, upperAt } from "../../plan/planners/changes.js";
import { entryPlace } from "../../plan/planners/directory-entries.js";
import type { Action, Place, Step } from "../../plan/types.js";
import { plural } from "../../report/text.js";
import type { Migration, Past } from "../types.js";
import { type IndexEntry, indexEntries } from "../upper-objects.js";
import { type Mark, type Proof, prove, staleMarks } from "./evidence.js";
import { Handles } from "./handles.js";

export const uuid: Migration = {
  name: "uuid",
  title: "store all handles with the UUID that is used now",
  applies: ({ facts }: Past) => {
    const change = changeOf(facts);
    if (change === null) return null;
    return {
      because: `the marks of the roots differ in the UUID alone, and ${change.proof.right} of ${change.proof.right + change.proof.nowhere} other handles lead to their objects with the new one`,
      cost: "all handles that clients hold: the UUID is in them",
    };
  },
  plan: ({ facts }) => {
    const change = changeOf(facts);
    if (change === null) return { actions: [], left: [], notices: [] };
    const { marks, proof, handles } = change;
    const notices =
      proof.nowhere > 0 ? [`${plural(proof.nowhere, "handle")} led nowhere before, and still do`] : [];
    return {
      actions: [
        ...originsOf(facts, handles),
        ...[...indexEntries(facts)].flatMap((entry) => entryOf(facts, handles, entry)),
        ...marks.map((mark) => rootOf(facts, mark)),
      ],
      left: [],
      notices,
    };
  },
};

interface Change {
  readonly marks: readonly Mark[];
  readonly proof: Proof;
  readonly handles: Handles;
}

const bySession = new WeakMap<Facts, { readonly change: Change | null }>();

function changeOf(facts: Facts): Change | null {
  const known = bySession.get(facts) ?? { change: findChange(facts) };
  bySession.set(facts, known);
  return known.change;
}

function findChange(facts: Facts): Change | null {
  const marks = staleMarks(facts);
  if (marks === null || marks.length === 0) return null;
  const handles = new Handles(facts);
  const proof = prove(facts, handles);
  return proof === null ? null : { marks, proof, handles };
}

function originsOf(facts: Facts, handles: Handles): Action[] {
  const actions: Action[] = [];
  for (const [stored, claimants] of facts.origins()) {
    const fh = handles.renew(stored);
    if (fh === null) continue;
    for (const { paths } of claimants) {
      const [path] = paths;
      if (path === undefined) continue;
      const at = upperAt(path);
      const evidence = handles.leads(fh)
        ? "with the new UUID it leads to a lower object of this type"
        : "it leads nowhere with either UUID";
      actions.push(action("set-origin", at, evidence, setXattr(facts, at, "origin", fh)));
    }
  }
  return actions;
}

function entryOf(facts: Facts, handles: Handles, { fh, at, object }: IndexEntry): Action[] {
  const name = handles.renew(fh);
  const steps: Step[] = [];
  if (isDir(object)) steps.push(...renewed(facts, handles, at, "upper"));
  // A link of an upper file is dealt with there.
  else if (!isWhiteoutDevice(object) && facts.upperNames(object.ino).length === 0)
    steps.push(...renewed(facts, handles, at, "origin"));
  if (name !== null && facts.examine(entryPlace(name)) === null)
    steps.push({ op: "move", at, to: entryPlace(name), seen: seen(object) });
  if (steps.length === 0) return [];
  return [action("rename-entry", at, "it is named after the handle of its lower object", steps)];
}

function renewed(facts: Facts, handles: Handles, at: Place, name: "origin" | "upper"): Step[] {
  const stored = facts.examine(at)?.xattrs.get(name);
  const fh = Buffer.isBuffer(stored) ? handles.renew(stored) : null;
  return fh === null ? [] : setXattr(facts, at, name, fh);
}

function rootOf(facts: Facts, { at, name, value }: Mark): Action {
  const kind = name === "origin" ? "set-origin" : "set-upper";
  const steps = setXattr(facts, at, name, value);
  const isLast = at.layer === "upper";
  const evidence = "it is the handle of the root that is there, but for the UUID";
  return { ...action(kind, at, evidence, steps), loses: isLast ? "all handles that clients hold" : null };
}

function action(kind: Action["action"], target: Place, evidence: string, steps: readonly Step[]): Action {
  const { layer, path } = target;
  const because = { code: "uuid", layer, path, message: "it is stored with another UUID" } as const;
  return { action: kind, target, because, evidence, safety: "confirm", loses: null, steps };
}
