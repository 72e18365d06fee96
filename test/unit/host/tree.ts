import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { native } from "../../../src/lib/host/addon.js";
import type { ScanJob } from "../../../src/lib/host/native.js";
import { PackedScanReader } from "../../../src/lib/host/packed-scan-reader.js";

export const PREFIX = "user.overlay.";
export const errno = {
  EPERM: -1,
  ENOENT: -2,
  EBADF: -9,
  ENOTDIR: -20,
  EXDEV: -18,
  EINVAL: -22,
  ELOOP: -40,
  ESTALE: -116,
};

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0).reverse()) clean();
});

export const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

/** A scratch directory, removed after the test: by rm(1), which goes beyond PATH_MAX. */
export function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), "ovl-index-host-"));
  cleanups.push(() => execFileSync("rm", ["-rf", path]));
  return path;
}

/** Directories one below the other, `depth` times `name`, made step by step; gives the path's bytes. */
export function deep(top: string, name: string, depth: number): string {
  const home = process.cwd();
  process.chdir(top);
  try {
    for (let i = 0; i < depth; i++) {
      mkdirSync(name);
      process.chdir(name);
    }
    writeFileSync("leaf", "");
  } finally {
    process.chdir(home);
  }
  return Array.from({ length: depth }, () => name).join("/");
}

/** A path opened as a layer, closed after the test. */
export function layer(path: string): number {
  const opened = native.openLayer(Buffer.from(path));
  if (typeof opened === "number") throw new Error(`openLayer: ${opened}`);
  cleanups.push(() => native.close(opened.fd));
  return opened.fd;
}

export function job(root: number, path = "", probes: ScanJob["probes"] = [], resume = 0): ScanJob {
  return { root, path: bytes(path), probes, resume };
}

export async function scan(jobs: readonly ScanJob[], partBytes?: number): Promise<PackedScanReader> {
  const options = partBytes === undefined ? { prefix: PREFIX } : { prefix: PREFIX, partBytes };
  return new PackedScanReader(await native.scan(jobs, options));
}

/** Names of the reader's present part, as latin1. */
export function namesOf(reader: PackedScanReader): string[] {
  const names: string[] = [];
  while (reader.nextEntry()) names.push(reader.name().toString("latin1"));
  return names;
}

/** Move the reader to the entry called `name` of its present part. */
export function seek(reader: PackedScanReader, name: string): PackedScanReader {
  while (reader.nextEntry()) if (reader.name().toString("latin1") === name) return reader;
  throw new Error(`no entry ${name}`);
}
