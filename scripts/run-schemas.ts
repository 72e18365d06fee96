/** The JSON schemas of what the commands that write print, as values. */
import { MIGRATIONS } from "../src/lib/plan/cause.js";
import { ACTIONS } from "../src/lib/plan/types.js";
import {
  count,
  DIALECT,
  definitions,
  finding,
  flag,
  hex,
  list,
  oneOf,
  orNull,
  overlay,
  path,
  pathHex,
  record,
  ref,
  require,
  type Schema,
  text,
  tool,
} from "./schema-parts.js";

const place: Schema = record(
  { layer: text, path: { ...text, description: "relative to the layer's root" }, pathHex },
  ["pathHex"],
);
const absolute: Schema = { ...text, description: "absolute; U+FFFD for what is not UTF-8" };
const journalHex: Schema = { ...hex, description: "the bytes of `journal`, where they are not UTF-8" };
const about = { code: ref("code"), layer: orNull(text), path: orNull(path), pathHex };

const step = {
  type: "object",
  properties: { op: oneOf("xattr", "link", "unlink", "move", "keep", "make"), at: place },
  required: ["op", "at"],
};

const causeCode: Schema = {
  anyOf: [ref("code"), oneOf(...MIGRATIONS)],
  description: "the code of a finding, or the name of a migration",
};

const planned = record(
  {
    action: oneOf(...ACTIONS),
    target: place,
    because: record({ ...about, code: causeCode, message: text }, ["pathHex"]),
    evidence: text,
    safety: oneOf("auto", "confirm"),
    loses: orNull(text),
    round: { type: "integer", minimum: 1 },
    outcome: oneOf("planned", "applied", "declined"),
    steps: { ...list(step), description: "with --verbose" },
  },
  ["steps"],
);

const recovered = orNull(
  record(
    {
      journal: absolute,
      journalHex,
      command: oneOf("repair", "build", "migrate", "undo"),
      how: oneOf("finished", "rolled-back", "left", "pending"),
      changes: count,
    },
    ["journalHex"],
  ),
);

const trouble = orNull(
  record({
    kind: oneOf(
      "locked",
      "in-use",
      "volatile",
      "read-only",
      "no-space",
      "changed",
      "unknown-format",
      "unreadable",
      "failed",
      "unsound",
      "no-journal",
      "cancelled",
    ),
    message: text,
  }),
);

const applying = { name: oneOf(...MIGRATIONS), title: text, because: text, cost: text };

export const repair = {
  $schema: DIALECT,
  $id: "ovl-index/repair/1",
  title: "ovl-index repair --json, ovl-index build --json, ovl-index migrate --json",
  ...record(
    {
      schema: { const: "ovl-index/repair/1" },
      tool,
      command: oneOf("repair", "build", "migrate"),
      mode: oneOf("dry-run", "preen", "yes", "ask"),
      overlay,
      require,
      ready: flag,
      complete: flag,
      changed: { ...flag, description: "of a dry run: the real one would change something" },
      applied: count,
      rounds: count,
      journal: orNull(absolute),
      journalHex,
      recovered,
      trouble,
      kept: list(record({ path: absolute, pathHex, from: place }, ["pathHex"])),
      migrations: list(record({ ...applying, notices: list(text), round: { type: "integer", minimum: 1 } })),
      plan: list(planned),
      left: list(record({ ...about, why: text }, ["pathHex"])),
      remaining: list(finding),
    },
    ["journalHex"],
  ),
  $defs: definitions,
};

const run = record(
  {
    id: text,
    path: absolute,
    pathHex,
    command: orNull(oneOf("repair", "build", "migrate", "undo")),
    begun: orNull({ ...text, description: "ISO 8601, UTC" }),
    changes: count,
    state: oneOf("done", "undone", "left", "interrupted", "unknown"),
  },
  ["pathHex"],
);

export const undo = {
  $schema: DIALECT,
  $id: "ovl-index/undo/1",
  title: "ovl-index undo --json",
  ...record({
    schema: { const: "ovl-index/undo/1" },
    tool,
    dryRun: flag,
    overlay,
    run: orNull(run),
    undone: count,
    changed: { ...flag, description: "of a dry run: the real one would change something" },
    recovered,
    trouble,
  }),
};

export const migrations = {
  $schema: DIALECT,
  $id: "ovl-index/migrations/1",
  title: "ovl-index migrate --list --json",
  ...record({
    schema: { const: "ovl-index/migrations/1" },
    tool,
    overlay,
    migrations: list(record(applying)),
    trouble,
  }),
};

export const journals = {
  $schema: DIALECT,
  $id: "ovl-index/journals/1",
  title: "ovl-index undo --list --json",
  ...record({
    schema: { const: "ovl-index/journals/1" },
    tool,
    overlay,
    journals: list(run),
    trouble,
  }),
};
