/** What the schemas of several documents are put together from. */
import { CODES } from "../src/lib/catalogue/index.js";

export type Schema = Readonly<Record<string, unknown>>;

export const text: Schema = { type: "string" };
export const flag: Schema = { type: "boolean" };
export const count: Schema = { type: "integer", minimum: 0 };
export const words: Schema = { type: "object", additionalProperties: text };
export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: "null" }] });
export const list = (items: Schema): Schema => ({ type: "array", items });
export const oneOf = (...values: readonly string[]): Schema => ({ enum: values });

/** All properties are there and no others, but for the optional ones. */
export function record(
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required, additionalProperties: false };
}

export const hex: Schema = { type: "string", pattern: "^([0-9a-f]{2})+$" };
export const pathHex: Schema = { ...hex, description: "the bytes of `path`, where they are not UTF-8" };
export const path: Schema = {
  ...text,
  description: "relative to the overlay's root; U+FFFD for what is not UTF-8",
};
export const withPath = (properties: Readonly<Record<string, Schema>>): Schema =>
  record({ path, pathHex, ...properties }, ["pathHex"]);

export const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` });
export const tool = record({ version: text });
export const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** A document that a command prints, which says itself by which schema. */
export function printed(
  name: string,
  title: string,
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): Schema {
  const id = `ovl-index/${name}/1`;
  const all = record({ schema: { const: id }, tool, ...properties }, optional);
  return { $schema: DIALECT, $id: id, title, ...all };
}

export const definitions = {
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

export const layer = withPath({
  name: text,
  role: oneOf("upper", "lower", "data", "work"),
  filesystem: orNull(record({ type: text, uuid: orNull(text), handles: flag })),
});

export const overlay = record({ source: text, layers: list(layer), requested: words, effective: words });
export const require = oneOf("nfs-export", "index", "plain");

export const findingFields = {
  code: ref("code"),
  severity: ref("severity"),
  layer: orNull(text),
  path: orNull(path),
  pathHex,
  message: text,
  evidence: { type: "object" },
  kernel: ref("kernel"),
  repair: ref("repair"),
};
export const finding = record(findingFields, ["pathHex"]);
