// The licences of what the bundle contains of others: each of them asks to be kept with it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const NAME = /^(?:licen[cs]e|copying|notice)/i;

/** Folder of the package that a file belongs to, of a path as esbuild tells it. */
function packageOf(path) {
  const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [];
  return folder;
}

function notice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const texts = readdirSync(folder)
    .filter((file) => NAME.test(file))
    .map((file) => readFileSync(join(folder, file), "utf8").trim());
  return [`${name} ${version} (${license})`, ...texts].join("\n\n");
}

/** `inputs`: paths of all that the bundle is made of. fs-xattr is compiled beside it. */
export function notices(root, inputs) {
  const folders = [...inputs, "node_modules/fs-xattr/index.js"].map(packageOf).filter(Boolean);
  const parts = [...new Set(folders)].sort().map((folder) => notice(join(root, folder)));
  return `Contained in ovl-index, in its bundle or compiled:\n\n${parts.join(`\n\n${"-".repeat(72)}\n\n`)}\n`;
}
