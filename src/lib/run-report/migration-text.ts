/** What a round of `migrate` is for, for a person. */
import type { Migrated } from "../repair/run-result.js";
import { safeText, wrap } from "../report/text.js";
import type { RunTextOptions } from "./options.js";

export function migrationLines(
  { name, title, because, cost, notices, round }: Migrated,
  { paint, width }: RunTextOptions,
): string[] {
  return [
    `${paint.strong(`${round}. ${name}`)}: ${title}`,
    ...wrap(`  because ${safeText(because)}`, width, 4),
    ...wrap(`  costs ${safeText(cost)}`, width, 4),
    ...notices.flatMap((line) => wrap(`  ${safeText(line)}`, width, 4)),
  ];
}
