/** Where the compiled halves of this package and of fs-xattr are. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loaderOf } from "./elf.js";

/** A compiled half is missing, or made for another machine, and so for another C library, than this one. */
export class AddonMissingError extends Error {
  override readonly name = "AddonMissingError";
}

/** Our own addon, and fs-xattr's. */
export type Compiled = "ovl" | "xattr";

/**
 * What was compiled here comes first, then what the package brought along for this kind of machine.
 * `undefined`: neither is there.
 */
function locate(name: Compiled): string | undefined {
  const root = packageRoot();
  return (
    there(join(root, "native", "build", `${name}.node`)) ??
    (name === "xattr" ? builtByNpm() : undefined) ??
    there(join(root, "prebuilds", platform(), `${name}.node`))
  );
}

const there = (file: string): string | undefined => (existsSync(file) ? file : undefined);

/** From src/lib/host, from dist/lib/host and from the bundle alike. */
function packageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let at = start; at !== dirname(at); at = dirname(at))
    if (existsSync(join(at, "package.json"))) return at;
  return start;
}

/** fs-xattr may be absent: npm takes an optional package away again that it could not compile. */
function builtByNpm(): string | undefined {
  try {
    const package_ = dirname(createRequire(import.meta.url).resolve("fs-xattr"));
    return there(join(package_, "build", "Release", "xattr.node"));
  } catch {
    return undefined;
  }
}

/** The folder in prebuilds: `x64-glibc`, `arm64-musl`. The C library is the one that this Node was linked to. */
export function platform(): string {
  const loader = loaderOf("/proc/self/exe") ?? "";
  return `${process.arch}-${loader.includes("/ld-musl-") ? "musl" : "glibc"}`;
}

/** Load it. Throws {@link AddonMissingError} with what to do about it. */
export function compiled(name: Compiled): unknown {
  const file = locate(name);
  if (file === undefined) {
    throw new AddonMissingError(
      `the native addon is not built: run "npm rebuild" in the package (it needs a C compiler; none came with it for ${platform()})`,
    );
  }
  try {
    return createRequire(import.meta.url)(file);
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    throw new AddonMissingError(
      `the native addon does not load here (${why}): run "npm rebuild" in the package (it needs a C compiler)`,
    );
  }
}
