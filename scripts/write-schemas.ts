/**
 * Writes schemas/*.schema.json. What the catalogue knows (codes, severities, effects) is taken from it;
 * a test fails where the files are not what this writes.
 *
 * Run: npx tsx scripts/write-schemas.ts
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SCHEMAS } from "./schemas.js";

const dir = join(dirname(dirname(fileURLToPath(import.meta.url))), "schemas");
mkdirSync(dir, { recursive: true });
for (const [name, schema] of Object.entries(SCHEMAS)) {
  writeFileSync(join(dir, `${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
}
