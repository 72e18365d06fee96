import { isNullUuid } from "../format/uuid.js";
import type { Config } from "./config.js";
import type { LayerFacts, StackFacts } from "./facts.js";
import { fallback } from "./outcome.js";
import type { Fallback } from "./types.js";

interface KnownFs {
  readonly device: string;
  readonly uuid: Buffer;
  readonly layer: string;
  isLower: boolean;
  badUuid: boolean;
}

/**
 * Numbers the filesystems of lower layers and finds those whose UUID cannot tell
 * an origin's filesystem. One object follows the layers in the kernel's order,
 * because a fallback on the way changes what the next layer is held to.
 * Source: ovl_get_fsid(), ovl_lower_uuid_ok().
 */
export class FilesystemTable {
  private readonly known: KnownFs[] = [];

  constructor(private readonly facts: StackFacts) {
    const { upper } = facts;
    // fsid 0 is upper's, and stays reserved without one.
    this.known.push({
      device: upper?.device ?? "",
      uuid: upper?.uuid ?? Buffer.alloc(16),
      layer: "upper",
      isLower: false,
      badUuid: false,
    });
  }

  /** numfs: 1 where all layers share upper's filesystem. */
  get count(): number {
    return this.known.length;
  }

  /** Take the next lower layer; returns its fsid. Changes `config` and adds to `fallbacks`. */
  add(layer: LayerFacts, config: Config, fallbacks: Fallback[]): number {
    let fsid = this.known.findIndex((fs) => fs.device === layer.device);
    if (fsid === -1) {
      const bad = this.badUuid(layer, config);
      if (bad !== null) applyBadUuid(layer, bad, config, fallbacks);
      const { device, uuid, path } = layer;
      fsid = this.known.push({ device, uuid, layer: path, isLower: false, badUuid: bad !== null }) - 1;
    }
    const fs = this.known[fsid];
    if (fs !== undefined) fs.isLower = true;
    return fsid;
  }

  /** Origins that point into this filesystem are not decoded. Upper's is decoded always (ovl_check_origin_fh). */
  isBad(fsid: number): boolean {
    return fsid !== 0 && (this.known[fsid]?.badUuid ?? false);
  }

  private badUuid(layer: LayerFacts, config: Config): { other: string | null } | null {
    if (!config.nfsExport && this.facts.upper === null) return null;
    if (allowsOfflineChanges(config) && isNullUuid(layer.uuid)) return { other: null };
    const same = this.known.find((fs) => fs.isLower && fs.uuid.equals(layer.uuid));
    if (same === undefined) return null;
    same.badUuid = true;
    return { other: same.layer };
  }
}

/** ovl_allow_offline_changes(): none of the features that follow a lower inode is in force. */
function allowsOfflineChanges(config: Config): boolean {
  return !config.index && !config.metacopy && config.redirect !== "on" && config.xino !== "on";
}

function applyBadUuid(
  layer: LayerFacts,
  bad: { other: string | null },
  config: Config,
  fallbacks: Fallback[],
): void {
  if (config.xino === "auto") config.xino = "off";
  for (const option of ["index", "nfs_export"] as const) {
    const key = option === "index" ? "index" : "nfsExport";
    if (!config[key]) continue;
    config[key] = false;
    const change = { option, requested: "on", effective: "off" };
    if (bad.other === null || isNullUuid(layer.uuid)) {
      fallbacks.push(fallback(change, "uuid-null", { path: layer.path, filesystem: layer.filesystem }));
    } else {
      const uuid = layer.uuid.toString("hex");
      fallbacks.push(fallback(change, "uuid-conflict", { path: layer.path, uuid, other: bad.other }));
    }
  }
}
