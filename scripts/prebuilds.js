// npm run prebuilds [PLATFORM…]: compiles the addons in advance into prebuilds/PLATFORM, which npm pack puts into
// the package, so that most who install it need no compiler.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, fail, upToDate } from "../native/recipe.js";
import { fetchSysroots, run } from "./prebuilds/sysroots.js";

const prebuilds = join(dirname(dirname(fileURLToPath(import.meta.url))), "prebuilds");
/** Kept for the next time; not packed. */
const sysroots = join(prebuilds, ".sysroot");

/** Node's word for a processor, Debian's, the compiler's, and glibc's dynamic loader. */
const PROCESSORS = [
  { node: "x64", debian: "amd64", machine: "x86_64", loader: "ld-linux-x86-64.so.2" },
  { node: "arm64", debian: "arm64", machine: "aarch64", loader: "ld-linux-aarch64.so.1" },
];
const PLATFORMS = PROCESSORS.flatMap((processor) =>
  ["glibc", "musl"].map((libc) => ({ ...processor, libc, name: `${processor.node}-${libc}` })),
);
const NAMES = PLATFORMS.map((platform) => platform.name);

/** Compiler and linker, with nothing of this machine's own headers and libraries. */
function toolchain({ node, machine, loader, libc }) {
  const compiler = `${machine}-linux-gnu-gcc`;
  if (spawnSync(compiler, ["--version"]).status !== 0) return null;
  const sysroot = join(sysroots, node);
  const include = join(sysroot, "usr/include");
  const libraries = join(sysroot, `lib/${machine}-linux-${libc === "musl" ? "musl" : "gnu"}`);
  const own = run(compiler, ["-print-file-name=include"]).trim();
  // The kernel's headers are beside glibc's, and only used from there where musl has none of the name.
  const headers = [own, include, join(include, `${machine}-linux-gnu`)];
  if (libc === "musl") headers.unshift(join(include, `${machine}-linux-musl`));
  const files = libc === "musl" ? ["libc.so"] : ["libc.so.6", loader];
  return {
    command: [compiler, "-nostdinc", ...headers.flatMap((path) => ["-isystem", path]), "-Werror=implicit"],
    // By their names alone, as they are looked for where it runs.
    linked: ["-nostdlib", "-s", "-L", libraries, ...files.map((name) => `-l:${name}`), "-lgcc"],
    libraries: files.map((name) => join(libraries, name)),
    nm: `${machine}-linux-gnu-nm`,
  };
}

const { node_api_symbols, js_native_api_symbols } = createRequire(import.meta.url)("node-api-headers").symbols
  .v8;

/** Symbols that it wants and that neither Node nor the C library has: it would not load. */
function unresolved(addon, { libraries, nm }) {
  const names = (which, file) =>
    run(nm, ["-D", "--format=just-symbols", which, file])
      .split("\n")
      .map((name) => name.replace("@@", "@"));
  const there = new Set([...node_api_symbols, ...js_native_api_symbols]);
  for (const library of libraries) for (const name of names("--defined-only", library)) there.add(name);
  return names("--undefined-only", addon).filter((name) => name !== "" && !there.has(name));
}

function build(platform, tools) {
  for (const addon of ["ovl", "xattr"]) {
    const output = join(prebuilds, platform.name, `${addon}.node`);
    if (upToDate(output)) continue;
    compile(tools.command, addon, output, tools.linked);
    const missing = unresolved(output, tools);
    if (missing.length === 0) continue;
    rmSync(output);
    fail(`${output} would not load: neither Node nor the C library has ${missing.join(", ")}`);
  }
  process.stdout.write(`prebuilds/${platform.name}\n`);
}

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !NAMES.includes(name));
if (unknown !== undefined) fail(`no such platform: ${unknown} (there are ${NAMES.join(", ")})`);

fetchSysroots(sysroots, PROCESSORS);
for (const platform of PLATFORMS) {
  if (wanted.length > 0 && !wanted.includes(platform.name)) continue;
  const tools = toolchain(platform);
  if (tools !== null) build(platform, tools);
  else {
    const package_ = `gcc-${platform.machine.replace("_", "-")}-linux-gnu`;
    const line = `${platform.name} needs a cross compiler (Debian: apt-get install ${package_})`;
    if (wanted.length > 0) fail(line);
    process.stderr.write(`ovl-index: ${line}: left out\n`);
  }
}
