/** Flags that several commands have. */
import { Flags } from "@oclif/core";
import type { Require } from "../../lib/mount/spec.js";

const REQUIRE = ["nfs-export", "index", "plain"] as const satisfies readonly Require[];

export const requireFlag = Flags.custom<Require>({
  options: [...REQUIRE],
  default: "nfs-export",
  helpValue: REQUIRE.join("|"),
  description: "what it shall be ready for",
});

export const jsonFlag = () =>
  Flags.boolean({ description: "print one JSON document and nothing else on stdout" });

export const forceFlag = () =>
  Flags.boolean({ char: "f", description: "read also what no upper layer touches" });
