import type { MountSpec } from "../../../src/lib/mount/spec.js";
import type { RunCommand, RunResult } from "../../../src/lib/repair/run-result.js";
import { repair } from "../../../src/lib/repair.js";

/** `ovl-index COMMAND -y`, without further wishes. */
export function mend(spec: MountSpec, command: RunCommand): Promise<RunResult> {
  return repair(spec, {
    command,
    require: "nfs-export",
    mode: "yes",
    ...(command === "migrate" ? { migrate: { wishes: NO_WISHES, oldLower: [] } } : {}),
    asked: () => false,
    decide: async ({ actions }) => actions,
  });
}

const NO_WISHES = { only: null, trustPaths: false, detach: false };
