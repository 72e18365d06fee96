/**
 * Files whose data is still in a lower layer: an export never follows them. The kernel copies the data up when such a
 * file is opened to be written; until that is done here, too, it is told which files, how much room their data
 * takes and how to have it done.
 */

import type { Finding } from "../catalogue/index.js";
import { HostError } from "../host/errno.js";
import type { Facts } from "../plan/facts.js";
import { upperAt } from "../plan/planners/changes.js";
import { plural } from "../report/text.js";
import type { Migration, Past } from "./types.js";

const MIB = 1 << 20;

export const metacopy: Migration = {
  name: "metacopy",
  title: "copy up the data of metadata-only files",
  applies: (past: Past) => {
    const found = files(past);
    if (found.length === 0) return null;
    return {
      because: `${plural(found.length, "file of upper has its", "files of upper have their")} data in a lower layer, which an export does not follow`,
      cost: `at most ${Math.ceil(room(found, past.facts) / MIB)} MiB in upper; holes need none`,
    };
  },
  plan: (past) => ({
    actions: [],
    left: files(past).map((finding) => ({ finding, why: BY_HAND })),
    notices: [],
  }),
};

const BY_HAND =
  "Mount with metacopy=on,redirect_dir=on,nfs_export=off, open each of them for writing, which has the kernel copy its data up, unmount, and migrate again.";

const files = ({ result }: Past): readonly Finding[] =>
  result.findings.filter(({ code, layer }) => code === "metacopy-not-followed" && layer === "upper");

/** Bytes: the size that the kernel gives the file when it copies metadata up is that of its data. */
function room(found: readonly Finding[], facts: Facts): number {
  return found.reduce((sum, { path }) => sum + (path === null ? 0 : sizeOf(facts, path)), 0);
}

function sizeOf(facts: Facts, path: Buffer): number {
  try {
    return Number(facts.examine(upperAt(path))?.size ?? 0);
  } catch (error) {
    if (error instanceof HostError) return 0;
    throw error;
  }
}
