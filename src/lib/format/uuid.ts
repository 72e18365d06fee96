/** The `uuid` xattr of the upper root (kernel 6.6 and later), and UUIDs in handles. */

export const UUID_SIZE = 16;
/** What handles are stored with under uuid=off. */
export const NULL_UUID: Buffer = Buffer.alloc(UUID_SIZE);

export type UuidVerdict =
  | { readonly kind: "valid"; readonly uuid: Buffer }
  | { readonly kind: "invalid"; readonly reason: "short" | "long" };

/**
 * Any value that has not exactly 16 bytes makes the mount fall back to
 * uuid=null (a longer one gives ERANGE). Source: ovl_init_uuid_xattr().
 */
export function decodeUuid(value: Buffer): UuidVerdict {
  if (value.length === UUID_SIZE) return { kind: "valid", uuid: value };
  return { kind: "invalid", reason: value.length < UUID_SIZE ? "short" : "long" };
}

/** uuid_is_null(). */
export function isNullUuid(uuid: Uint8Array): boolean {
  return uuid.every((byte) => byte === 0);
}

/** 8-4-4-4-12 in lower case; fewer bytes are printed as far as they go. */
export function formatUuid(uuid: Uint8Array): string {
  const hex = Buffer.from(uuid).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
    .filter((part) => part !== "")
    .join("-");
}
