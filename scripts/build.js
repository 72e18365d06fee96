// dist/: the library as modules with their types, and a CommonJS bundle of everything
// behind each program, which starts in half the time.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { notices } from "./notices.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
/** Put in place when it is whole: a build that fails leaves the last one. */
const made = join(root, "dist.new");
const require = createRequire(import.meta.url);

function run(...args) {
  const result = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (result.status !== 0) process.exit(1);
}

function compile() {
  run(require.resolve("typescript/bin/tsc"), "-p", join(root, "tsconfig.build.json"), "--outDir", made);
}

/** By name of the bundle. */
const ENTRIES = {
  cli: `
export { COMMANDS } from "./src/commands/index.ts";
export { OwnHelp } from "./src/commands/support/help.ts";
export { run } from "./src/cli.ts";
`,
  fsck: 'export { run } from "./src/fsck-overlay/main.ts";',
};

/** What the bundle knows of package.json, so that it need not read it. */
function packageInfo() {
  const { name, version, description, type, oclif } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  return JSON.stringify({ name, version, description, type, oclif });
}

/** Returns what it is made of. */
async function bundle(name) {
  const { metafile } = await build({
    stdin: { contents: ENTRIES[name], resolveDir: root, sourcefile: "entry.js" },
    outfile: join(made, "bundle", `${name}.cjs`),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minify: true,
    keepNames: true,
    legalComments: "none",
    absWorkingDir: root,
    metafile: true,
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    define: { "import.meta.url": "importMetaUrl", PACKAGE_INFO: packageInfo() },
    // oclif asks for it only to run commands that are not compiled yet.
    external: ["typescript"],
    logLevel: "warning",
  });
  return Object.keys(metafile.inputs);
}

rmSync(made, { recursive: true, force: true });
compile();
mkdirSync(join(made, "bundle"), { recursive: true });
const inputs = await Promise.all(Object.keys(ENTRIES).map(bundle));
writeFileSync(join(made, "bundle", "LICENSES"), notices(root, inputs.flat()));
rmSync(dist, { recursive: true, force: true });
renameSync(made, dist);
run(join(root, "bin", "load.js"));
