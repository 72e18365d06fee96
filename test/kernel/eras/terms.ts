/** What a seed of eras goes by: which handles can be judged, what may have changed, and how it is told. */
import type { RunResult } from "../../../src/lib/repair/run-result.js";
import { printable } from "../../support/tree.js";
import type { Wrong } from "./judge.js";
import type { ClientHandle, Shown } from "./objects.js";

/**
 * A lower hard link with a name that another lower layer hides, or that was gone before: the kernel counts that name all the same, and lets the
 * handle open the file when all others are deleted, be there an index from the start or not. ovl_set_nlink_lower()
 */
export function hasUnseenName(
  number: number,
  taken: readonly ClientHandle[],
  links: ReadonlyMap<number, number>,
): boolean {
  return taken.filter((one) => one.number === number).length < (links.get(number) ?? 0);
}

/** Nothing that anybody sees has changed; hard links may have become one file again. */
export function compareShown(
  before: readonly Shown[],
  after: readonly Shown[],
  links: ReadonlyMap<number, number>,
): string[] {
  const isAs = new Map(after.map((one) => [one.path.toString("latin1"), one]));
  const problems = before.flatMap(({ path, number, state }) => {
    const now = isAs.get(path.toString("latin1"));
    isAs.delete(path.toString("latin1"));
    if (now === undefined) return [`lost: ${printable(path)}`];
    const isSame = now.number === number && (now.state === state || links.has(number ?? 0));
    return isSame
      ? []
      : [`changed: ${printable(path)} from ${number} ${state} to ${now.number} ${now.state}`];
  });
  return [...problems, ...[...isAs.values()].map(({ path }) => `came up: ${printable(path)}`)];
}

export const text = ({ held, what }: Wrong): string =>
  `handle of ${printable(held.path)}, number ${held.number}: ${what}`;

export function tell(result: RunResult): string[] {
  return [
    ...result.migrations.map(({ round, name, because }) => `${round} ${name}: ${because}`),
    ...result.plan.map(
      ({ action, round, outcome }) =>
        `${round} ${outcome} ${action.action} ${action.target.layer} ${printable(action.target.path)} [${action.because.code}] ${action.evidence}${action.loses === null ? "" : `; loses ${action.loses}`}`,
    ),
    ...result.left.map(({ finding, why }) => `left ${finding.code}: ${why}`),
  ];
}
