/**
 * The handle of nfs-ganesha 4 with FSAL_VFS: which export, and the handle of the exported filesystem.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 1 | version, 0x43 |
 * | 1 | 1 | flags: 0x01 of a data server, 0x40 from a big-endian machine |
 * | 2 | 2 | Export_Id, big-endian |
 * | 4 | 1 | length of what follows |
 * | 5 | 1 | fsid type in the lower five bits; 0x20 no handle follows; width of the handle's type in the upper two |
 * | 6 | n | fsid, by its type |
 * | 6+n | 1, 2 or 4 | handle_type, in the byte order of the machine |
 * | | m | the filesystem's handle |
 *
 * Sources: include/nfs_fh.h and FSAL_VFS/os/linux/handle_syscalls.c of nfs-ganesha 4.3.
 */

export const GANESHA_VERSION = 0x43;
const FLAG_BIG_ENDIAN = 0x40;
const FSID_MASK = 0x1f;
const DUMMY = 0x20;
const WIDTHS = [0, 1, 2, 4] as const;
const HEADER = 5;

/** By fsid type: size in bytes, and what is in it. */
export const GANESHA_FSIDS = [
  { size: 0, layout: "none" },
  { size: 8, layout: "f_fsid, one number" },
  { size: 8, layout: "f_fsid, its first number" },
  { size: 16, layout: "f_fsid or UUID, two numbers" },
  { size: 8, layout: "two numbers of 32 bits" },
  { size: 8, layout: "device: another one after each mount" },
] as const;
/** The last of {@link GANESHA_FSIDS}: made by fsid_device=true. */
export const FSID_DEVICE = 5;

export interface GaneshaHandle {
  readonly flags: number;
  readonly exportId: number;
  /** Index into {@link GANESHA_FSIDS}. */
  readonly fsidType: number;
  readonly fsid: Buffer;
  /** handle_type of the filesystem's handle; null where none follows. */
  readonly type: number | null;
  /** The filesystem's handle; empty where none follows. */
  readonly fid: Buffer;
}

export type GaneshaVerdict =
  | { readonly kind: "valid"; readonly handle: GaneshaHandle }
  | { readonly kind: "invalid"; readonly reason: "version" | "fsid-type" | "handle-type" | "short" };

/** Never throws; the buffers of the result are views into `bytes`. What is beyond the length is padding. */
export function decodeGanesha(bytes: Buffer): GaneshaVerdict {
  if (bytes.length <= HEADER) return { kind: "invalid", reason: "short" };
  if (bytes[0] !== GANESHA_VERSION) return { kind: "invalid", reason: "version" };
  const flags = bytes.readUInt8(1);
  const exportId = bytes.readUInt16BE(2);
  const end = HEADER + bytes.readUInt8(4);
  if (end <= HEADER || bytes.length < end) return { kind: "invalid", reason: "short" };
  const head = bytes.readUInt8(HEADER);
  const fsidType = head & FSID_MASK;
  const key = GANESHA_FSIDS[fsidType];
  if (key === undefined) return { kind: "invalid", reason: "fsid-type" };
  const typeAt = HEADER + 1 + key.size;
  const isDummy = (head & DUMMY) !== 0;
  const width = isDummy ? 0 : (WIDTHS[head >> 6] as number);
  if (!isDummy && width === 0) return { kind: "invalid", reason: "handle-type" };
  if (typeAt + width > end) return { kind: "invalid", reason: "short" };
  const fsid = bytes.subarray(HEADER + 1, typeAt);
  const fid = bytes.subarray(typeAt + width, end);
  const type = isDummy
    ? null
    : (flags & FLAG_BIG_ENDIAN) !== 0
      ? bytes.readUIntBE(typeAt, width)
      : bytes.readUIntLE(typeAt, width);
  return { kind: "valid", handle: { flags, exportId, fsidType, fsid, type, fid } };
}

/**
 * As vfs_map_name_to_handle_at() and nfs4_FSALToFhandle() make it together; the type as narrow as it fits.
 * @throws RangeError for an fsid that has not the size of its type, or what does not fit its field.
 */
export function encodeGanesha(handle: GaneshaHandle): Buffer {
  const { flags, exportId, fsidType, fsid, type, fid } = handle;
  if (GANESHA_FSIDS[fsidType]?.size !== fsid.length) {
    throw new RangeError("the fsid does not have the size of its type");
  }
  const widthCode = type === null ? 0 : type <= 0xff ? 1 : type <= 0x7fff ? 2 : 3;
  const width = Buffer.alloc(WIDTHS[widthCode]);
  if (type !== null) {
    if ((flags & FLAG_BIG_ENDIAN) !== 0) width.writeUIntBE(type, 0, width.length);
    else width.writeUIntLE(type, 0, width.length);
  }
  const opaque = Buffer.concat([
    Buffer.from([fsidType | (type === null ? DUMMY : widthCode << 6)]),
    fsid,
    width,
    fid,
  ]);
  if (opaque.length > 0xff) throw new RangeError("the handle does not fit the length field");
  const head = Buffer.from([GANESHA_VERSION, flags, 0, 0, opaque.length]);
  head.writeUInt16BE(exportId, 2);
  return Buffer.concat([head, opaque]);
}
