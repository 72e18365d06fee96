/** Each thing the kernel complains about must have been found: its message, and the findings that explain it. */
import type { Code } from "../../../src/lib/catalogue/index.js";
import type { CheckResult } from "../../../src/lib/report/result.js";

interface Row {
  readonly message: RegExp;
  /** One of these must be found. Empty: the message is no finding's business. */
  readonly codes: readonly Code[];
}

const ROWS: readonly Row[] = [
  // Handles that are stored somewhere.
  {
    message: /^invalid origin \(.*ftype=/,
    codes: ["origin-type-mismatch", "entry-type-wrong"],
  },
  {
    message: /^invalid origin \([0-9a-f]*\)$/,
    codes: ["origin-invalid", "root-origin-invalid", "index-upper-invalid", "entry-upper-unknown"],
  },
  { message: /^failed to get (origin|redirect|metacopy) /, codes: ["xattr-unreadable"] },
  {
    message: /^failed to verify origin \(/,
    codes: [
      "merge-origin-mismatch",
      "metacopy-origin-mismatch",
      "root-origin-mismatch",
      "origin-invalid",
      "origin-unknown",
      "uuid-mode-changed",
    ],
  },
  {
    message: /^failed to verify upper \(/,
    codes: [
      "index-upper-mismatch",
      "index-upper-invalid",
      "redirect-duplicate",
      "origin-duplicate",
      "entry-upper-stale",
      "entry-upper-unknown",
      "entry-other-inode",
      "uuid-mode-changed",
    ],
  },
  {
    message: /^failed to verify upper root origin$/,
    codes: ["root-origin-mismatch", "root-origin-invalid", "uuid-mode-changed"],
  },
  {
    message: /^failed to verify index dir '(origin|upper)' xattr$/,
    codes: ["index-upper-mismatch", "index-upper-invalid", "uuid-mode-changed"],
  },
  { message: /^failed to get uuid \(/, codes: ["uuid-mode-changed", "xattr-unreadable", "option-fallback"] },

  // Index entries.
  {
    message: /^failed to verify index \(.*err=-22\)$/,
    codes: ["entry-name-invalid"],
  },
  {
    message: /^failed to verify index \(.*err=-61\)$/,
    codes: ["entry-name-unknown", "entry-origin-missing"],
  },
  { message: /^failed to verify index \(.*err=-5\)$/, codes: ["entry-upper-not-directory"] },
  {
    message: /^failed to verify index \(.*err=-116\)$/,
    codes: [
      "entry-origin-mismatch",
      "entry-origin-stale",
      "entry-upper-missing",
      "entry-upper-unknown",
      "entry-foreign",
      "entry-type-wrong",
    ],
  },
  { message: /^invalid index upper \(/, codes: ["entry-upper-not-directory"] },
  { message: /^orphan index entry \(/, codes: ["entry-orphan", "entry-upper-stale"] },
  {
    message: /^failed index dir cleanup \(/,
    codes: [
      "entry-name-invalid",
      "entry-name-unknown",
      "entry-upper-not-directory",
      "entry-origin-missing",
      "index-temporary",
    ],
  },
  {
    message: /^try deleting index dir or mounting with '-o index=off'/,
    codes: [
      "entry-name-invalid",
      "entry-name-unknown",
      "entry-upper-not-directory",
      "entry-origin-missing",
      "index-temporary",
      "index-upper-mismatch",
      "index-not-directory",
      "option-fallback",
      "uuid-mode-changed",
    ],
  },
  {
    message: /^cleanup of '.*' failed \(/,
    codes: [
      "index-temporary",
      "option-fallback",
      "entry-upper-missing",
      "entry-origin-mismatch",
      "entry-foreign",
      // The mount is refused for these, but only after it has begun to clean up.
      "volatile-dirty",
      "incompat-feature",
    ],
  },
  { message: /^cleanup linked index \(/, codes: ["nlink-wrong"] },
  {
    message: /^failed to get index nlink \(/,
    codes: [
      "nlink-malformed",
      "nlink-wrong",
      "entry-orphan",
      "copied-up-not-indexed",
      "hardlink-split",
      "entry-other-inode",
      "origin-duplicate",
    ],
  },
  {
    message: /^failed to create directory .* mounting read-only$/,
    codes: ["option-fallback", "index-not-directory"],
  },

  // Lookup.
  {
    message: /^bad index found \(/,
    codes: ["tombstone-over-reachable", "entry-type-wrong", "entry-upper-stale", "entry-orphan"],
  },
  { message: /^suspected uncovered redirected dir found \(/, codes: ["redirect-uncovered"] },
  {
    message: /^suspected multiply redirected dir found \(/,
    codes: [
      "redirect-duplicate",
      "origin-duplicate",
      "entry-upper-unknown",
      "entry-upper-stale",
      "entry-other-inode",
    ],
  },
  {
    message: /^failed to get inode \(/,
    codes: [
      "origin-duplicate",
      "redirect-duplicate",
      "redirect-uncovered",
      "lookup-refused",
      "hardlink-split",
      "entry-other-inode",
    ],
  },
  { message: /^invalid redirect \(/, codes: ["redirect-malformed"] },
  { message: /^refusing to follow redirect for \(/, codes: ["redirect-not-followed"] },
  { message: /^refusing to follow metacopy origin for \(/, codes: ["metacopy-not-followed"] },
  { message: /^metacopy with no lower data found - abort lookup \(/, codes: ["metacopy-no-data"] },
  { message: /^metacopy file '.*' has /, codes: ["metacopy-invalid"] },
  { message: /^incompatible overlay\.protattr format \(/, codes: [] },
  // Where the distribution has xino_auto on.
  { message: /^"xino" feature enabled using /, codes: [] },

  // Options and layers.
  { message: /^overlay with incompat feature '/, codes: ["volatile-dirty", "incompat-feature"] },
  {
    message: /^NFS export requires an index dir, falling back to nfs_export=off\.$/,
    codes: ["option-fallback"],
  },
  { message: /^The uuid=off requires a single fs/, codes: [] },
  { message: /uuid=off.*falling back|falling back to uuid=/, codes: [] },
  { message: /^conflicting options: /, codes: ["options-conflict"] },
];

/** Marks the disagreements that come from the kernel's log. */
export const WARNING = "warning:";

/** Messages that no finding explains, or that no row knows. */
export function unexplained(warnings: readonly string[], result: CheckResult): string[] {
  const found = new Set(result.findings.map((finding) => finding.code));
  const lines = new Set<string>();
  for (const text of warnings) {
    const row = ROWS.find((one) => one.message.test(text));
    if (!row) lines.add(`${WARNING} no row for the kernel's message ${JSON.stringify(text)}`);
    else if (row.codes.length > 0 && !row.codes.some((code) => found.has(code))) {
      lines.add(`${WARNING} ${JSON.stringify(row.message.source)} has no finding (${row.codes.join(", ")})`);
    }
  }
  return [...lines];
}
