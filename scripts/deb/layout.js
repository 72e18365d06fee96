// Where Debian has what the npm package has.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";

export const HOME = "usr/lib/ovl-index";
export const DOC = "usr/share/doc/ovl-index";

/** In HOME, as in the npm package: what runs. */
const PROGRAM = ["package.json", "bin", "dist/bundle"];

/** Folders of the npm package, and where each of their files goes. */
const PLACES = {
  man: (file) => `usr/share/man/man${file.at(-1)}/${file}`,
  // "_ovl-index", "ovl-index.fish", "ovl-index": each shell looks for the program's name in its own way.
  completions: (file) =>
    file.startsWith("_")
      ? `usr/share/zsh/vendor-completions/${file}`
      : file.endsWith(".fish")
        ? `usr/share/fish/vendor_completions.d/${file}`
        : `usr/share/bash-completion/completions/${file}`,
  systemd: (file) => `usr/lib/systemd/system/${file}`,
  // As they are beside README.md, which links to them.
  docs: (file) => `${DOC}/docs/${file}`,
  examples: (file) => `${DOC}/examples/${file}`,
  schemas: (file) => `${DOC}/schemas/${file}`,
};

/** Policy has manual pages compressed, reproducibly. */
const compressed = (place) => place.startsWith("usr/share/man/");

export function put(tree, place, bytes) {
  const name = compressed(place) ? `${place}.gz` : place;
  mkdirSync(dirname(join(tree, name)), { recursive: true });
  writeFileSync(join(tree, name), compressed(place) ? gzipSync(bytes, { level: 9 }) : bytes);
}

/** Paths of all files below a folder, from it on. */
export function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Programs run with Debian's Node, whatever PATH has. */
function setInterpreter(file) {
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/^#!\/usr\/bin\/env node\n/, "#!/usr/bin/node\n"));
}

function link(tree, name, file) {
  const folder = name.startsWith("fsck.") ? "usr/sbin" : "usr/bin";
  mkdirSync(join(tree, folder), { recursive: true });
  symlinkSync(join("..", "lib", basename(HOME), file), join(tree, folder, name));
}

export function layOut(unpacked, tree, platform) {
  for (const part of [...PROGRAM, `prebuilds/${platform}`])
    cpSync(join(unpacked, part), join(tree, HOME, part), { recursive: true });
  const { bin } = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8"));
  for (const [name, file] of Object.entries(bin)) {
    setInterpreter(join(tree, HOME, file));
    link(tree, name, file);
  }
  for (const [folder, placeOf] of Object.entries(PLACES)) {
    if (!existsSync(join(unpacked, folder))) continue;
    for (const file of filesIn(join(unpacked, folder))) {
      const place = placeOf(file);
      if (place === undefined) throw new Error(`where does Debian have ${folder}/${file}?`);
      put(tree, place, readFileSync(join(unpacked, folder, file)));
    }
  }
  for (const page of ["README.md", "CONTRIBUTING.md"])
    put(tree, `${DOC}/${page}`, readFileSync(join(unpacked, page)));
  // The pages lead to the units as in the npm package.
  mkdirSync(join(tree, DOC, "systemd"));
  for (const file of filesIn(join(unpacked, "systemd")))
    symlinkSync(relative(`${DOC}/systemd`, PLACES.systemd(file)), join(tree, DOC, "systemd", file));
  const programs = new Set(Object.values(bin).map((file) => `${HOME}/${file}`));
  for (const file of readdirSync(tree, { recursive: true }).map(String)) {
    const path = join(tree, file);
    if (!existsSync(path)) continue;
    chmodSync(path, statSync(path).isDirectory() || programs.has(file) ? 0o755 : 0o644);
  }
}
