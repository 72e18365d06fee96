/** What a round of `migrate` is for, for a person. */
import type { Reason } from "../migrations/index.js";
import type { Migrated, MigrationList } from "../repair/run-result.js";
import { safeText, wrap } from "../report/text.js";
import type { RunTextOptions } from "./options.js";

export function migrationLines(
  { name, title, because, cost, notices, round }: Migrated,
  { paint, width }: RunTextOptions,
): string[] {
  return [
    "",
    ...wrap(`${paint.strong(`${round}. ${name}`)}: ${title}`, width, 2),
    ...reasonLines({ because, cost }, width),
    ...notices.flatMap((line) => wrap(`  ${safeText(line)}`, width, 4)),
  ];
}

/** Which apply. */
export function migrationListLines(
  { migrations }: MigrationList,
  { paint, width }: RunTextOptions,
): string[] {
  if (migrations.length === 0) return ["no migration applies"];
  return [
    ...migrations.flatMap(({ name, title, because, cost }) => [
      ...wrap(`${paint.strong(name)}: ${title}`, width, 2),
      ...reasonLines({ because, cost }, width),
    ]),
    "next: the same with -n in place of --list, which shows the plan",
  ];
}

function reasonLines({ because, cost }: Reason, width: number): string[] {
  return [
    ...wrap(`  because ${safeText(because)}`, width, 4),
    ...wrap(`  costs ${safeText(cost)}`, width, 4),
  ];
}
