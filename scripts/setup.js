// Makes a clone ready to run: dependencies where they are missing or older than
// the lockfile, the addon, dist/. Uses nothing but Node, npm and a C compiler.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.status !== 0) process.exit(1);
}

function installed() {
  const mark = join(root, "node_modules", ".package-lock.json");
  return existsSync(mark) && statSync(mark).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs;
}

// No scripts of dependencies: native/build.js compiles what needs compiling,
// without the Python and the downloaded headers that node-gyp wants.
if (!installed()) run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
run(process.execPath, [join(root, "native", "build.js")]);
run(process.execPath, [join(root, "scripts", "build.js")]);
