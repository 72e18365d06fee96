import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { UNITS } from "../../../scripts/units.js";
import { root } from "../../support/cli.js";

it("systemd/ is what scripts/write-units.ts writes", () => {
  const dir = join(root, "systemd");
  expect(readdirSync(dir)).toEqual([...UNITS.keys()]);
  for (const [name, text] of UNITS) expect(readFileSync(join(dir, name), "utf8")).toBe(text);
});
