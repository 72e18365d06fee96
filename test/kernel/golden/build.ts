/** The product's `build` and `repair`, all of their plan accepted. */
import { CATALOGUE } from "../../../src/lib/catalogue/index.js";
import { check } from "../../../src/lib/check.js";
import type { MountSpec } from "../../../src/lib/mount/spec.js";
import type { RunCommand } from "../../../src/lib/repair/run-result.js";
import { repair } from "../../../src/lib/repair.js";
import { printable } from "../../support/tree.js";

/** What a build came to: whether it wrote, and what is still wrong, one line each. */
export interface Built {
  readonly changed: boolean;
  readonly wrong: readonly string[];
}

export async function build(spec: MountSpec, command: RunCommand): Promise<Built> {
  const result = await repair(spec, {
    command,
    require: "nfs-export",
    mode: "yes",
    decide: async (plan) => plan.actions,
    asked: () => false,
  });
  const { changed, trouble } = result;
  if (trouble !== null) return { changed, wrong: [`${trouble.kind}: ${trouble.message}`] };
  const { findings } = await check(spec, { require: "nfs-export" });
  const wrong = findings
    // What a middle layer redirects is indexed by the kernel when it gives out handles below.
    .filter(({ code }) => code !== "middle-redirect")
    .filter(({ code, severity }) => severity === "error" || CATALOGUE[code].repair.command === "build")
    .map(({ code, layer, path }) => `${code} ${layer ?? ""} ${path === null ? "" : printable(path)}`);
  return { changed, wrong };
}
