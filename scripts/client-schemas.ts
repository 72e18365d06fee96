/** The JSON schemas of the commands that are about clients and their handles, as values. */
import * as s from "./schema-parts.js";

const mountVerdict = {
  oneOf: [
    s.record({ ok: { const: true } }),
    s.record({ ok: { const: false }, errno: s.text, cause: s.text }),
  ],
};

const field = s.record({
  offset: s.count,
  size: s.count,
  name: s.text,
  hex: { ...s.hex, pattern: "^([0-9a-f]{2})*$" },
  meaning: s.text,
});

const end = {
  oneOf: [
    s.record({
      leads: { const: "nowhere" },
      because: s.oneOf(
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
      why: s.text,
      errno: { const: "ESTALE" },
    }),
    s.record({ leads: { const: "directory" }, path: s.path, pathHex: s.pathHex }, ["pathHex"]),
    s.record({
      leads: { const: "object" },
      type: s.text,
      layer: s.text,
      ino: s.count,
      size: s.count,
      nlink: s.count,
      paths: s.list(s.record({ path: s.path, pathHex: s.pathHex }, ["pathHex"])),
    }),
  ],
};

export const resolve = {
  ...s.printed("resolve", "ovl-index resolve --json", {
    overlay: s.overlay,
    mount: mountVerdict,
    search: s.orNull(
      s.record({ complete: { ...s.flag, description: "false: files may have more names" }, names: s.count }),
    ),
    handles: s.list(
      s.record({
        given: s.text,
        form: s.oneOf("structure", "overlay", "knfsd", "ganesha", "embedded"),
        fields: s.list(field),
        steps: s.list(s.record({ by: { ...s.text, description: "the kernel's function" }, text: s.text })),
        end,
      }),
    ),
  }),
  $defs: s.definitions,
};

const block = s.oneOf("mount", "fstab", "exports", "ganesha", "systemd");

export const exported = {
  ...s.printed(
    "export",
    "ovl-index export --json",
    {
      overlay: s.overlay,
      ready: s.flag,
      mountpoint: { ...s.text, description: "absolute; U+FFFD for what is not UTF-8" },
      mountpointHex: { ...s.hex, description: "the bytes of `mountpoint`, where they are not UTF-8" },
      identity: s.orNull(
        s.record({
          fsid: s.text,
          exportId: { type: "integer", minimum: 1, maximum: 65535 },
          filesystemId: s.list(s.count),
        }),
      ),
      blocks: s.list(
        s.record({
          name: block,
          why: s.list(s.text),
          pieces: s.list(s.record({ file: s.orNull(s.text), text: s.text })),
        }),
      ),
      omitted: s.list(s.record({ name: block, why: s.text })),
      steps: { ...s.list(s.text), description: "what gets it ready; empty where it is" },
    },
    ["mountpointHex"],
  ),
  $defs: s.definitions,
};
