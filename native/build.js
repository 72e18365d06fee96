// Compiles native/*.c into native/build/ovl.node with the system's C compiler:
// no gyp, no Python, no network. Does nothing where the result is up to date.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

function fail(line) {
  process.stderr.write(`ovl-index: ${line}\n`);
  process.exit(1);
}

function compiler() {
  const wanted = process.env.CC ? [process.env.CC] : ["cc", "gcc", "clang"];
  for (const name of wanted) {
    const [command, ...flags] = name.split(" ");
    if (spawnSync(command, [...flags, "--version"], { stdio: "ignore" }).status === 0)
      return [command, ...flags];
  }
  return fail(
    `no C compiler found (tried ${wanted.join(", ")}): install one (Debian: apt-get install gcc libc6-dev), then run "npm rebuild"`,
  );
}

function compile(sources, output, flags) {
  const headers = require("node-api-headers").include_dir;
  const [command, ...own] = compiler();
  mkdirSync(dirname(output), { recursive: true });
  // Made beside its place and renamed: a process that has the old one loaded keeps it.
  const made = `${output}.${process.pid}`;
  const result = spawnSync(
    command,
    [
      ...own,
      "-std=gnu11",
      "-O2",
      ...flags,
      "-pthread",
      "-shared",
      "-fPIC",
      "-I",
      headers,
      "-o",
      made,
      ...sources,
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  if (result.status !== 0) {
    rmSync(made, { force: true });
    fail(`${command} could not compile ${output}; its messages are above`);
  }
  renameSync(made, output);
}

function sourcesIn(directory) {
  return readdirSync(directory)
    .filter((name) => name.endsWith(".c"))
    .map((name) => join(directory, name));
}

function buildAddon() {
  const output = join(here, "build", "ovl.node");
  const inputs = readdirSync(here).filter((name) => /\.(c|h|js)$/.test(name));
  const built = existsSync(output) ? statSync(output).mtimeMs : 0;
  if (inputs.every((name) => statSync(join(here, name)).mtimeMs <= built)) return;
  compile(sourcesIn(here), output, ["-Wall", "-Wextra", "-DNAPI_VERSION=8"]);
}

// fs-xattr is compiled by npm where install scripts of dependencies run and node-gyp finds
// Python and Node's headers. Where not, its five C files need no more than ours do.
function buildXattr() {
  const package_ = dirname(require.resolve("fs-xattr"));
  const output = join(package_, "build", "Release", "xattr.node");
  if (!existsSync(output)) compile(sourcesIn(join(package_, "src")), output, ["-w"]);
}

if (process.platform !== "linux") fail("the addon is for Linux only");
buildAddon();
buildXattr();
