import { Flags } from "@oclif/core";
import { type SaveRequest, saveFromLayers, saveFromMount } from "../../lib/handles/save.js";
import { saveJson, saveLines } from "../../lib/handles-report/index.js";
import { argumentBytes } from "../support/argument-bytes.js";
import { jsonFlag } from "../support/flags.js";
import { HandlesBase, handlesArgs, handlesFlags } from "../support/handles.js";
import type { Exits } from "../support/metadata.js";
import { inLayers } from "../support/report-file.js";

export default class HandlesSave extends HandlesBase {
  static override summary = "Save the handle of every object, to verify them later.";
  static override description =
    "From the layers it computes which handles the kernel would give out if the overlay were mounted with nfs_export=on, and writes nothing to them; the overlay must not be in use. With --mounted the kernel itself is asked, as a client does that walks the whole export: it may copy directories up for that. Both give the same file.";
  static override examples = [
    {
      description: "From the layers",
      command:
        "<%= config.bin %> handles save before.handles -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work",
    },
    {
      description: "From the kernel, as clients have them",
      command: "<%= config.bin %> handles save before.handles --mounted /srv/export",
    },
  ];
  static override exits = {
    0: "saved",
    8: "could not be completed",
    16: "usage",
  } satisfies Exits;
  static override usage = [
    "handles save [FLAGS] FILE MOUNTPOINT",
    "handles save [FLAGS] FILE -o OPTIONS",
    "handles save [FLAGS] FILE --mounted MOUNTPOINT",
  ];
  static override args = handlesArgs;
  static override flags = {
    ...handlesFlags,
    content: Flags.boolean({
      default: false,
      description: "also a sample of each regular file: its size, first and last 4096 bytes",
    }),
    force: Flags.boolean({ default: false, description: "replace FILE where it exists" }),
    json: jsonFlag(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(HandlesSave);
    const source = this.source({ ...flags, mountpoint: args.mountpoint });
    const file = argumentBytes(args.file);
    const inside = "spec" in source ? inLayers(file, [source.spec]) : null;
    if (inside !== null) this.usage(inside);
    const saved = await this.attempt(file, ({ onProgress }) => {
      const request: SaveRequest = { file, replace: flags.force, content: flags.content, onProgress };
      return "spec" in source ? saveFromLayers(source.spec, request) : saveFromMount(source.mounted, request);
    });
    if (flags.json) await this.printPieces([saveJson(file, saved)]);
    else await this.printLines(saveLines(file, saved));
  }
}
