/** The UUID in the superblock of a filesystem, as far as it becomes s_uuid: what overlayfs puts into handles. */

interface Place {
  /** Where on the device the bytes that are needed begin, and how many they are. */
  readonly offset: number;
  readonly length: number;
  /** In these bytes. */
  readonly magic: { readonly at: number; readonly bytes: Buffer };
  readonly uuid: number;
}

/**
 * - ext2, ext3, ext4: superblock at 1024; `s_magic` le16 at 0x38, `s_uuid` at 0x68
 * - xfs: superblock at 0; `sb_magicnum` "XFSB" at 0, `sb_uuid` at 32
 * - btrfs: superblock at 64 KiB; `fsid` at 0x20, `magic` "_BHRfS_M" at 0x40. With a metadata_uuid too it is `fsid`
 *   that the filesystem is mounted under.
 */
const EXT: Place = {
  offset: 1024,
  length: 0x78,
  magic: { at: 0x38, bytes: Buffer.from([0x53, 0xef]) },
  uuid: 0x68,
};
const PLACES: ReadonlyMap<string, Place> = new Map([
  ["ext2", EXT],
  ["ext3", EXT],
  ["ext4", EXT],
  ["xfs", { offset: 0, length: 48, magic: { at: 0, bytes: Buffer.from("XFSB") }, uuid: 32 }],
  [
    "btrfs",
    { offset: 0x10000, length: 0x48, magic: { at: 0x40, bytes: Buffer.from("_BHRfS_M") }, uuid: 0x20 },
  ],
]);

/** Which bytes of the device {@link superblockUuid} needs; null for a type whose superblock is not known here. */
export function superblockPlace(fsType: string): { readonly offset: number; readonly length: number } | null {
  return PLACES.get(fsType) ?? null;
}

/** 16 bytes, zeros for none; null where the bytes are no superblock of this type. Never throws. */
export function superblockUuid(fsType: string, bytes: Buffer): Buffer | null {
  const place = PLACES.get(fsType);
  if (place === undefined || bytes.length < place.length) return null;
  const { at, bytes: magic } = place.magic;
  if (!bytes.subarray(at, at + magic.length).equals(magic)) return null;
  return Buffer.from(bytes.subarray(place.uuid, place.uuid + 16));
}
