// The whole suite. Arguments go on to vitest: `npm test -- test/unit`.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const command = [process.execPath, vitest, "run", ...process.argv.slice(2)];

// What the tests mount is seen by them alone, and goes with them however they end.
if (process.geteuid?.() === 0) command.unshift("unshare", "-m", "--propagation", "private");

const [program, ...args] = command;
const result = spawnSync(program, args, { cwd: root, stdio: "inherit" });
if (result.error) process.stderr.write(`ovl-index: cannot run ${program}: ${result.error.message}\n`);
process.exit(result.status ?? 1);
