/** A place for what the demonstration makes. */
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where temporary files are made: TMPDIR, or /tmp. */
export function scratchPlace(): string {
  return tmpdir();
}

/** An empty directory with a name of its own, or the error's code ("EROFS"). */
export function makeScratch(): { readonly path: string } | { readonly errno: string } {
  try {
    return { path: mkdtempSync(join(scratchPlace(), "ovl-index-demo-")) };
  } catch (error) {
    return { errno: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

/** Take the empty directory away; one that is not empty is left, for it is not ours to empty. */
export function removeScratch(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Gone already, or something was put there.
  }
}

/** With those above it; one that is there is left. @throws what mkdir(2) fails with */
export function makeDirectory(path: string): void {
  mkdirSync(path, { recursive: true });
}

/** As UTF-8, in place of what was there. @throws what open(2) or write(2) fails with */
export function writeText(path: string, text: string): void {
  writeFileSync(path, text);
}

/** No directory. @throws also where there is none. */
export function removeFile(path: string): void {
  rmSync(path);
}

/** Text of a file, or the error's code ("EIO"). */
export function readText(path: string): { readonly text: string } | { readonly errno: string } {
  try {
    return { text: readFileSync(path, "utf8") };
  } catch (error) {
    return { errno: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}
