/**
 * Writes systemd/ with the unit that `export` prints, for packages; a test fails where the file is not what this writes.
 *
 * Run: npx tsx scripts/write-units.ts
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { UNITS } from "./units.js";

const dir = fileURLToPath(new URL("../systemd/", import.meta.url));
mkdirSync(dir, { recursive: true });
for (const [name, text] of UNITS) writeFileSync(`${dir}${name}`, text);
