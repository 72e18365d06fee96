import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { superblockPlace, superblockUuid } from "../../../src/lib/format/superblock.js";

const UUID = "0123456789abcdef0123456789abcdef";
const DASHED = "01234567-89ab-cdef-0123-456789abcdef";

/** [type, where the bytes begin, magic's place in them, magic, the UUID's place] */
const LAYOUTS = [
  ["ext4", 1024, 0x38, "53ef", 0x68],
  ["ext2", 1024, 0x38, "53ef", 0x68],
  ["xfs", 0, 0, "58465342", 32],
  ["btrfs", 65536, 0x40, "5f42485266535f4d", 0x20],
] as const;

const has = (program: string): boolean => spawnSync(program, ["-V"], { stdio: "ignore" }).error === undefined;

describe("superblockUuid", () => {
  it.each(LAYOUTS)("%s: by bytes", (type, offset, magicAt, magic, uuidAt) => {
    const place = superblockPlace(type);
    expect(place?.offset).toBe(offset);
    const bytes = Buffer.alloc(place?.length ?? 0);
    expect(superblockUuid(type, bytes)).toBeNull();
    bytes.write(magic, magicAt, "hex");
    expect(superblockUuid(type, bytes)).toEqual(Buffer.alloc(16));
    bytes.write(UUID, uuidAt, "hex");
    expect(superblockUuid(type, bytes)?.toString("hex")).toBe(UUID);
    expect(superblockUuid(type, bytes.subarray(0, bytes.length - 1))).toBeNull();
  });

  it("knows no other type", () => {
    expect(superblockPlace("squashfs")).toBeNull();
    expect(superblockUuid("squashfs", Buffer.alloc(4096))).toBeNull();
  });

  it.each([
    ["ext4", "mkfs.ext4", ["-q", "-U", DASHED], 2],
    ["xfs", "mkfs.xfs", ["-q", "-m", `uuid=${DASHED}`], 320],
    ["btrfs", "mkfs.btrfs", ["-q", "-U", DASHED], 128],
  ] as const)("%s: as its own mkfs writes it", (type, program, options, mebibytes) => {
    if (!has(program)) return;
    const dir = mkdtempSync(join(tmpdir(), "superblock-"));
    try {
      const image = join(dir, "image");
      writeFileSync(image, "");
      truncateSync(image, mebibytes * 2 ** 20);
      expect(spawnSync(program, [...options, image], { stdio: "ignore" }).status).toBe(0);
      const { offset, length } = superblockPlace(type) ?? { offset: 0, length: 0 };
      const bytes = Buffer.alloc(length);
      const fd = openSync(image, "r");
      readSync(fd, bytes, 0, length, offset);
      closeSync(fd);
      expect(superblockUuid(type, bytes)?.toString("hex")).toBe(UUID);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
