import { Flags } from "@oclif/core";
import { ALL, type Wishes } from "../lib/migrations/index.js";
import { parseLowerdir } from "../lib/mount/lowerdir.js";
import type { MountSpec } from "../lib/mount/spec.js";
import type { MigrationName } from "../lib/plan/cause.js";
import type { MigrateRequest } from "../lib/repair/run-result.js";
import { migrations } from "../lib/repair.js";
import { stackLines } from "../lib/report/index.js";
import { migrationListLines, migrationsJson, troubleLines } from "../lib/run-report/index.js";
import { argumentBytes } from "./support/argument-bytes.js";
import { type Exits, overlayUsage } from "./support/metadata.js";
import { modeFlag } from "./support/mode.js";
import { overlayArgs } from "./support/overlay-flags.js";
import { RunBase, type RunFlags, runFlags } from "./support/run.js";

const NAMES = ALL.map(({ name }) => name);

export default class Migrate extends RunBase {
  static override summary = "Take an overlay with a past to a state that is fit for NFS export.";
  static override description =
    "For overlays that were made without the index, copied or restored to another disk, or put on a rebuilt base image. Finds out which migrations apply, tells why and what they cost, does one after the other and checks after each. One journal holds all of it, and undo takes all of it back.";
  static override examples = [
    {
      description: "Which migrations apply, why, and what clients will notice",
      command:
        "<%= config.bin %> migrate --list -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work",
    },
    {
      description: "The plan after a move to new layers, the old ones at hand",
      command:
        "<%= config.bin %> migrate -n --old-lower /old/lower --lower /ovl/lower --upper /ovl/upper --work /ovl/work",
    },
    {
      description: "Back to index=off, or before the upper layer goes into an archive",
      command:
        "<%= config.bin %> migrate -y --only detach -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work",
    },
  ];
  static override exits = {
    0: "done, or nothing to do",
    4: "problems are left",
    8: "could not be completed",
    16: "usage; also where nobody is there to be asked",
    32: "cancelled",
  } satisfies Exits;
  static override usage = overlayUsage("migrate");
  static override args = overlayArgs;
  static override flags = {
    ...runFlags,
    list: Flags.boolean({ description: "tell which migrations apply, and do nothing" }),
    only: Flags.custom<MigrationName>({
      options: [...NAMES],
      multiple: true,
      multipleNonGreedy: true,
      helpValue: "NAME",
      description: `this one, of ${NAMES.join(", ")}; may be given again`,
    })(),
    "old-lower": Flags.string({
      helpValue: "A:B",
      description: "the lower layers as they were, the topmost first, where they can still be read",
    }),
    "trust-paths": Flags.boolean({
      description: "take a lower object of the same path and type for the one that was copied up",
    }),
    "write-lower": Flags.boolean({
      description: "convert xattrs of lower layers, too, which other overlays may share",
    }),
    detach: Flags.boolean({ description: "take off all that ties upper to handles of its lower layers" }),
  };

  async run(): Promise<void> {
    const { args, flags: given, metadata } = await this.parse(Migrate);
    const other = given.detach ? given.only?.find((name) => name !== "detach") : undefined;
    if (other !== undefined) this.usage(`leave out one of --detach and --only ${other}`);
    const isDetached = given.detach || given.only?.includes("detach") === true;
    const isUnsaid = metadata.flags["require"]?.setFromDefault === true;
    // What is detached is never ready for an export.
    const flags = isDetached && isUnsaid ? { ...given, require: "plain" as const } : given;
    const wishes: Wishes = {
      only: flags.only ?? null,
      trustPaths: flags["trust-paths"],
      detach: flags.detach,
    };
    const migrate = { wishes, oldLower: this.#oldLower(flags["old-lower"]) };
    const idle = flags.list ? modeFlag(flags) : null;
    if (idle !== null) this.usage(`--list only tells which migrations apply: leave out ${idle}`);
    if (flags.list) return this.#list(this.overlay({ ...flags, ...args }), migrate, flags);
    const lower = flags["write-lower"];
    return this.runOn({ ...flags, ...args }, { command: "migrate", lower, clearVolatile: false, migrate });
  }

  #oldLower(given: string | undefined): readonly Buffer[] {
    if (given === undefined) return [];
    // Without the old layers origins are given up: nobody means that by a variable that was never set.
    if (given === "") this.usage("--old-lower is empty");
    const parsed = parseLowerdir(argumentBytes(given));
    if (typeof parsed === "string") this.usage(`--old-lower: ${parsed}`);
    return parsed.lower;
  }

  async #list(spec: MountSpec, migrate: MigrateRequest, words: RunFlags): Promise<void> {
    const options = this.textOptions(words);
    const found = await migrations(spec, { ...words, migrate });
    if (words.json) await this.printPieces([migrationsJson(found)]);
    else {
      await this.printLines([
        ...stackLines(found.overlay, options),
        ...(found.trouble === null
          ? migrationListLines(found, options)
          : troubleLines(found.trouble, options)),
      ]);
    }
    if (found.trouble !== null) this.exit(8);
  }
}
