/** The JSON schemas of what `handles` prints, as values. */
import { type Outcome, VERDICTS } from "../src/lib/handles/verdicts.js";
import * as s from "./schema-parts.js";

const file = { ...s.text, description: "as it was given; U+FFFD for what is not UTF-8" };
const fileHex = { ...s.hex, description: "the bytes of `file`, where they are not UTF-8" };

/** Handles of one outcome. */
const handles = (outcome: Outcome) => {
  const verdicts = Object.entries(VERDICTS).filter(([, verdict]) => verdict.outcome === outcome);
  return s.list(
    s.record(
      {
        path: s.path,
        pathHex: s.pathHex,
        type: s.oneOf("f", "d", "l", "p", "s", "c", "b"),
        handle: { type: "string", pattern: "^[0-9a-f]+:([0-9a-f]{2})*$" },
        verdict: s.oneOf(...verdicts.map(([name]) => name)),
        reason: s.text,
      },
      ["pathHex"],
    ),
  );
};

export const handlesSave = {
  ...s.printed(
    "handles-save",
    "ovl-index handles save --json",
    {
      file,
      fileHex,
      records: s.count,
      copiesUp: {
        ...s.count,
        description: "directories that the kernel copies up before it gives their handles out",
      },
    },
    ["fileHex"],
  ),
};

export const handlesVerify = {
  ...s.printed(
    "handles-verify",
    "ovl-index handles verify --json",
    {
      file,
      fileHex,
      saved: { ...s.text, description: "ISO 8601, UTC" },
      through: s.oneOf("layers", "mount"),
      overlay: s.orNull(s.overlay),
      mount: s.orNull({
        anyOf: [
          s.record({ ok: { const: true } }),
          s.record({ ok: { const: false }, errno: s.text, cause: s.text }),
        ],
      }),
      complete: s.flag,
      provisional: s.flag,
      total: s.count,
      same: s.count,
      sameBySecondInode: {
        ...s.count,
        description:
          "those of `same` that open the file as another inode than its name has: it has got an index entry since",
      },
      deleted: s.count,
      deletedAndOpens: {
        ...s.count,
        description:
          "those of `deleted` that the kernel opens still, as it counts links that never showed (nlink-wrong)",
      },
      stale: handles("stale"),
      wrong: handles("wrong"),
    },
    ["fileHex"],
  ),
};
