/** The JSON schemas of what `handles` prints, as values. */
import { type Outcome, VERDICTS } from "../src/lib/handles/verdicts.js";
import {
  count,
  DIALECT,
  flag,
  hex,
  list,
  oneOf,
  orNull,
  overlay,
  path,
  pathHex,
  record,
  text,
  tool,
} from "./schema-parts.js";

const file = { ...text, description: "as it was given; U+FFFD for what is not UTF-8" };
const fileHex = { ...hex, description: "the bytes of `file`, where they are not UTF-8" };

/** Handles of one outcome. */
const handles = (outcome: Outcome) => {
  const verdicts = Object.entries(VERDICTS).filter(([, verdict]) => verdict.outcome === outcome);
  return list(
    record(
      {
        path,
        pathHex,
        type: oneOf("f", "d", "l", "p", "s", "c", "b"),
        handle: { type: "string", pattern: "^[0-9a-f]+:([0-9a-f]{2})*$" },
        verdict: oneOf(...verdicts.map(([name]) => name)),
        reason: text,
      },
      ["pathHex"],
    ),
  );
};

export const handlesSave = {
  $schema: DIALECT,
  $id: "ovl-index/handles-save/1",
  title: "ovl-index handles save --json",
  ...record(
    {
      schema: { const: "ovl-index/handles-save/1" },
      tool,
      file,
      fileHex,
      records: count,
      copiesUp: {
        ...count,
        description: "directories that the kernel copies up before it gives their handles out",
      },
    },
    ["fileHex"],
  ),
};

export const handlesVerify = {
  $schema: DIALECT,
  $id: "ovl-index/handles-verify/1",
  title: "ovl-index handles verify --json",
  ...record(
    {
      schema: { const: "ovl-index/handles-verify/1" },
      tool,
      file,
      fileHex,
      saved: { ...text, description: "ISO 8601, UTC" },
      through: oneOf("layers", "mount"),
      overlay: orNull(overlay),
      mount: orNull({
        anyOf: [record({ ok: { const: true } }), record({ ok: { const: false }, errno: text, cause: text })],
      }),
      complete: flag,
      provisional: flag,
      total: count,
      same: count,
      sameBySecondInode: {
        ...count,
        description:
          "those of `same` that open the file as another inode than its name has: it has got an index entry since",
      },
      deleted: count,
      deletedAndOpens: {
        ...count,
        description:
          "those of `deleted` that the kernel opens still, as it counts links that never showed (nlink-wrong)",
      },
      stale: handles("stale"),
      wrong: handles("wrong"),
    },
    ["fileHex"],
  ),
};
