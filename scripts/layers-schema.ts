/** The JSON schema of what `--layers` reads. */
import { OVERLAY_OPTIONS } from "../src/lib/mount/known-options.js";
import { LAYERS_SCHEMA, WORDS } from "../src/lib/mount/layers-file.js";
import { DIALECT, oneOf, orNull, pathHex, record, type Schema } from "./schema-parts.js";

const nonEmpty: Schema = { type: "string", minLength: 1 };

const layerPath: Schema = {
  description: "absolute, or relative to the working directory of whoever reads it",
  anyOf: [
    nonEmpty,
    record({ path: nonEmpty, pathHex }, ["pathHex"]),
    record({ path: { type: "string" }, pathHex }, ["path"]),
  ],
};

const chosen = Object.entries(OVERLAY_OPTIONS).flatMap(([name, kind]): [string, Schema][] =>
  typeof kind === "string" ? [] : [[name, oneOf(...kind)]],
);
const words = [...WORDS].map((name): [string, Schema] => [name, oneOf("on", "off")]);
const options = Object.fromEntries([...chosen, ...words]);

export const layers = {
  $schema: DIALECT,
  $id: LAYERS_SCHEMA,
  title: "ovl-index --layers",
  ...record(
    {
      schema: { const: LAYERS_SCHEMA },
      lower: { type: "array", items: layerPath, minItems: 1, description: "the topmost first" },
      data: { type: "array", items: layerPath, description: "data-only layers, the topmost first" },
      upper: orNull(layerPath),
      work: orNull(layerPath),
      options: {
        ...record(options, Object.keys(options)),
        description: "mount options, as `overlay.requested` of a report has them",
      },
    },
    ["data", "upper", "work", "options"],
  ),
};
