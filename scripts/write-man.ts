/**
 * Writes the manual pages man/ovl-index*.8 out of what --help shows; a test fails where the files are not what this
 * writes.
 *
 * Run: npx tsx scripts/write-man.ts
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PAGES } from "./man/pages.js";

const dir = fileURLToPath(new URL("../man/", import.meta.url));
mkdirSync(dir, { recursive: true });
for (const [name, text] of PAGES) writeFileSync(`${dir}${name}`, text);
