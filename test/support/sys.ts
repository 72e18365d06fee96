/** The tests' own system calls (sys.c), built on first use. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A result of 0 or more, or a negative errno. */
export type Result = number;

export interface Sys {
  mount(source: Buffer, target: Buffer, type: Buffer, flags: number, data: Buffer): Result;
  umount(target: Buffer, flags: number): Result;
  /** An anonymous file in memory: nothing is left behind however the process ends. */
  memfd(name: Buffer): Result;
  /** Attach an image file to a loop device that frees itself, and mount it; gives the device's number. */
  mountImage(image: number, target: Buffer, type: Buffer, flags: number, data: Buffer): Result;
  forgetBtrfs(loop: number): Result;
  copySparse(from: number, to: number): Result;
  mknod(path: Buffer, mode: number, major: number, minor: number): Result;
  rename(from: Buffer, to: Buffer, flags: number): Result;
  setxattr(path: Buffer, name: Buffer, value: Buffer, flags: number): Result;
  removexattr(path: Buffer, name: Buffer): Result;
  getxattr(path: Buffer, name: Buffer): Buffer | Result;
  /** Names, each ending in NUL. */
  listxattr(path: Buffer): Buffer | Result;
  /** Four bytes of handle type (host order), then the handle. */
  nameToHandle(path: Buffer): Buffer | Result;
  openByHandle(mount: number, handle: Buffer, flags: number): Result;
  /** lstat(2): st_mode or the negative errno. */
  lookup(path: Buffer): Result;
  syncfs(fd: number): Result;
  /** A network of its own for this thread, and for what it starts from here on; its loopback device is down. */
  ownNetwork(): Result;
}

export const MS_RDONLY = 1;
export const MS_NOATIME = 1024;
export const MS_BIND = 4096;
export const MS_REMOUNT = 32;
export const MNT_DETACH = 2;
export const RENAME_NOREPLACE = 1;
export const RENAME_EXCHANGE = 2;
export const S_IFMT = 0o170000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFREG = 0o100000;
export const S_IFIFO = 0o010000;
export const S_IFLNK = 0o120000;
export const S_IFSOCK = 0o140000;
export const S_IFBLK = 0o060000;

const here = dirname(fileURLToPath(import.meta.url));

function load(): Sys {
  const source = join(here, "sys.c");
  const headers = join(here, "../../node_modules/node-api-headers/include");
  const key = createHash("sha256")
    .update(readFileSync(source))
    .update(process.arch)
    .digest("hex")
    .slice(0, 16);
  const dir = join(here, "../../node_modules/.cache/ovl-index-test");
  const target = join(dir, `sys-${key}.node`);
  if (!existsSync(target)) {
    mkdirSync(dir, { recursive: true });
    const draft = `${target}.${process.pid}`;
    execFileSync("cc", ["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-I", headers, "-o", draft, source]);
    renameSync(draft, target);
  }
  return createRequire(import.meta.url)(target) as Sys;
}

export const sys: Sys = load();

const byNumber = new Map(Object.entries(constants.errno).map(([name, value]) => [value as number, name]));
// EWOULDBLOCK and EOPNOTSUPP share a number with names that the kernel's documentation uses.
byNumber.set(constants.errno.EAGAIN, "EAGAIN");
byNumber.set(constants.errno.EOPNOTSUPP, "EOPNOTSUPP");

/** "ESTALE" for -116. */
export function errnoName(result: Result): string {
  return (
    byNumber.get(-result) ?? (result === -117 ? "EUCLEAN" : result === -66 ? "EREMOTE" : `errno ${-result}`)
  );
}

/** Throw where a call of the test's own scaffolding failed; the error looks like one of node:fs. */
export function must(result: Result, what: string): number {
  if (result < 0)
    throw Object.assign(new Error(`${what}: ${errnoName(result)}`), {
      code: errnoName(result),
      syscall: what,
    });
  return result;
}
