import { Flags } from "@oclif/core";
import { readHeader } from "../../lib/handles/reader.js";
import { type VerifyRequest, verifyLayers, verifyMount } from "../../lib/handles/verify.js";
import { verifyExitCode, verifyJson, verifyLines } from "../../lib/handles-report/index.js";
import { argumentBytes } from "../support/argument-bytes.js";
import { jsonFlag } from "../support/flags.js";
import { HandlesBase, handlesArgs, handlesFlags } from "../support/handles.js";
import type { Exits } from "../support/metadata.js";

export default class HandlesVerify extends HandlesBase {
  static override summary = "Tell where each saved handle leads now: to its object, to ESTALE, or wrong.";
  static override description =
    "A handle is good where it leads to the object that it was saved for, copied up, renamed or written to as it may be, and the very one that a name shows; or to ESTALE where the object has no name any more. It is wrong where it leads to old data, to a deleted object or to another one; it is stale where the object is there and the handle leads nowhere. An object is known by its handle, which the filesystem never gives out twice, and not by its content: pass --content only where nothing was written since. From the layers nothing is written, and names that an exported mount would not show are seen to be missing; with --mounted the kernel itself is asked, and what it shows is all that is known.";
  static override examples = [
    {
      description: "After a repair, a restore, or before another kernel",
      command:
        "<%= config.bin %> handles verify before.handles -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work",
    },
    {
      description: "Ask the kernel, for a script",
      command: "<%= config.bin %> handles verify before.handles --mounted /srv/export --json",
    },
  ];
  static override exits = {
    0: "all are good",
    4: "some are wrong or stale",
    8: "could not be completed",
    16: "usage",
  } satisfies Exits;
  static override usage = [
    "handles verify [FLAGS] FILE MOUNTPOINT",
    "handles verify [FLAGS] FILE -o OPTIONS",
    "handles verify [FLAGS] FILE --mounted MOUNTPOINT",
  ];
  static override args = handlesArgs;
  static override flags = {
    ...handlesFlags,
    content: Flags.boolean({
      default: false,
      description: "nothing was written since: content that differs is wrong (needs save --content)",
    }),
    all: Flags.boolean({
      default: false,
      description: "show every handle that is wrong or stale, not the first few",
    }),
    json: jsonFlag(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(HandlesVerify);
    const source = this.source({ ...flags, mountpoint: args.mountpoint });
    const file = argumentBytes(args.file);
    const verified = await this.attempt(file, ({ onProgress }) => {
      if (flags.content && !readHeader(file).content)
        this.usage(`${args.file}: it has no samples of content: save it with --content`);
      const request: VerifyRequest = { file, content: flags.content, onProgress };
      return "spec" in source ? verifyLayers(source.spec, request) : verifyMount(source.mounted, request);
    });
    if (flags.json) await this.printPieces(verifyJson(verified));
    else
      await this.printLines(verifyLines(verified, { paint: this.paint, width: this.width, all: flags.all }));
    const code = verifyExitCode(verified);
    if (code !== 0) this.exit(code);
  }
}
