// What is compiled, and with which flags: our own addon, and fs-xattr's. For this machine build.js does it, for other
// kinds of machine scripts/prebuild.js.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

export function fail(line) {
  process.stderr.write(`ovl-index: ${line}\n`);
  process.exit(1);
}

/** Folder of fs-xattr; fails where npm has taken it away again, because it could not compile it. */
export function xattrPackage() {
  try {
    return dirname(require.resolve("fs-xattr"));
  } catch {
    return fail(
      "fs-xattr is missing, which npm leaves out where it cannot compile it: install python3 and a C compiler (Debian: apt-get install python3 gcc g++ make), then install again",
    );
  }
}

function sourcesIn(directory) {
  return readdirSync(directory)
    .filter((name) => name.endsWith(".c"))
    .map((name) => join(directory, name));
}

/** Sources of an addon and its own flags. */
export const ADDONS = {
  ovl: () => [...sourcesIn(here), "-Wall", "-Wextra", "-DNAPI_VERSION=8"],
  xattr: () => [...sourcesIn(join(xattrPackage(), "src")), "-w"],
};

/** Milliseconds: when the sources, or how they are compiled, changed last. */
function changed() {
  const inputs = readdirSync(here).filter((name) => /\.(c|h|js)$/.test(name));
  return Math.max(...inputs.map((name) => statSync(join(here, name)).mtimeMs));
}

/** Is what was compiled into this file still what the sources say? */
export function upToDate(file) {
  return existsSync(file) && statSync(file).mtimeMs >= changed();
}

/** `command` is the compiler with flags of its own; `more` comes last, as libraries have to. */
export function compile(command, addon, output, more = []) {
  const headers = require("node-api-headers").include_dir;
  const [compiler, ...own] = command;
  mkdirSync(dirname(output), { recursive: true });
  // Made beside its place and renamed: a process that has the old one loaded keeps it.
  const made = `${output}.${process.pid}`;
  const result = spawnSync(
    compiler,
    [
      ...own,
      "-std=gnu11",
      "-O2",
      "-pthread",
      "-shared",
      "-fPIC",
      "-I",
      headers,
      "-o",
      made,
      ...ADDONS[addon](),
      ...more,
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  if (result.status !== 0) {
    rmSync(made, { force: true });
    fail(`${compiler} could not compile ${output}; its messages are above`);
  }
  renameSync(made, output);
}
