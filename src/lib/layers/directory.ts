import { DT_DIR, TYPE_NAMES, typeOfMode } from "../format/fileType.js";
import { errnoName } from "../host/errno.js";
import type { Files } from "../host/files.js";
import { eachPart } from "../host/listing.js";
import type { Errno, Native, RawObject } from "../host/native.js";
import { printable } from "../mount/bytes.js";
import { isReadonlyMount } from "../mount/mountinfo.js";
import { canBeLayer, filesystemName, OVERLAY_MAGIC } from "./filesystems.js";
import { filesystemUuid } from "./fs-uuid.js";
import { type Located, locate, type MountTable } from "./location.js";
import { problem, refusal } from "./outcome.js";
import type { Problem, Refusal } from "./types.js";

export interface OpenContext {
  readonly native: Native;
  readonly files: Files;
  readonly table: MountTable;
  readonly prefix: string;
}

/** An opened directory, with what its filesystem is able to do. */
export interface Directory {
  readonly name: string;
  readonly path: Buffer;
  readonly fd: number;
  readonly root: RawObject;
  readonly located: Located | null;
  /** Superblock identity: mountinfo's device, which subvolumes share; st_dev where it is not known. */
  readonly device: string;
  /** Number of the same, for {@link Filesystem.dev}. */
  readonly dev: number;
  readonly filesystem: string;
  readonly magic: number;
  readonly namelen: number;
  readonly readonly: boolean;
  readonly uuid: Buffer;
  readonly handles: boolean;
  readonly dtype: boolean;
  /** Errno name with which overlay xattrs are refused. */
  readonly xattrError: string | null;
  readonly refusals: readonly Refusal[];
  readonly problems: readonly Problem[];
}

export interface NotOpened {
  readonly refusals: readonly Refusal[];
  readonly problems: readonly Problem[];
}

export type DirectoryRole = "upper" | "work" | "lower" | "data";

/** Errnos of a path lookup that root gets as well as anybody else: the mount fails with the same. */
const UNREACHABLE = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"]);
const EMPTY = Buffer.alloc(0);
const NO_UUID = Buffer.alloc(16);

/** Source: ovl_mount_dir(), ovl_mount_dir_check(). */
export function openDirectory(
  context: OpenContext,
  name: string,
  role: DirectoryRole,
  path: Buffer,
): Directory | NotOpened {
  const shown = printable(path);
  const stat = context.files.stat(path);
  if (typeof stat === "number") {
    const errno = errnoName(stat);
    return UNREACHABLE.has(errno)
      ? refused(refusal(errno, "layer-missing", { path: shown, errno }))
      : unreadable(shown, errno);
  }
  const type = typeOfMode(stat.mode);
  if (type !== DT_DIR) {
    return refused(
      refusal("EINVAL", "layer-not-directory", { path: shown, type: TYPE_NAMES[type] ?? "unknown object" }),
    );
  }
  const opened = context.native.openLayer(path);
  if (typeof opened === "number") return unreadable(shown, errnoName(opened));
  const root = context.native.examine(opened.fd, EMPTY, context.prefix);
  const statfs = context.native.statfs(opened.fd);
  if (typeof root === "number" || typeof statfs === "number") {
    context.native.close(opened.fd);
    return unreadable(shown, errnoName(typeof root === "number" ? root : (statfs as number)));
  }
  const problems: Problem[] = [];
  const told = <T>(value: T | Errno, otherwise: T): T => {
    if (typeof value !== "number") return value;
    problems.push(problem("layer-unreadable", { path: shown, errno: errnoName(value) }));
    return otherwise;
  };
  const located = told<Located | null>(locate(context.files, context.table, path), null);
  const filesystem = located?.entry?.fsType ?? filesystemName(statfs.type);
  const readonly = located?.entry === undefined ? opened.readonly : isReadonlyMount(located.entry);
  const uuid = filesystemUuid(context, opened.fd, filesystem, located?.entry);
  // Handles of upper and of merged lower layers carry it; work's is upper's, and data-only layers have no origins.
  if (!Buffer.isBuffer(uuid) && (role === "upper" || role === "lower")) {
    context.native.close(opened.fd);
    return unreadable(shown, uuid.errno);
  }
  const refusals = judge(role, shown, filesystem, statfs.type, readonly);
  const dtype = told(hasTypes(context.native, opened.fd), true);
  if (role === "upper" && !dtype) problems.push(problem("fs-no-dtype", { path: shown, filesystem }));
  return {
    name,
    path,
    fd: opened.fd,
    root,
    located,
    device: located?.location?.device ?? `dev ${root.dev}`,
    dev: located?.entry === undefined ? root.dev : deviceNumber(located.entry.major, located.entry.minor),
    filesystem,
    magic: statfs.type,
    namelen: statfs.namelen,
    readonly,
    uuid: Buffer.isBuffer(uuid) ? uuid : NO_UUID,
    handles: canDecode(context, opened.fd, root),
    dtype,
    xattrError: told(xattrError(context, opened.fd, filesystem), null),
    refusals,
    problems,
  };
}

function judge(
  role: DirectoryRole,
  path: string,
  filesystem: string,
  magic: number,
  readonly: boolean,
): Refusal[] {
  const name = magic === OVERLAY_MAGIC ? "overlay" : filesystem;
  if (!canBeLayer(name, role)) return [refusal("EINVAL", "upper-not-supported", { path, filesystem })];
  if (readonly && (role === "upper" || role === "work"))
    return [refusal("EINVAL", "upper-readonly", { path })];
  return [];
}

/** ovl_can_decode_fh(): tried, on the layer's own root. */
function canDecode(context: OpenContext, fd: number, root: RawObject): boolean {
  if (typeof root.handle === "number") return false;
  const { type, bytes } = root.handle;
  return typeof context.native.examineHandle(fd, type, bytes, context.prefix) !== "number";
}

/**
 * Can overlay xattrs be kept? The kernel tries to set one; reading tells as much
 * for filesystems without any, and NFS has user xattrs only.
 */
function xattrError(context: OpenContext, fd: number, filesystem: string): string | null | Errno {
  const errno = context.files.probeXattr(fd, `${context.prefix}opaque`);
  if (errnoName(errno) === "EOPNOTSUPP" || errnoName(errno) === "ENOTSUP") return "EOPNOTSUPP";
  // Without the privilege to read trusted xattrs there is a finding of its own.
  if (errno !== 0 && errnoName(errno) !== "EPERM" && errnoName(errno) !== "EACCES") return errno;
  return filesystem.startsWith("nfs") && context.prefix.startsWith("trusted.") ? "EOPNOTSUPP" : null;
}

/**
 * Is some entry's type told by readdir? A directory without entries does not prove the contrary.
 * Source: ovl_check_d_type_supported().
 */
function hasTypes(native: Native, fd: number): boolean | Errno {
  let [entries, untyped] = [0, 0];
  const errno = eachPart(native, fd, EMPTY, (part) => {
    entries += part.types.length;
    untyped += part.untyped;
  });
  return errno === 0 ? entries === 0 || untyped < entries : errno;
}

/** makedev(3). */
function deviceNumber(major: number, minor: number): number {
  const high = (major & 0xfffff000) * 2 ** 32 + (minor & 0xffffff00) * 2 ** 12;
  return high + (major & 0xfff) * 2 ** 8 + (minor & 0xff);
}

function refused(found: Refusal): NotOpened {
  return { refusals: [found], problems: [] };
}

function unreadable(path: string, errno: string): NotOpened {
  return { refusals: [], problems: [problem("layer-unreadable", { path, errno })] };
}
