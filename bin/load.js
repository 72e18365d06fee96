// Loads the bundle as require() would, with V8's compiled code for it where that is there and fits
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

const bundle = join(__dirname, "..", "dist", "bundle", "cli.cjs");
const code = join(__dirname, "..", "dist", "bundle", `cli.${process.version}-${process.arch}.code`);

function compile() {
  return new Script(Module.wrap(readFileSync(bundle, "utf8")), {
    filename: bundle,
    importModuleDynamically: constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    // V8 checks it against the source and itself, and compiles where it does not fit.
    cachedData: existsSync(code) ? readFileSync(code) : undefined,
  });
}

function load(script = compile()) {
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

async function makeCode() {
  rmSync(code, { force: true });
  const script = compile();
  const { run } = load(script);
  // Functions are compiled on first use, and only those are kept: use what a check uses.
  const scratch = mkdtempSync(join(tmpdir(), "ovl-index-build-"));
  const [lower, upper, work] = ["lower", "upper", "work"].map((name) => join(scratch, name));
  for (const directory of [lower, upper, work]) mkdirSync(directory);
  const { stdout, stderr } = process;
  const said = [stdout.write, stderr.write];
  stdout.write = stderr.write = (_text, ...rest) => {
    const done = rest.at(-1);
    if (typeof done === "function") process.nextTick(done);
    return true;
  };
  await run(["check", "--help"]);
  await run(["check", "--lower", lower, "--upper", upper, "--work", work]);
  [stdout.write, stderr.write] = said;
  process.exitCode = 0;
  rmSync(scratch, { recursive: true });
  writeFileSync(`${code}.part`, script.createCachedData());
  renameSync(`${code}.part`, code);
}

module.exports = { bundle, load };
if (require.main === module && existsSync(bundle)) makeCode();
