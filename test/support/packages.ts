/** The packages as somebody gets them, made of what is built here. */
import { type ExecFileSyncOptions, execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe } from "vitest";
import { type Ran, root } from "./cli.js";

/** What pack() needs: Debian's package manager, and its compiler for this machine. */
export const TO_PACK = ["apt-get", "dpkg-deb", "nm", "gcc"];

/** A describe() for tests that need a Debian; elsewhere they are skipped, saying so. CI must not skip them. */
export function needsPrograms(names: readonly string[], body: () => void): void {
  const missing = names.filter((name) => spawnSync("which", [name]).status !== 0);
  const title = `with ${names.join(", ")}`;
  if (missing.length === 0) describe(title, body);
  else if (process.env["CI"])
    throw new Error(`${missing.join(", ")} missing, and CI must not skip what needs it`);
  else describe.skip(`${title} (missing: ${missing.join(", ")})`, body);
}

/** The environment without what `npm test` puts there, and with other programs in reach. */
function surroundings(path: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|CC$)/i.test(name));
  return { ...Object.fromEntries(own), PATH: path };
}

/** A folder for one test file, removed by {@link Scratch.remove}. */
export class Scratch {
  readonly path = mkdtempSync(join(tmpdir(), "ovl-index-packages-"));

  /** A new empty folder in it. */
  folder(name: string): string {
    const made = join(this.path, name);
    mkdirSync(made);
    return made;
  }

  /** Never what is mounted in it: that may be this system's own /dev. */
  remove(): void {
    if (readFileSync("/proc/self/mountinfo", "utf8").includes(this.path))
      throw new Error(`something is still mounted in ${this.path}`);
    rmSync(this.path, { recursive: true });
  }
}

/** What `npm run prebuilds` and `npm pack` make. dist/ is there: what runs the tests has built it. */
export function pack(into: string): string {
  const quiet: ExecFileSyncOptions = { cwd: root, stdio: ["ignore", "ignore", "inherit"] };
  execFileSync(process.execPath, ["scripts/prebuilds.js"], quiet);
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", into], quiet);
  const [file] = readdirSync(into).filter((name) => name.endsWith(".tgz"));
  if (file === undefined) throw new Error("npm pack has made no file");
  return join(into, file);
}

/** Links from a page to a file beside it that is not there, in all pages of a folder: "README.md docs/gone.md". */
export function deadLinks(folder: string): string[] {
  const pages = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".md") && !name.includes("node_modules"),
  );
  return pages.flatMap((page) =>
    [...readFileSync(join(folder, page), "utf8").matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !existsSync(join(folder, dirname(page), target)))
      .map((target) => `${page} ${target}`),
  );
}

/** What npm itself needs of a machine; no Python, no compiler. */
const BARE = ["node", "npm", "sh"];
const COMPILER = ["cc", "as", "ld"];

/** A machine in which only these programs are in reach: a PATH. */
export function machine(folder: string, compiler: boolean): string {
  for (const name of compiler ? [...BARE, ...COMPILER] : BARE) {
    const [found] = execFileSync("which", [name], { encoding: "utf8" }).split("\n");
    symlinkSync(realpathSync(found ?? name), join(folder, name));
  }
  return folder;
}

/** Run a program with nothing else in reach. */
export function runOn(path: string, command: string, args: readonly string[], cwd = root): Ran {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env: surroundings(path),
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** `npm install TARBALL` in an empty folder. */
export function install(path: string, tarball: string, into: string, ...more: readonly string[]): Ran {
  const args = ["install", "--prefer-offline", "--no-audit", "--no-fund", ...more, "--prefix", into, tarball];
  return runOn(path, "npm", args, into);
}
