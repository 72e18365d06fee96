// npm run deb -- [--tarball FILE] [--output DIRECTORY] [ARCHITECTURE…]: a Debian package of the package that npm pack
// makes (or has made: FILE): the bundle with what was compiled in advance (npm run prebuilds), manual pages, completions,
// units. No node_modules: the bundle contains what it needs.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fail } from "../native/recipe.js";
import { control } from "./deb/control.js";
import { layOut } from "./deb/layout.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Debian's word for a processor, and what was compiled for it. */
const ARCHITECTURES = { amd64: "x64-glibc", arm64: "arm64-glibc" };

function run(command, ...args) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  if (result.error) fail(`cannot run ${command}: ${result.error.code}`);
  if (result.status !== 0) fail(`${command} ${args[0]} failed`);
  return result.stdout.trim();
}

function pack(scratch) {
  run("npm", "pack", "--silent", "--pack-destination", scratch);
  return join(scratch, readdirSync(scratch)[0]);
}

/** Seconds: of the last commit, so that the same sources give the same package. */
function date() {
  const given = process.env.SOURCE_DATE_EPOCH;
  return given ? Number(given) : Number(run("git", "log", "-1", "--format=%ct"));
}

const { values, positionals: asked } = parseArgs({
  options: { tarball: { type: "string" }, output: { type: "string", default: root } },
  allowPositionals: true,
});
const scratch = mkdtempSync(join(tmpdir(), "ovl-index-deb-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

run("tar", "-xzf", values.tarball ? resolve(values.tarball) : pack(scratch), "-C", scratch);
const unpacked = join(scratch, "package");
const has = (platform) => existsSync(join(unpacked, "prebuilds", platform, "ovl.node"));

const made = asked.length > 0 ? asked : Object.keys(ARCHITECTURES).filter((name) => has(ARCHITECTURES[name]));
if (made.length === 0) fail('nothing is compiled in advance: run "npm run prebuilds" first');
const seconds = date();
for (const architecture of made) {
  const platform = ARCHITECTURES[architecture];
  if (platform === undefined)
    fail(`no such architecture: ${architecture} (there are ${Object.keys(ARCHITECTURES).join(", ")})`);
  if (!has(platform))
    fail(`nothing is compiled for ${architecture}: run "npm run prebuilds ${platform}" first`);
  const tree = join(scratch, architecture);
  layOut(unpacked, tree, platform);
  const name = control(unpacked, tree, architecture, seconds);
  // dpkg-deb reads it, too.
  process.env.SOURCE_DATE_EPOCH = String(seconds);
  const file = join(resolve(values.output), `${name}.deb`);
  run("dpkg-deb", "--root-owner-group", "--build", tree, file);
  process.stdout.write(`${file}\n`);
}
