/** Lines for whoever says yes to a migration. */

import type { Finding } from "../catalogue/index.js";
import type { Action } from "../plan/types.js";
import { number, plural } from "../report/text.js";

/** Paths that a line names; who wants them all has the plan. */
const NAMED = 5;

/** `"a", "b" and 3 more`: the first by name, not those that were met first. */
export function somePaths(paths: readonly Buffer[]): string {
  const sorted = [...paths].sort(Buffer.compare);
  const named = sorted.slice(0, NAMED).map((path) => JSON.stringify(path.toString()));
  const rest = paths.length - named.length;
  return rest > 0 ? `${named.join(", ")} and ${number(rest)} more` : named.join(", ");
}

export const pathsOf = (findings: readonly Finding[]): Buffer[] =>
  findings.flatMap(({ path }) => (path === null ? [] : [path]));

/**
 * An upper object without an entry is exported by a handle of its own; from now on it is by its lower object's.
 * The old handle goes on leading to it, but as a second object with another inode number. ovl_encode_fh()
 */
export function secondIdentity(actions: readonly Action[]): readonly string[] {
  const paths = actions.flatMap(({ because, action }) =>
    (action === "add-entry" || action === "set-origin") && because.path !== null ? [because.path] : [],
  );
  if (paths.length === 0) return [];
  return [
    `${plural(paths.length, "object")} of upper will be exported by the handle of the lower object. A client that holds a handle which an export without the entry gave out still reaches the same object by it, but sees a second inode number: ${somePaths(paths)}`,
  ];
}
