// Loads a bundle as require() would, with V8's compiled code for it where that is there and fits
// this Node: a third of the start is compiling. Run as a program, it makes that code.
"use strict";
const {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} = require("node:fs");
const { Module, createRequire } = require("node:module");
const { tmpdir } = require("node:os");
const { dirname, join } = require("node:path");
const { Script, constants } = require("node:vm");

const folder = join(__dirname, "..", "dist", "bundle");
const bundleOf = (name) => join(folder, `${name}.cjs`);
const codeOf = (name) => join(folder, `${name}.${process.version}-${process.arch}.code`);

const isBuilt = (name) => existsSync(bundleOf(name));

function compile(name) {
  const bundle = bundleOf(name);
  const code = codeOf(name);
  return new Script(Module.wrap(readFileSync(bundle, "utf8")), {
    filename: bundle,
    importModuleDynamically: constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    // V8 checks it against the source and itself, and compiles where it does not fit.
    cachedData: existsSync(code) ? readFileSync(code) : undefined,
  });
}

function load(name, script = compile(name)) {
  const bundle = bundleOf(name);
  const made = new Module(bundle, module);
  made.filename = bundle;
  // oclif asks for the bundle by its name, to find the commands in it.
  require.cache[bundle] = made;
  script
    .runInThisContext()
    .call(made.exports, made.exports, createRequire(bundle), made, bundle, dirname(bundle));
  made.loaded = true;
  return made.exports;
}

/** Functions are compiled on first use, and only those are kept: use what a check uses. */
const USES = {
  cli: ([lower, upper, work]) => [
    ["check", "--help"],
    ["check", "--lower", lower, "--upper", upper, "--work", work],
  ],
  fsck: ([lower, upper, work]) => [["-n", "-o", `lowerdir=${lower},upperdir=${upper},workdir=${work}`]],
};

async function makeCode(name) {
  const code = codeOf(name);
  rmSync(code, { force: true });
  const script = compile(name);
  const { run } = load(name, script);
  const scratch = mkdtempSync(join(tmpdir(), "ovl-index-build-"));
  const layers = ["lower", "upper", "work"].map((layer) => join(scratch, layer));
  for (const directory of layers) mkdirSync(directory);
  const { stdout, stderr } = process;
  const said = [stdout.write, stderr.write];
  stdout.write = stderr.write = (_text, ...rest) => {
    const done = rest.at(-1);
    if (typeof done === "function") process.nextTick(done);
    return true;
  };
  for (const argv of USES[name](layers)) await run(argv);
  [stdout.write, stderr.write] = said;
  process.exitCode = 0;
  rmSync(scratch, { recursive: true });
  writeFileSync(`${code}.part`, script.createCachedData());
  renameSync(`${code}.part`, code);
}

async function makeAll() {
  for (const name of Object.keys(USES)) if (isBuilt(name)) await makeCode(name);
}

module.exports = { isBuilt, load };
if (require.main === module) makeAll();
