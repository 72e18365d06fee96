/**
 * The handle of the kernel's NFS server, struct knfsd_fh: which export, and the handle of the exported filesystem.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 1 | version, 1 |
 * | 1 | 1 | auth_type, 0: was never used |
 * | 2 | 1 | fsid_type: which of {@link KNFSD_FSIDS} follows |
 * | 3 | 1 | fileid_type: handle_type of the filesystem's handle, 0 for the export's root |
 * | 4 | n | fsid, by its type |
 * | 4+n | m | the filesystem's handle, in whole words of four bytes |
 *
 * Sources: fs/nfsd/nfsfh.h; nfsd_set_fh_dentry(), mk_fsid().
 */

export const KNFSD_VERSION = 1;
/** FILEID_ROOT: nothing follows the fsid. */
export const FILEID_ROOT = 0;

/** By fsid_type: size in bytes, as key_len(), and what is in it. */
export const KNFSD_FSIDS = [
  { size: 8, layout: "device and inode of the export" },
  { size: 4, layout: "fsid= of exports(5), a number" },
  { size: 12, layout: "device (major, minor) and inode of the export" },
  { size: 8, layout: "encoded device and inode of the export" },
  { size: 8, layout: "inode of the export, and its UUID folded to 4 bytes" },
  { size: 8, layout: "UUID folded to 8 bytes" },
  { size: 16, layout: "UUID, or fsid= of exports(5)" },
  { size: 24, layout: "inode of the export, and its UUID" },
] as const;
const HEADER = 4;

export interface KnfsdHandle {
  readonly authType: number;
  /** Index into {@link KNFSD_FSIDS}. */
  readonly fsidType: number;
  readonly fileidType: number;
  readonly fsid: Buffer;
  /** The filesystem's handle; empty for the export's root. */
  readonly fid: Buffer;
}

export type KnfsdVerdict =
  | { readonly kind: "valid"; readonly handle: KnfsdHandle }
  | { readonly kind: "invalid"; readonly reason: "version" | "auth-type" | "fsid-type" | "short" };

/** Never throws; the buffers of the result are views into `bytes`. */
export function decodeKnfsd(bytes: Buffer): KnfsdVerdict {
  if (bytes.length < HEADER) return { kind: "invalid", reason: "short" };
  const version = bytes.readUInt8(0);
  const authType = bytes.readUInt8(1);
  const fsidType = bytes.readUInt8(2);
  const fileidType = bytes.readUInt8(3);
  if (version !== KNFSD_VERSION) return { kind: "invalid", reason: "version" };
  if (authType !== 0) return { kind: "invalid", reason: "auth-type" };
  const key = KNFSD_FSIDS[fsidType];
  if (key === undefined) return { kind: "invalid", reason: "fsid-type" };
  const end = HEADER + key.size;
  if (bytes.length < end) return { kind: "invalid", reason: "short" };
  const fsid = bytes.subarray(HEADER, end);
  const fid = fileidType === FILEID_ROOT ? bytes.subarray(end, end) : bytes.subarray(end);
  return { kind: "valid", handle: { authType, fsidType, fileidType, fsid, fid } };
}

/**
 * As fh_compose() makes it.
 * @throws RangeError for an fsid that has not the size of its type, or a handle that is not whole words.
 */
export function encodeKnfsd(handle: Omit<KnfsdHandle, "authType">): Buffer {
  if (KNFSD_FSIDS[handle.fsidType]?.size !== handle.fsid.length) {
    throw new RangeError("the fsid does not have the size of its type");
  }
  if (handle.fid.length % 4 !== 0) throw new RangeError("a handle is whole words of four bytes");
  const head = Buffer.from([KNFSD_VERSION, 0, handle.fsidType, handle.fileidType]);
  return Buffer.concat([head, handle.fsid, handle.fid]);
}
