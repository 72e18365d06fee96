/** What a client of a file server holds, in any of the forms in which it is seen: on the wire, in a log, in the index. */
import { describeHandle, type HandleField } from "./describeHandle.js";
import { HEADER_SIZE, MAGIC } from "./fileHandle.js";
import { decodeGanesha, FSID_DEVICE, GANESHA_FSIDS, GANESHA_VERSION } from "./ganeshaHandle.js";
import { decodeKnfsd, FILEID_ROOT, KNFSD_FSIDS, KNFSD_VERSION } from "./knfsdHandle.js";
import { formatUuid } from "./uuid.js";
import { decodeWire, encodeWire, WIRE_TYPE, WIRE_TYPE_V0 } from "./wireHandle.js";

/**
 * `structure`: the overlay's own, as in an index entry's name. `overlay`: what name_to_handle_at(2) gives on the overlay,
 * which begins with its padding. `knfsd`, `ganesha`: a server's, which holds that. `embedded`: behind bytes that nobody knows.
 */
export type ClientForm = "structure" | "overlay" | "knfsd" | "ganesha" | "embedded";

/** A handle whose form has been recognised. `bytes` may be a view into what it was recognised in. */
export interface ClientHandle {
  readonly form: ClientForm;
  /** handle_type of what is handed to the filesystem; null where no handle is handed to it. */
  readonly type: number | null;
  /** What is handed to the filesystem, as open_by_handle_at(2) takes it. */
  readonly bytes: Buffer;
  /** It stands for the root of the export, and no handle is decoded. */
  readonly isRoot: boolean;
  readonly fields: readonly HandleField[];
}

/** Null where the bytes are none of these. Never throws. */
export function recogniseHandle(bytes: Buffer): ClientHandle | null {
  // At least the header: a few bytes look like anything.
  if (bytes[1] === MAGIC && bytes.length >= HEADER_SIZE) {
    return { form: "structure", ...encodeWire(bytes), isRoot: false, fields: describeHandle(bytes) };
  }
  if (decodeWire(WIRE_TYPE, bytes).kind !== "invalid") {
    return { form: "overlay", type: WIRE_TYPE, bytes, isRoot: false, fields: inner(WIRE_TYPE, bytes, 0) };
  }
  return fromKnfsd(bytes) ?? fromGanesha(bytes) ?? embedded(bytes);
}

function fromKnfsd(bytes: Buffer): ClientHandle | null {
  const verdict = decodeKnfsd(bytes);
  if (verdict.kind === "invalid" || bytes.length % 4 !== 0) return null;
  const { fsidType, fileidType, fsid, fid } = verdict.handle;
  const isRoot = fileidType === FILEID_ROOT;
  const start = bytes.length - fid.length;
  const fields = [
    field(bytes, 0, 1, "version", `the kernel's NFS server (${KNFSD_VERSION})`),
    field(bytes, 1, 1, "auth", "0"),
    field(bytes, 2, 1, "fsidtype", `${fsidType}: ${KNFSD_FSIDS[fsidType]?.layout ?? ""}`),
    field(bytes, 3, 1, "type", isRoot ? "0: the export's root" : typeMeaning(fileidType)),
    field(bytes, 4, fsid.length, "fsid", knfsdFsid(fsidType, fsid)),
    ...inner(fileidType, fid, start),
  ];
  return { form: "knfsd", type: isRoot ? null : fileidType, bytes: fid, isRoot, fields };
}

function knfsdFsid(type: number, fsid: Buffer): string {
  switch (type) {
    case 1:
      return `fsid=${fsid.readUInt32LE(0)}`;
    case 6:
      return `fsid=${formatUuid(fsid)}`;
    case 7:
      return `inode ${fsid.readBigUInt64LE(0)}, UUID ${formatUuid(fsid.subarray(8))}`;
    default:
      return "which export";
  }
}

function fromGanesha(bytes: Buffer): ClientHandle | null {
  const verdict = decodeGanesha(bytes);
  if (verdict.kind === "invalid") return null;
  const { exportId, flags, fsidType, fsid, type, fid } = verdict.handle;
  const end = 5 + bytes.readUInt8(4);
  const start = end - fid.length;
  const typeAt = 6 + fsid.length;
  const device = fsidType === FSID_DEVICE ? ": stale after the next mount" : "";
  const fields = [
    field(bytes, 0, 1, "version", `nfs-ganesha (0x${GANESHA_VERSION.toString(16)})`),
    field(bytes, 1, 1, "flags", flags === 0 ? "none" : `0x${flags.toString(16)}`),
    field(bytes, 2, 2, "export", `Export_Id ${exportId}`),
    field(bytes, 4, 1, "length", `${end - 5} bytes`),
    field(bytes, 5, 1, "fsidtype", `${fsidType}: ${GANESHA_FSIDS[fsidType]?.layout ?? ""}`),
    field(bytes, 6, fsid.length, "fsid", `which filesystem${device}`),
    field(bytes, typeAt, start - typeAt, "type", type === null ? "" : typeMeaning(type)),
    ...inner(type, fid, start),
    field(bytes, end, bytes.length - end, "rest", "padding"),
  ].filter(({ size }) => size > 0);
  return { form: "ganesha", type, bytes: fid, isRoot: false, fields };
}

/** Where a handle's structure starts within a longer handle of a server that is not known. */
function embedded(bytes: Buffer): ClientHandle | null {
  for (let at = 1; at + HEADER_SIZE <= bytes.length; at++) {
    const length = bytes[at + 2] ?? 0;
    // Servers pad to whole words at most, so the structure reaches nearly to the end.
    const rest = bytes.length - at - length;
    if (bytes[at] !== 0 || bytes[at + 1] !== MAGIC || length < HEADER_SIZE || rest < 0 || rest > 3) continue;
    const structure = bytes.subarray(at);
    const front = field(bytes, 0, at, "server", "what a file server put in front");
    return {
      form: "embedded",
      ...encodeWire(structure),
      isRoot: false,
      fields: [front, ...shifted(describeHandle(structure), at)],
    };
  }
  return null;
}

/** The filesystem's part: padding and structure, if it is an overlay's. `at`: where it is in the whole. */
function inner(type: number | null, bytes: Buffer, at: number): HandleField[] {
  const verdict = type === null ? null : decodeWire(type, bytes);
  if (verdict === null || verdict.kind === "invalid") {
    return bytes.length === 0 ? [] : [field(bytes, 0, bytes.length, "handle", "no overlay's", at)];
  }
  const before = type === WIRE_TYPE ? 3 : 0;
  const padding = before > 0 ? [field(bytes, 0, before, "padding", "aligns the real handle", at)] : [];
  return [...padding, ...shifted(describeHandle(bytes.subarray(before)), at + before)];
}

function typeMeaning(type: number): string {
  if (type === WIRE_TYPE) return "an overlay's handle";
  if (type === WIRE_TYPE_V0) return "an overlay's handle as of Linux 5.4 and before";
  return "handle_type of another filesystem";
}

function shifted(fields: readonly HandleField[], by: number): HandleField[] {
  return fields.map((one) => ({ ...one, offset: one.offset + by }));
}

function field(
  bytes: Buffer,
  offset: number,
  size: number,
  name: string,
  meaning: string,
  at = 0,
): HandleField {
  const hex = bytes.subarray(offset, offset + size).toString("hex");
  return { offset: offset + at, size, name, hex, meaning };
}
