/** The JSON schemas of what the commands print, as values. */
import { exported, resolve } from "./client-schemas.js";
import { handlesSave, handlesVerify } from "./handles-schemas.js";
import { layers } from "./layers-schema.js";
import { journals, migrations, repair, undo } from "./run-schemas.js";
import {
  count,
  DIALECT,
  definitions,
  finding,
  findingFields,
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
  withPath,
  words,
} from "./schema-parts.js";

const mount = {
  oneOf: [record({ ok: { const: true } }), record({ ok: { const: false }, errno: text, cause: ref("code") })],
};

const verdict = {
  tool,
  overlay,
  require,
  ready: flag,
  provisional: flag,
  complete: flag,
  prediction: record({
    mount,
    index: record({ removed: list(text), tombstoned: list(text) }),
    lookup: list(withPath({ errno: text })),
    hidden: list({ anyOf: [path, record({ path, pathHex })] }),
  }),
  counts: record({
    error: count,
    warning: count,
    info: count,
    byCode: { type: "object", propertyNames: ref("code"), additionalProperties: count },
    examined: record({ directories: count, upperObjects: count, indexEntries: count }),
  }),
};

const checked = record({ schema: { const: "ovl-index/check/1" }, ...verdict, findings: list(finding) });

const check = {
  $schema: DIALECT,
  $id: "ovl-index/check/1",
  title: "ovl-index check --json",
  ...checked,
  $defs: definitions,
};

const mountPath = (hexName: string, schema: Schema) => ({
  ...schema,
  description: `absolute; ${hexName} where it is not UTF-8`,
});

const checkAll = {
  $schema: DIALECT,
  $id: "ovl-index/check-all/1",
  title: "ovl-index check --all --json, of every overlay",
  ...record({
    schema: { const: "ovl-index/check-all/1" },
    tool,
    require,
    unread: { ...list(text), description: "lists of overlays that could not be read, and why" },
    exitCode: count,
    overlays: list(
      record(
        {
          name: mountPath("`nameHex`", text),
          nameHex: hex,
          names: list(
            record(
              {
                from: oneOf("mountinfo", "fstab", "systemd"),
                path: mountPath("`pathHex`", orNull(text)),
                pathHex: hex,
              },
              ["pathHex"],
            ),
          ),
          exitCode: count,
          trouble: { ...orNull(text), description: "why it was not checked" },
          check: orNull(checked),
        },
        ["nameHex"],
      ),
    ),
  }),
  $defs: definitions,
};

/** What each line begins with. */
const line = (kind: string) => ({
  schema: { const: "ovl-index/check-line/1" },
  kind: { const: kind },
  name: {
    ...text,
    description: "the mount point where it was asked for by that, else the upper layer, or the lower ones",
  },
  nameHex: { ...hex, description: "the bytes of `name`, where they are not UTF-8" },
});

const checkLine = {
  $schema: DIALECT,
  $id: "ovl-index/check-line/1",
  title: "a line of ovl-index check --format ndjson",
  oneOf: [
    record({ ...line("finding"), ...findingFields }, ["nameHex", "pathHex"]),
    record({ ...line("summary"), ...verdict, exitCode: count }, ["nameHex"]),
  ],
  $defs: definitions,
};

const inspect = {
  $schema: DIALECT,
  $id: "ovl-index/inspect/1",
  title: "ovl-index inspect --json",
  ...record({
    schema: { const: "ovl-index/inspect/1" },
    tool,
    subject: text,
    kind: oneOf("path", "xattr", "handle", "client-handle"),
    things: list(
      record({
        what: text,
        verdict: oneOf("valid", "unknown", "invalid", "ignored", "unread"),
        meaning: text,
        fields: list(
          record({
            name: text,
            offset: orNull(count),
            size: orNull(count),
            hex: orNull(text),
            meaning: text,
          }),
        ),
      }),
    ),
  }),
};

const explained = {
  oneOf: [
    record({
      kind: { const: "code" },
      code: ref("code"),
      group: oneOf("mount", "roots", "entries", "objects", "names", "run"),
      severity: ref("severity"),
      title: text,
      explanation: text,
      cause: text,
      kernel: ref("kernel"),
      repair: ref("repair"),
    }),
    record({
      kind: { const: "message" },
      text,
      count,
      means: text,
      does: text,
      action: text,
      codes: list(ref("code")),
      details: words,
    }),
  ],
};

const explain = {
  $schema: DIALECT,
  $id: "ovl-index/explain/1",
  title: "ovl-index explain --json",
  ...record({
    schema: { const: "ovl-index/explain/1" },
    tool,
    explained: list(explained),
    unknown: list(text),
    passedOver: count,
  }),
  $defs: definitions,
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
