/**
 * Files whose data is still in a lower layer: an export never follows them. Their data is copied up, and once it is there
 * they are files like any other.
 */

import type { Finding } from "../catalogue/index.js";
import { HostError } from "../host/errno.js";
import { isReg } from "../kernel/env.js";
import type { Facts } from "../plan/facts.js";
import { upperAt } from "../plan/planners/changes.js";
import { entryPlace } from "../plan/planners/directory-entries.js";
import { giveOwnData } from "../plan/planners/own-data.js";
import type { Action, Left, Place } from "../plan/types.js";
import { plural } from "../report/text.js";
import { isSettled } from "./answers.js";
import type { Migration, Past } from "./types.js";

export const metacopy: Migration = {
  name: "metacopy",
  title: "copy up the data of metadata-only files",
  applies: (past: Past) => {
    const found = files(past);
    if (found.length === 0 || !isSettled(past)) return null;
    const { actions, left } = planOf(past);
    const alone = left.length === 0 ? "" : `; ${plural(left.length, "name")} cannot be done here`;
    return {
      because: `${plural(found.length, "name leads to a file", "names lead to files")} whose data is in a lower layer, which an export does not follow`,
      cost: `${costOf(actions)}${alone}`,
    };
  },
  plan: (past) => ({ ...planOf(past), notices: [] }),
};

interface Planned {
  readonly actions: readonly Action[];
  readonly left: readonly Left[];
}

/** What has been compared need not be read again. */
const known = new WeakMap<Facts, Planned>();

function planOf(past: Past): Planned {
  const planned = known.get(past.facts) ?? makePlan(past);
  known.set(past.facts, planned);
  return planned;
}

function makePlan(past: Past): Planned {
  const actions: Action[] = [];
  const left: Left[] = [];
  const inodes = new Set<number>();
  for (const finding of files(past)) {
    const file = fileOf(finding, past.facts);
    if (file === null) left.push({ finding, why: IN_LOWER });
    // One file under several names is done once.
    else if (!inodes.has(file.ino)) {
      const answer = giveOwnData(file.at, file.path, finding, past.facts);
      if ("left" in answer) left.push({ finding, why: answer.left });
      else {
        inodes.add(file.ino);
        actions.push(...answer.actions);
      }
    }
  }
  // Data is copied in batches of its own.
  const isCopy = ({ action }: Action): boolean => action === "copy-data";
  return { actions: [...actions.filter(isCopy), ...actions.filter((one) => !isCopy(one))], left };
}

const files = ({ result }: Past): readonly Finding[] =>
  result.findings.filter(({ code, path }) => code === "metacopy-not-followed" && path !== null);

/** Where in upper the file is: under its own name, or in the index, which shows it under that of a lower hard link. */
function fileOf(
  { layer, path }: Finding,
  facts: Facts,
): { readonly at: Place; readonly path: Buffer; readonly ino: number } | null {
  if (path === null) return null;
  const at = layer === "upper" ? upperAt(path) : entryOf(facts, path);
  const object = at === null ? null : examine(facts, at);
  if (at === null || object === null || !isReg(object) || !object.xattrs.has("metacopy")) return null;
  return { at, path, ino: object.ino };
}

function entryOf(facts: Facts, path: Buffer): Place | null {
  const shown = facts.plain(path);
  return shown.kind === "found" && shown.lowerFh !== null ? entryPlace(shown.lowerFh) : null;
}

function examine(facts: Facts, at: Place): ReturnType<Facts["examine"]> {
  try {
    return facts.examine(at);
  } catch (error) {
    if (error instanceof HostError) return null;
    throw error;
  }
}

const IN_LOWER =
  "Mount with metacopy=on,redirect_dir=on,nfs_export=off and open it for writing, which has the kernel copy it into upper: what is in a lower layer alone is not written.";

/** What it costs: room for what is copied in this round, or the time to compare what was. */
function costOf(actions: readonly Action[]): string {
  const copied = actions.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.op === "fill" ? [step.data] : [])),
  );
  if (copied.length === 0) return "no room; what was copied is compared before marks go";
  const bytes = copied.reduce((sum, data) => sum + data, 0);
  return `up to ${sizeText(bytes)} in upper: the data of ${plural(copied.length, "file")}, without holes`;
}

/** "512 bytes", "1.5 KiB", "20.0 GiB". */
function sizeText(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length);
  return power === 0 ? plural(bytes, "byte") : `${(bytes / 1024 ** power).toFixed(1)} ${UNITS[power - 1]}`;
}

const UNITS = ["KiB", "MiB", "GiB", "TiB"];
