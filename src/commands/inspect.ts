import { Args, Flags } from "@oclif/core";
import { errnoName } from "../lib/host/errno.js";
import {
  INSPECT_SCHEMA,
  type Inspection,
  inspectPath,
  inspectText,
  whyNotXattr,
} from "../lib/inspect/index.js";
import { EXIT, inspectionText } from "../lib/report/index.js";
import { argumentBytes } from "./support/argument-bytes.js";
import { BaseCommand } from "./support/base.js";
import type { Exits } from "./support/metadata.js";

const ENOENT = -2;

export default class Inspect extends BaseCommand {
  static override summary = "Decode overlay xattrs, the name of an index entry, or a client's handle.";
  static override description =
    "A path is inspected where it lies: give the path inside a layer, not the one in the mounted overlay, which hides overlay xattrs. Anything else is taken as hex (0x and colons are allowed) or as NAME=VALUE, as getfattr prints it.";
  static override examples = [
    {
      description: "Overlay xattrs of an object, where it lies in its layer",
      command: "<%= config.bin %> inspect /ovl/upper/dir",
    },
    {
      description: "A value as getfattr prints it",
      command: "<%= config.bin %> inspect trusted.overlay.nlink=U+1",
    },
    {
      description: "The name of an index entry",
      command: "<%= config.bin %> inspect 00fb1d0001...",
    },
  ];
  static override exits = {
    0: "decoded",
    8: "could not be read",
    16: "neither a path nor something to decode",
  } satisfies Exits;
  static override usage = ["inspect [FLAGS] PATH", "inspect [FLAGS] NAME=VALUE", "inspect [FLAGS] HEX"];
  static override args = {
    subject: Args.string({ required: true, ignoreStdin: true, description: "a path, NAME=VALUE, or hex" }),
  };
  static override flags = {
    json: Flags.boolean({ description: "print one JSON document" }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Inspect);
    if (args.subject === "") this.usage("inspect what? Give a path, hex, or NAME=VALUE of an overlay xattr");
    const inspection = this.inspect(args.subject);
    if (flags.json) process.stdout.write(`${JSON.stringify(inspection, null, 2)}\n`);
    else await this.printLines(inspectionText(inspection, this.paint, this.width));
    if (inspection.things.some((thing) => thing.verdict === "unread")) this.exit(EXIT.incomplete);
  }

  private inspect(subject: string): Inspection {
    const about = { schema: INSPECT_SCHEMA, tool: { version: this.version }, subject } as const;
    const things = inspectPath(argumentBytes(subject));
    if (typeof things !== "number") return { ...about, kind: "path", things };
    const recognised = inspectText(subject);
    if (recognised !== null) return { ...about, ...recognised };
    const why = whyNotXattr(subject);
    if (why !== null) this.usage(`${subject}: ${why}`);
    if (things !== ENOENT || subject.includes("/")) {
      return this.impossible(`${subject}: ${errnoName(things)}`);
    }
    return this.usage(`neither a path nor hex nor NAME=VALUE of an overlay xattr: ${subject}`);
  }
}
