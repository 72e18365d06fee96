/** The JSON schemas of the commands that are about clients and their handles, as values. */
import {
  count,
  DIALECT,
  definitions,
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

const mountVerdict = {
  oneOf: [record({ ok: { const: true } }), record({ ok: { const: false }, errno: text, cause: text })],
};

const field = record({
  offset: count,
  size: count,
  name: text,
  hex: { ...hex, pattern: "^([0-9a-f]{2})*$" },
  meaning: text,
});

const end = {
  oneOf: [
    record({
      leads: { const: "nowhere" },
      because: oneOf(
        "not-a-handle",
        "not-exported",
        "no-upper",
        "object-gone",
        "tombstone",
        "outside-layers",
        "entry-stale",
        "entry-origin-mismatch",
        "not-connected",
        "not-mounted",
      ),
      why: text,
      errno: { const: "ESTALE" },
    }),
    record({ leads: { const: "directory" }, path, pathHex }, ["pathHex"]),
    record({
      leads: { const: "object" },
      type: text,
      layer: text,
      ino: count,
      size: count,
      nlink: count,
      paths: list(record({ path, pathHex }, ["pathHex"])),
    }),
  ],
};

export const resolve = {
  $schema: DIALECT,
  $id: "ovl-index/resolve/1",
  title: "ovl-index resolve --json",
  ...record({
    schema: { const: "ovl-index/resolve/1" },
    tool,
    overlay,
    mount: mountVerdict,
    search: orNull(
      record({ complete: { ...flag, description: "false: files may have more names" }, names: count }),
    ),
    handles: list(
      record({
        given: text,
        form: oneOf("structure", "overlay", "knfsd", "ganesha", "embedded"),
        fields: list(field),
        steps: list(record({ by: { ...text, description: "the kernel's function" }, text })),
        end,
      }),
    ),
  }),
  $defs: definitions,
};

const block = oneOf("mount", "fstab", "exports", "ganesha", "systemd");

export const exported = {
  $schema: DIALECT,
  $id: "ovl-index/export/1",
  title: "ovl-index export --json",
  ...record(
    {
      schema: { const: "ovl-index/export/1" },
      tool,
      overlay,
      ready: flag,
      mountpoint: { ...text, description: "absolute; U+FFFD for what is not UTF-8" },
      mountpointHex: { ...hex, description: "the bytes of `mountpoint`, where they are not UTF-8" },
      identity: orNull(
        record({
          fsid: text,
          exportId: { type: "integer", minimum: 1, maximum: 65535 },
          filesystemId: list(count),
        }),
      ),
      blocks: list(
        record({ name: block, why: list(text), pieces: list(record({ file: orNull(text), text })) }),
      ),
      omitted: list(record({ name: block, why: text })),
      steps: { ...list(text), description: "what gets it ready; empty where it is" },
    },
    ["mountpointHex"],
  ),
  $defs: definitions,
};
