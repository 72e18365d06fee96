/** `export`: how an overlay that is ready is mounted and exported; nothing for one that is not. */
import { type CheckRequest, withCheck } from "../check.js";
import type { MountSpec } from "../mount/spec.js";
import { DEFAULT_CLIENT, defaultMountpoint, makeBlocks } from "./blocks.js";
import { identityOf } from "./identity.js";
import type { ExportResult, ExportWishes } from "./types.js";

/** `mountpoint`: null for one named after where the layers are. */
export interface ExportRequest extends Pick<CheckRequest, "onProgress" | "force"> {
  readonly wishes: Omit<ExportWishes, "mountpoint"> & { readonly mountpoint: Buffer | null };
}

export function planExport(spec: MountSpec, { wishes, ...request }: ExportRequest): Promise<ExportResult> {
  return withCheck(spec, { ...request, require: "nfs-export" }, ({ result: check, layers }) => {
    const { overlay } = check;
    const mountpoint = wishes.mountpoint ?? defaultMountpoint(overlay);
    if (!check.ready || layers === null)
      return { check, mountpoint, identity: null, blocks: [], omitted: [] };
    const identity = identityOf(layers.examination.survey.views.required);
    const clients = wishes.clients.length === 0 ? [DEFAULT_CLIENT] : wishes.clients;
    const made = makeBlocks({ ...wishes, clients, mountpoint, overlay, identity });
    return { check, mountpoint, identity, ...made };
  });
}
