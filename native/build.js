// Compiles native/*.c into native/build/ovl.node with the system's C compiler, and fs-xattr where npm has not:
// no gyp, no Python, no network. Does nothing where the result is up to date, or where what the package
// brought along (prebuilds/) loads here.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, fail, upToDate, xattrPackage } from "./recipe.js";

const here = dirname(fileURLToPath(import.meta.url));

const built = (name) => join(here, "build", `${name}.node`);

function compiler(why = "") {
  const wanted = process.env.CC ? [process.env.CC] : ["cc", "gcc", "clang"];
  for (const name of wanted) {
    const [command, ...flags] = name.split(" ");
    if (spawnSync(command, [...flags, "--version"], { stdio: "ignore" }).status === 0)
      return [command, ...flags];
  }
  return fail(
    `${why}no C compiler found (tried ${wanted.join(", ")}): install one (Debian: apt-get install gcc libc6-dev), then try again`,
  );
}

/** In a clone: of the sources, which change. npm has made fs-xattr only where node-gyp found all that it wants. */
function buildClone() {
  if (!upToDate(built("ovl"))) compile(compiler(), "ovl", built("ovl"));
  const xattr = join(xattrPackage(), "build", "Release", "xattr.node");
  if (!existsSync(xattr)) compile(compiler(), "xattr", xattr);
}

/**
 * In a package that was installed as it was packed: what does not load. fs-xattr's half goes beside ours, since npm
 * takes its folder away at the end where it could not compile it itself.
 */
async function buildInstalled() {
  const { compiled, platform } = await import("../dist/lib/host/compiled.js");
  for (const name of ["ovl", "xattr"]) {
    try {
      compiled(name);
    } catch {
      const brought = existsSync(join(here, "..", "prebuilds", platform()));
      const why = brought
        ? "what was compiled in advance does not load here"
        : "nothing was compiled in advance";
      const command = compiler(`${why} (${platform()}), and `);
      compile(command, name, built(name));
      try {
        compiled(name);
      } catch {
        rmSync(built(name));
        fail(`what ${command[0]} has compiled does not load here: name a compiler for ${platform()} by CC`);
      }
    }
  }
}

if (process.platform !== "linux") fail("the addon is for Linux only");
if (existsSync(join(here, "..", "src"))) buildClone();
else await buildInstalled();
