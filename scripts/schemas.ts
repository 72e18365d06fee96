/** The JSON schemas of what the commands print, as values. */
import { exported, resolve } from "./client-schemas.js";
import { handlesSave, handlesVerify } from "./handles-schemas.js";
import { layers } from "./layers-schema.js";
import { journals, migrations, repair, undo } from "./run-schemas.js";
import * as s from "./schema-parts.js";

const mount = {
  oneOf: [
    s.record({ ok: { const: true } }),
    s.record({ ok: { const: false }, errno: s.text, cause: s.ref("code") }),
  ],
};

const verdict = {
  tool: s.tool,
  overlay: s.overlay,
  require: s.require,
  ready: s.flag,
  provisional: s.flag,
  complete: s.flag,
  prediction: s.record({
    mount,
    index: s.record({ removed: s.list(s.text), tombstoned: s.list(s.text) }),
    lookup: s.list(s.withPath({ errno: s.text })),
    hidden: s.list({ anyOf: [s.path, s.record({ path: s.path, pathHex: s.pathHex })] }),
  }),
  counts: s.record({
    error: s.count,
    warning: s.count,
    info: s.count,
    byCode: { type: "object", propertyNames: s.ref("code"), additionalProperties: s.count },
    examined: s.record({ directories: s.count, upperObjects: s.count, indexEntries: s.count }),
  }),
};

const checked = s.record({ schema: { const: "ovl-index/check/1" }, ...verdict, findings: s.list(s.finding) });

const check = {
  $schema: s.DIALECT,
  $id: "ovl-index/check/1",
  title: "ovl-index check --json",
  ...checked,
  $defs: s.definitions,
};

const mountPath = (hexName: string, schema: s.Schema) => ({
  ...schema,
  description: `absolute; ${hexName} where it is not UTF-8`,
});

const checkAll = {
  ...s.printed("check-all", "ovl-index check --all --json, of every overlay", {
    require: s.require,
    unread: { ...s.list(s.text), description: "lists of overlays that could not be read, and why" },
    exitCode: s.count,
    overlays: s.list(
      s.record(
        {
          name: mountPath("`nameHex`", s.text),
          nameHex: s.hex,
          names: s.list(
            s.record(
              {
                from: s.oneOf("mountinfo", "fstab", "systemd"),
                path: mountPath("`pathHex`", s.orNull(s.text)),
                pathHex: s.hex,
              },
              ["pathHex"],
            ),
          ),
          exitCode: s.count,
          trouble: { ...s.orNull(s.text), description: "why it was not checked" },
          check: s.orNull(checked),
        },
        ["nameHex"],
      ),
    ),
  }),
  $defs: s.definitions,
};

/** What each line begins with. */
const line = (kind: string) => ({
  schema: { const: "ovl-index/check-line/1" },
  kind: { const: kind },
  name: {
    ...s.text,
    description: "the mount point where it was asked for by that, else the upper layer, or the lower ones",
  },
  nameHex: { ...s.hex, description: "the bytes of `name`, where they are not UTF-8" },
});

const checkLine = {
  $schema: s.DIALECT,
  $id: "ovl-index/check-line/1",
  title: "a line of ovl-index check --format ndjson",
  oneOf: [
    s.record({ ...line("finding"), ...s.findingFields }, ["nameHex", "pathHex"]),
    s.record({ ...line("summary"), ...verdict, exitCode: s.count }, ["nameHex"]),
  ],
  $defs: s.definitions,
};

const inspect = {
  ...s.printed("inspect", "ovl-index inspect --json", {
    subject: s.text,
    kind: s.oneOf("path", "xattr", "handle", "client-handle"),
    things: s.list(
      s.record({
        what: s.text,
        verdict: s.oneOf("valid", "unknown", "invalid", "ignored", "unread"),
        meaning: s.text,
        fields: s.list(
          s.record({
            name: s.text,
            offset: s.orNull(s.count),
            size: s.orNull(s.count),
            hex: s.orNull(s.text),
            meaning: s.text,
          }),
        ),
      }),
    ),
  }),
};

const explained = {
  oneOf: [
    s.record({
      kind: { const: "code" },
      code: s.ref("code"),
      group: s.oneOf("mount", "roots", "entries", "objects", "names", "run"),
      severity: s.ref("severity"),
      title: s.text,
      explanation: s.text,
      cause: s.text,
      kernel: s.ref("kernel"),
      repair: s.ref("repair"),
    }),
    s.record({
      kind: { const: "message" },
      text: s.text,
      count: s.count,
      means: s.text,
      does: s.text,
      action: s.text,
      codes: s.list(s.ref("code")),
      details: s.words,
    }),
  ],
};

const explain = {
  ...s.printed("explain", "ovl-index explain --json", {
    explained: s.list(explained),
    unknown: s.list(s.text),
    passedOver: s.count,
  }),
  $defs: s.definitions,
};

/** File name (without .schema.json) to schema. */
export const SCHEMAS = {
  "check-1": check,
  "check-line-1": checkLine,
  "check-all-1": checkAll,
  "repair-1": repair,
  "undo-1": undo,
  "journals-1": journals,
  "migrations-1": migrations,
  "inspect-1": inspect,
  "explain-1": explain,
  "handles-save-1": handlesSave,
  "handles-verify-1": handlesVerify,
  "resolve-1": resolve,
  "export-1": exported,
  "layers-1": layers,
} as const;
