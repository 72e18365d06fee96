/**
 * The part of a handle that belongs to the real filesystem. Opaque by contract:
 * nothing is decided from what is read here, it only helps a reader.
 */

/** What a handle says about its object, where its layout is known. */
export interface RealHandleHint {
  /** Which layout was recognised. */
  readonly layout: string;
  readonly ino: bigint;
  readonly generation: number;
  /** btrfs: the subvolume's root. */
  readonly subvolume?: bigint;
}

/**
 * Inode number and generation, where type and size are those of a known
 * layout; undefined otherwise. Fields are in the byte order of the machine that encoded them (`big`).
 *
 * - 0x01, 8 bytes: FILEID_INO32_GEN, u32 ino, u32 generation (ext4, squashfs, and most others)
 * - 0x01, 12 bytes: tmpfs, u32 generation, u32 ino low, u32 ino high (shmem_encode_fh)
 * - 0x81, 12 bytes: u64 ino, u32 generation (xfs_fs_encode_fh with 64-bit inodes, FILEID_INO64_GEN)
 * - 0x4d, 20 bytes: u64 objectid, u64 root, u32 generation (struct btrfs_fid)
 */
export function realHandleHint(type: number, fid: Buffer, big = false): RealHandleHint | undefined {
  const u32 = (at: number): number => (big ? fid.readUInt32BE(at) : fid.readUInt32LE(at));
  const u64 = (at: number): bigint => (big ? fid.readBigUInt64BE(at) : fid.readBigUInt64LE(at));
  if (type === 0x01 && fid.length === 8) {
    return { layout: "ino32-gen", ino: BigInt(u32(0)), generation: u32(4) };
  }
  if (type === 0x01 && fid.length === 12) {
    const ino = BigInt(u32(4)) | (BigInt(u32(8)) << 32n);
    return { layout: "tmpfs", ino, generation: u32(0) };
  }
  if (type === 0x81 && fid.length === 12) {
    return { layout: "ino64-gen", ino: u64(0), generation: u32(8) };
  }
  if (type === 0x4d && fid.length === 20) {
    return { layout: "btrfs", ino: u64(0), generation: u32(16), subvolume: u64(8) };
  }
  return undefined;
}
