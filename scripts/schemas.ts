/** The JSON schemas of what the commands print, as values. */
import { CODES } from "../src/lib/catalogue/index.js";

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string" };
const flag: Schema = { type: "boolean" };
const count: Schema = { type: "integer", minimum: 0 };
const words: Schema = { type: "object", additionalProperties: text };
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: "null" }] });
const list = (items: Schema): Schema => ({ type: "array", items });
const oneOf = (...values: readonly string[]): Schema => ({ enum: values });

/** All properties are there and no others, but for the optional ones. */
function record(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required, additionalProperties: false };
}

const hex: Schema = { type: "string", pattern: "^([0-9a-f]{2})+$" };
const pathHex: Schema = { ...hex, description: "the bytes of `path`, where they are not UTF-8" };
const path: Schema = { ...text, description: "relative to the overlay's root; U+FFFD for what is not UTF-8" };
const withPath = (properties: Readonly<Record<string, Schema>>): Schema =>
  record({ path, pathHex, ...properties }, ["pathHex"]);

const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` });
const tool = record({ version: text });
const DIALECT = "https://json-schema.org/draft/2020-12/schema";

const definitions = {
  code: oneOf(...CODES),
  severity: oneOf("error", "warning", "info"),
  kernel: record({
    effect: oneOf(
      "mount-fails",
      "changed-at-mount",
      "lookup-fails",
      "content-hidden",
      "wrong-object",
      "ignored",
      "none",
    ),
    source: list(text),
    detail: text,
  }),
  repair: record({
    action: text,
    safety: oneOf("auto", "confirm", "never"),
    loses: orNull(text),
    command: orNull(text),
  }),
};

const layer = withPath({
  name: text,
  role: oneOf("upper", "lower", "data", "work"),
  filesystem: orNull(record({ type: text, uuid: orNull(text), handles: flag })),
});

const mount = {
  oneOf: [record({ ok: { const: true } }), record({ ok: { const: false }, errno: text, cause: ref("code") })],
};

const finding = record(
  {
    code: ref("code"),
    severity: ref("severity"),
    layer: orNull(text),
    path: orNull(path),
    pathHex,
    message: text,
    evidence: { type: "object" },
    kernel: ref("kernel"),
    repair: ref("repair"),
  },
  ["pathHex"],
);

const check = {
  $schema: DIALECT,
  $id: "ovl-index/check/1",
  title: "ovl-index check --json",
  ...record({
    schema: { const: "ovl-index/check/1" },
    tool,
    overlay: record({ source: text, layers: list(layer), requested: words, effective: words }),
    require: oneOf("nfs-export", "index", "plain"),
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
    findings: list(finding),
  }),
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
export const SCHEMAS = { "check-1": check, "inspect-1": inspect, "explain-1": explain } as const;
