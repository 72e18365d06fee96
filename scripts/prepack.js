// Before npm pack: what was compiled in advance (npm run prebuilds) is of the sources as they are.
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, upToDate } from "../native/recipe.js";

const prebuilds = join(dirname(dirname(fileURLToPath(import.meta.url))), "prebuilds");
const platforms = existsSync(prebuilds) ? readdirSync(prebuilds).filter((name) => !name.startsWith(".")) : [];
const old = platforms.filter((name) => !upToDate(join(prebuilds, name, "ovl.node")));
if (old.length > 0)
  fail(`prebuilds of ${old.join(", ")} are older than the sources: run "npm run prebuilds", or remove them`);
if (platforms.length === 0)
  process.stderr.write(
    'ovl-index: nothing is compiled in advance ("npm run prebuilds"): who installs this needs a C compiler\n',
  );
