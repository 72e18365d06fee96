import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WholeFile } from "../../../src/lib/host/line-file.js";

describe("WholeFile.report", () => {
  let dir: string;
  let umask: number;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "ovl-index-whole-"));
    umask = process.umask(0o022);
  });
  afterEach(() => {
    process.umask(umask);
    rmSync(dir, { recursive: true });
  });

  function report(path: string): WholeFile {
    const file = WholeFile.report(Buffer.from(path));
    if (typeof file === "number") throw new Error(`errno ${file}`);
    return file;
  }
  function write(path: string, text: string): void {
    const file = report(path);
    file.write(Buffer.from(text));
    expect(file.commit(true)).toBe(0);
  }

  it("is what any new file is: readable as the umask says", () => {
    const path = join(dir, "new");
    write(path, "one");
    expect([readFileSync(path, "utf8"), statSync(path).mode & 0o7777]).toEqual(["one", 0o644]);
    process.umask(0o077);
    write(join(dir, "private"), "");
    expect(statSync(join(dir, "private")).mode & 0o7777).toBe(0o600);
  });

  it("keeps the permissions and the owner of what it replaces, and no special bits", () => {
    const path = join(dir, "old");
    writeFileSync(path, "old");
    if (process.geteuid?.() === 0) chownSync(path, 12, 34);
    chmodSync(path, 0o4640);
    const { uid, gid } = statSync(path);
    process.umask(0o077);
    write(path, "new");
    const now = statSync(path);
    expect([readFileSync(path, "utf8"), now.mode & 0o7777, now.uid, now.gid]).toEqual([
      "new",
      0o640,
      uid,
      gid,
    ]);
  });

  it("shows the old content until the new one is whole, and nothing beside it afterwards", () => {
    const path = join(dir, "file");
    writeFileSync(path, "old");
    const file = report(path);
    file.write(Buffer.alloc(3 << 20, "n"));
    expect(readFileSync(path, "utf8")).toBe("old");
    // What collects *.prom files must not meet it.
    expect(readdirSync(dir).sort()).toEqual([
      expect.stringMatching(/^\.ovl-index-[0-9a-f]{16}\.part$/),
      "file",
    ]);
    expect(file.commit(true)).toBe(0);
    expect([statSync(path).size, readdirSync(dir)]).toEqual([3 << 20, ["file"]]);
  });

  it("writes files with the longest names", () => {
    const name = "n".repeat(255);
    write(join(dir, name), "x");
    expect(readdirSync(dir)).toEqual([name]);
  });

  it("replaces regular files only", () => {
    mkdirSync(join(dir, "directory"));
    symlinkSync("target", join(dir, "link"));
    const errno = (name: string) => WholeFile.report(Buffer.from(join(dir, name)));
    expect([errno("directory"), errno("link"), errno("none/file")]).toEqual([-22, -22, -2]);
    expect(WholeFile.report(Buffer.from("/dev/null"))).toBe(-22);
    expect(readdirSync(dir).sort()).toEqual(["directory", "link"]);
  });
});
