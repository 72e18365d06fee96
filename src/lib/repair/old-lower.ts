/** The old lower layers that a migration is given, open for as long as a command needs them. */
import { overlayPrefix } from "../format/xattrNames.js";
import { type OldLayers, openOldLower } from "../migrations/old-layers.js";
import type { MountSpec } from "../mount/spec.js";
import type { MigrateRequest, Trouble } from "./run-result.js";
import type { WriteHost } from "./workplace.js";

export interface Given {
  /** Null where none are given. */
  readonly old: OldLayers | null;
  /** Why what is given cannot be used: nothing is planned then. */
  readonly trouble: Trouble | null;
}

/** Open them, do something, close them. */
export async function withOldLower<T>(
  host: WriteHost,
  spec: MountSpec,
  migrate: MigrateRequest | undefined,
  use: (given: Given) => Promise<T>,
): Promise<T> {
  const paths = migrate?.oldLower ?? [];
  if (paths.length === 0) return use({ old: null, trouble: null });
  const prefix = overlayPrefix(spec.options.userxattr ?? false);
  const old = openOldLower(host, paths, prefix, spec.lower.length);
  if (typeof old === "string") return use({ old: null, trouble: { kind: "unreadable", message: old } });
  try {
    return await use({ old, trouble: null });
  } finally {
    old.close();
  }
}
