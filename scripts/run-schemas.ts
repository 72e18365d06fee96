/** The JSON schemas of what the commands that write print, as values. */
import { MIGRATIONS } from "../src/lib/plan/cause.js";
import { ACTIONS } from "../src/lib/plan/types.js";
import * as s from "./schema-parts.js";

const place: s.Schema = s.record(
  { layer: s.text, path: { ...s.text, description: "relative to the layer's root" }, pathHex: s.pathHex },
  ["pathHex"],
);
const absolute: s.Schema = { ...s.text, description: "absolute; U+FFFD for what is not UTF-8" };
const journalHex: s.Schema = { ...s.hex, description: "the bytes of `journal`, where they are not UTF-8" };
const about = { code: s.ref("code"), layer: s.orNull(s.text), path: s.orNull(s.path), pathHex: s.pathHex };

const step = {
  type: "object",
  properties: { op: s.oneOf("xattr", "link", "unlink", "move", "keep", "make"), at: place },
  required: ["op", "at"],
};

const causeCode: s.Schema = {
  anyOf: [s.ref("code"), s.oneOf(...MIGRATIONS)],
  description: "the code of a finding, or the name of a migration",
};

const planned = s.record(
  {
    action: s.oneOf(...ACTIONS),
    target: place,
    because: s.record({ ...about, code: causeCode, message: s.text }, ["pathHex"]),
    evidence: s.text,
    safety: s.oneOf("auto", "confirm"),
    loses: s.orNull(s.text),
    round: { type: "integer", minimum: 1 },
    outcome: s.oneOf("planned", "applied", "declined"),
    steps: { ...s.list(step), description: "with --verbose" },
  },
  ["steps"],
);

const recovered = s.orNull(
  s.record(
    {
      journal: absolute,
      journalHex,
      command: s.oneOf("repair", "build", "migrate", "undo"),
      how: s.oneOf("finished", "rolled-back", "left", "pending"),
      changes: s.count,
    },
    ["journalHex"],
  ),
);

const trouble = s.orNull(
  s.record({
    kind: s.oneOf(
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
    message: s.text,
  }),
);

const applying = { name: s.oneOf(...MIGRATIONS), title: s.text, because: s.text, cost: s.text };

export const repair = {
  ...s.printed(
    "repair",
    "ovl-index repair --json, ovl-index build --json, ovl-index migrate --json",
    {
      command: s.oneOf("repair", "build", "migrate"),
      mode: s.oneOf("dry-run", "preen", "yes", "ask"),
      overlay: s.overlay,
      require: s.require,
      ready: s.flag,
      complete: s.flag,
      changed: { ...s.flag, description: "of a dry run: the real one would change something" },
      applied: s.count,
      rounds: s.count,
      journal: s.orNull(absolute),
      journalHex,
      recovered,
      trouble,
      kept: s.list(s.record({ path: absolute, pathHex: s.pathHex, from: place }, ["pathHex"])),
      migrations: s.list(
        s.record({ ...applying, notices: s.list(s.text), round: { type: "integer", minimum: 1 } }),
      ),
      plan: s.list(planned),
      left: s.list(s.record({ ...about, why: s.text }, ["pathHex"])),
      remaining: s.list(s.finding),
    },
    ["journalHex"],
  ),
  $defs: s.definitions,
};

const run = s.record(
  {
    id: s.text,
    path: absolute,
    pathHex: s.pathHex,
    command: s.orNull(s.oneOf("repair", "build", "migrate", "undo")),
    begun: s.orNull({ ...s.text, description: "ISO 8601, UTC" }),
    changes: s.count,
    state: s.oneOf("done", "undone", "left", "interrupted", "unknown"),
  },
  ["pathHex"],
);

export const undo = {
  ...s.printed("undo", "ovl-index undo --json", {
    dryRun: s.flag,
    overlay: s.overlay,
    run: s.orNull(run),
    undone: s.count,
    changed: { ...s.flag, description: "of a dry run: the real one would change something" },
    recovered,
    trouble,
  }),
};

export const migrations = {
  ...s.printed("migrations", "ovl-index migrate --list --json", {
    overlay: s.overlay,
    migrations: s.list(s.record(applying)),
    trouble,
  }),
};

export const journals = {
  ...s.printed("journals", "ovl-index undo --list --json", {
    overlay: s.overlay,
    journals: s.list(run),
    trouble,
  }),
};
