// Compiles native/*.c into native/build/ovl.node with the system's C compiler:
// no gyp, no Python, no network. Does nothing where the result is up to date.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, "build", "ovl.node");
const sources = readdirSync(here).filter((name) => name.endsWith(".c"));

function fail(line) {
  process.stderr.write(`ovl-index: ${line}\n`);
  process.exit(1);
}

function modified(path) {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function upToDate() {
  const inputs = readdirSync(here).filter((name) => /\.(c|h|js)$/.test(name));
  const built = modified(output);
  return built > 0 && inputs.every((name) => modified(join(here, name)) <= built);
}

function compiler() {
  const wanted = process.env.CC ? [process.env.CC] : ["cc", "gcc", "clang"];
  for (const name of wanted) {
    const [command, ...flags] = name.split(" ");
    if (spawnSync(command, [...flags, "--version"], { stdio: "ignore" }).status === 0) return [command, flags];
  }
  return fail(
    `no C compiler found (tried ${wanted.join(", ")}): install one (Debian: apt-get install gcc libc6-dev) and run "npm rebuild"`,
  );
}

if (process.platform !== "linux") fail("the addon is for Linux only");

if (!upToDate()) {
  const headers = createRequire(import.meta.url)("node-api-headers").include_dir;
  const [command, flags] = compiler();
  mkdirSync(dirname(output), { recursive: true });
  // Made beside its place and renamed: a process that has the old one loaded keeps it.
  const made = `${output}.${process.pid}`;
  const result = spawnSync(
    command,
    [...flags, "-std=c11", "-O2", "-g0", "-Wall", "-Wextra", "-DNAPI_VERSION=8", "-pthread", "-shared", "-fPIC"].concat(
      ["-I", headers, "-o", made],
      sources.map((name) => join(here, name)),
    ),
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  if (result.status !== 0) {
    rmSync(made, { force: true });
    fail(`${command} could not compile the addon; its messages are above`);
  }
  renameSync(made, output);
}
