/** All migrations, in the order in which they are looked at. */
import type { Finding } from "../catalogue/index.js";
import type { MigrationName } from "../plan/cause.js";
import type { Left } from "../plan/types.js";
import { detach, isWished } from "./detach.js";
import { indexComplete } from "./index-complete.js";
import { metacopy } from "./metacopy.js";
import { newBase } from "./new-base.js";
import { onOffOn } from "./on-off-on.js";
import { restamp } from "./restamp/index.js";
import type { Migration, MigrationPlan, Past, Reason } from "./types.js";
import { uuid } from "./uuid/index.js";
import { isUnread, xattrNamespace } from "./xattr-namespace/index.js";

export { hasLostXattrs } from "./restamp/lost.js";
export type { Migration, MigrationPlan, Past, Reason, Wishes } from "./types.js";
export { isUnread } from "./xattr-namespace/index.js";

/** As in {@link MigrationName}'s list: each may need what those before it have done. */
export const ALL: readonly Migration[] = [
  detach,
  xattrNamespace,
  uuid,
  restamp,
  newBase,
  metacopy,
  onOffOn,
  indexComplete,
];

export interface Applying extends Reason {
  readonly name: MigrationName;
  readonly title: string;
}

/** The roots' marks are of another place, or of another UUID: where that is so, `uuid` comes first, and leaves them nothing. */
const OF_MOVED: ReadonlySet<MigrationName> = new Set(["restamp", "new-base"]);

/** Which apply to the overlay as it is; some only show once others are done. */
export function applying(past: Past): readonly Applying[] {
  const isBlind = past.result.findings.some(isUnread);
  const found = wanted(past).flatMap((migration) => {
    if (isBlind && migration !== xattrNamespace) return [];
    const reason = migration.applies(past);
    return reason === null ? [] : [{ name: migration.name, title: migration.title, ...reason }];
  });
  return found.some(({ name }) => name === "uuid") ? found.filter(({ name }) => !OF_MOVED.has(name)) : found;
}

/** The plan of the first that applies and has something to do; the next is looked at when that is done. */
export function planNext(past: Past): MigrationPlan & { readonly migration: Applying | null } {
  const left: MigrationPlan["left"][number][] = [];
  const unread = past.result.findings.filter(isUnread);
  if (unread.length > 0 && !wanted(past).includes(xattrNamespace))
    return { actions: [], left: unread.map(unreadFirst), notices: [], migration: null };
  for (const one of wanted(past)) {
    const reason = one.applies(past);
    if (reason === null) continue;
    const plan = one.plan(past);
    left.push(...plan.left);
    if (plan.actions.length === 0 && one === xattrNamespace && unread.length > 0) break;
    if (plan.actions.length === 0) continue;
    return { ...plan, left, migration: { name: one.name, title: one.title, ...reason } };
  }
  return { actions: [], left, notices: [], migration: null };
}

const unreadFirst = (finding: Finding): Left => ({
  finding,
  why: "Convert it first, by migrate without --only and --detach: until then nothing else can be told.",
});

function wanted({ wishes }: Past): readonly Migration[] {
  const { only } = wishes;
  if (only !== null)
    return ALL.filter(({ name }) => only.includes(name) || (name === "detach" && wishes.detach));
  // What it takes off, the others would put on again.
  return isWished({ wishes }) ? [detach] : ALL;
}
