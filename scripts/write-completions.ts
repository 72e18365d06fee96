/**
 * Writes completions/ for bash, zsh and fish out of what --help shows; a test fails where the files are not what this
 * writes.
 *
 * Run: npx tsx scripts/write-completions.ts
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { COMPLETIONS } from "./completions/files.js";

const dir = fileURLToPath(new URL("../completions/", import.meta.url));
mkdirSync(dir, { recursive: true });
for (const [name, text] of COMPLETIONS) writeFileSync(`${dir}${name}`, text);
