/**
 * s_uuid of a layer's filesystem. "It has none" and "nobody tells" are different things: with a null UUID in place
 * of one that is not known, every handle of a healthy overlay looks foreign.
 */
import { superblockPlace, superblockUuid } from "../format/superblock.js";
import { errnoName } from "../host/errno.js";
import type { Files } from "../host/files.js";
import type { Native } from "../host/native.js";
import type { MountEntry } from "../mount/mountinfo.js";
import { atLeast, type KernelVersion, kernelVersion } from "./facts.js";

const ENOTTY = 25;
const NONE = Buffer.alloc(16);

/** Filesystems that never set s_uuid before 6.9. */
const WITHOUT = new Set(
  "squashfs iso9660 udf vfat msdos ramfs romfs cramfs minix nfs nfs4 9p fuse fuseblk virtiofs".split(" "),
);

interface Sources {
  readonly native: Pick<Native, "fsUuid">;
  readonly files: Pick<Files, "read" | "readAt" | "kernelRelease">;
}

/** 16 bytes, zeros where the filesystem has none; else why it could not be found out. */
export function filesystemUuid(
  { native, files }: Sources,
  fd: number,
  filesystem: string,
  entry: MountEntry | undefined,
): Buffer | { readonly errno: string } {
  const told = native.fsUuid(fd);
  if (Buffer.isBuffer(told)) return told;
  if (told === null) return NONE;
  if (told !== -ENOTTY) return { errno: `${errnoName(told)} from the question for the filesystem's UUID` };
  if (hasNone(filesystem, kernelVersion(files.kernelRelease()))) return NONE;
  return fromDevice(files, entry) ?? { errno: "this kernel does not tell the filesystem's UUID" };
}

/** Does silence mean that there is none? Since 6.9 ioctl_getfsuuid() answers for every filesystem that has one. */
function hasNone(filesystem: string, kernel: KernelVersion): boolean {
  if (atLeast(kernel, 6, 9) || WITHOUT.has(filesystem) || filesystem.startsWith("fuse.")) return true;
  // ovl_init_uuid_xattr() is of 6.6.
  return filesystem === "overlay" && !atLeast(kernel, 6, 6);
}

/** The superblock of the device that is mounted; null where there is no such device, or none that is understood. */
function fromDevice(files: Sources["files"], entry: MountEntry | undefined): Buffer | null {
  const place = entry === undefined ? null : superblockPlace(entry.fsType);
  if (entry === undefined || place === null) return null;
  for (const device of deviceNodes(files, `${entry.major}:${entry.minor}`)) {
    const bytes = files.readAt(device, place.offset, place.length);
    const uuid = typeof bytes === "number" ? null : superblockUuid(entry.fsType, bytes);
    if (uuid !== null) return uuid;
  }
  return null;
}

/** By its number, as udev names it; and as the kernel does, where there is no udev: in a rescue system, in a container. */
function* deviceNodes(files: Sources["files"], number: string): Generator<Buffer> {
  yield Buffer.from(`/dev/block/${number}`);
  const about = files.read(Buffer.from(`/sys/dev/block/${number}/uevent`));
  const name = typeof about === "number" ? null : /^DEVNAME=(.+)$/m.exec(about.toString("latin1"));
  if (name !== null) yield Buffer.from(`/dev/${name[1]}`, "latin1");
}
