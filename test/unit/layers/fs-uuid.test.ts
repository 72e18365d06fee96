import { describe, expect, it } from "vitest";
import type { Errno } from "../../../src/lib/host/native.js";
import { filesystemUuid } from "../../../src/lib/layers/fs-uuid.js";
import { type MountEntry, parseMountinfo } from "../../../src/lib/mount/mountinfo.js";

const NONE = Buffer.alloc(16);
const UUID = Buffer.alloc(16, 7);
const EIO = -5;
const EPERM = -1;
const ENOTTY = -25;

function ext4Superblock(): Buffer {
  const bytes = Buffer.alloc(0x78);
  bytes.writeUInt16LE(0xef53, 0x38);
  UUID.copy(bytes, 0x68);
  return bytes;
}

function ask(
  kernel: string,
  fsType: string,
  told: Buffer | null | Errno,
  device: Buffer | Errno = -2,
  node = "/dev/block/8:17",
): Buffer | { readonly errno: string } {
  const entry = parseMountinfo(Buffer.from(`1 0 8:17 / / rw - ${fsType} /dev/b rw\n`))[0] as MountEntry;
  const readAt = (path: Buffer, offset: number, length: number): Buffer | Errno =>
    path.toString() === node && offset === 1024 && length === 0x78 ? device : -2;
  const read = (path: Buffer): Buffer | Errno =>
    path.toString() === "/sys/dev/block/8:17/uevent" ? Buffer.from("MAJOR=8\nMINOR=17\nDEVNAME=sdb1\n") : -2;
  const files = { read, readAt, kernelRelease: () => kernel };
  return filesystemUuid({ native: { fsUuid: () => told }, files }, 3, fsType, entry);
}

describe("filesystemUuid", () => {
  it("is what the kernel tells", () => {
    expect(ask("6.18.0", "ext4", UUID)).toBe(UUID);
    expect(ask("6.1.0", "ext4", null)).toEqual(NONE);
  });

  it("silence means none since 6.9, and before only of filesystems that never have one", () => {
    expect(ask("6.9.0", "squashfs", ENOTTY)).toEqual(NONE);
    expect(ask("6.9.0", "f2fs", ENOTTY)).toEqual(NONE);
    expect(ask("6.8.0", "squashfs", ENOTTY)).toEqual(NONE);
    expect(ask("6.8.0", "fuse.sshfs", ENOTTY)).toEqual(NONE);
    expect(ask("6.5.0", "overlay", ENOTTY)).toEqual(NONE);
    expect(ask("6.8.0", "overlay", ENOTTY)).toHaveProperty("errno");
    expect(ask("6.8.0", "f2fs", ENOTTY)).toHaveProperty("errno");
  });

  it("where the kernel does not tell, the device's superblock does", () => {
    expect(ask("5.15.0", "ext4", ENOTTY, ext4Superblock())).toEqual(UUID);
    expect(ask("5.15.0", "ext4", ENOTTY, EPERM)).toHaveProperty("errno");
    expect(ask("5.15.0", "ext4", ENOTTY, Buffer.alloc(0x78))).toHaveProperty("errno");
  });

  it("the device is found also where udev has not named it by its number", () => {
    expect(ask("5.15.0", "ext4", ENOTTY, ext4Superblock(), "/dev/sdb1")).toEqual(UUID);
    expect(ask("5.15.0", "ext4", ENOTTY, ext4Superblock(), "/dev/sdc")).toHaveProperty("errno");
  });

  it("a question that fails is no answer", () => {
    expect(ask("6.18.0", "ext4", EIO, ext4Superblock())).toEqual({
      errno: "EIO from the question for the filesystem's UUID",
    });
    expect(ask("6.18.0", "ext4", EPERM)).toHaveProperty("errno");
  });
});
