import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loaderOf } from "../../../src/lib/host/elf.js";

const scratch = mkdtempSync(join(tmpdir(), "ovl-index-elf-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** As much of a program as tells its loader: a header, at `table` two program headers, at `at` the loader's path. */
function program(name: string, loader: string, table: number, at: number): string {
  const bytes = Buffer.alloc(at + loader.length + 1);
  bytes.write("\x7fELF\x02\x01\x01", "latin1");
  bytes.writeBigUInt64LE(BigInt(table), 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(2, 56);
  bytes.writeUInt32LE(6, table);
  bytes.writeUInt32LE(3, table + 56);
  bytes.writeBigUInt64LE(BigInt(at), table + 56 + 8);
  bytes.writeBigUInt64LE(BigInt(loader.length + 1), table + 56 + 32);
  bytes.write(loader, at, "latin1");
  const file = join(scratch, name);
  writeFileSync(file, bytes);
  return file;
}

describe("the loader of a program", () => {
  it("is read where it stands, be it far behind the header", () => {
    expect(loaderOf(program("near", "/lib/ld-musl-x86_64.so.1", 64, 0x238))).toBe("/lib/ld-musl-x86_64.so.1");
    expect(loaderOf(program("edited", "/lib/ld-musl-x86_64.so.1", 64, 0x13c0))).toBe(
      "/lib/ld-musl-x86_64.so.1",
    );
    expect(loaderOf(program("moved", "/nix/store/x/ld-musl-x86_64.so.1", 0x9000, 0xa000))).toBe(
      "/nix/store/x/ld-musl-x86_64.so.1",
    );
  });

  it("is this Node's own", () => {
    expect(loaderOf(process.execPath)).toMatch(/\/ld-(linux|musl)-/);
  });

  it("is none of a file that is no program", () => {
    const text = join(scratch, "text");
    writeFileSync(text, "#!/bin/sh\n");
    expect(loaderOf(text)).toBeNull();
  });
});
