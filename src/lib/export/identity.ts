/**
 * Who the export is to its clients, derived from what does not change by itself: the root of upper, or the roots of
 * the lower layers, as handles on their filesystems. The overlay's own UUID is not taken, for the kernel makes it only when
 * the overlay is first mounted, and it would be another fsid from then on.
 */
import { createHash } from "node:crypto";
import { formatUuid } from "../format/uuid.js";
import type { Env } from "../kernel/env.js";
import type { Identity } from "./types.js";

const SALT = "ovl-index export\0";

export function identityOf(env: Env): Identity {
  const hash = createHash("sha1").update(SALT);
  const { upper, lower } = env.root;
  for (const root of upper === null ? lower : [upper]) {
    const object = env.view.examine(root);
    hash.update(root.layer.fs.uuid);
    if (typeof object !== "number" && typeof object.handle !== "number") hash.update(object.handle.bytes);
  }
  const digest = hash.digest();
  const uuid = digest.subarray(0, 16);
  // A name-based UUID by RFC 9562: version 5, variant 10.
  uuid.writeUInt8((uuid.readUInt8(6) & 0x0f) | 0x50, 6);
  uuid.writeUInt8((uuid.readUInt8(8) & 0x3f) | 0x80, 8);
  return {
    fsid: formatUuid(uuid),
    exportId: 1 + (digest.readUInt16BE(16) % 0xffff),
    filesystemId: [uuid.readUInt32BE(0), uuid.readUInt32BE(12)],
  };
}
