import { Flags } from "@oclif/core";
import {
  BLOCKS,
  type BlockName,
  blockLines,
  type ExportResult,
  exportJson,
  exportLines,
  planExport,
  stepsTo,
} from "../lib/export/index.js";
import { files } from "../lib/host/files.js";
import { resolvePath } from "../lib/mount/bytes.js";
import { exitCode, startProgress } from "../lib/report/index.js";
import { argumentBytes } from "./support/argument-bytes.js";
import { BaseCommand } from "./support/base.js";
import { forceFlag } from "./support/flags.js";
import { type Exits, overlayUsage } from "./support/metadata.js";
import { overlayArgs, overlayFlags } from "./support/overlay-flags.js";

type Format = BlockName | "text" | "json";
const FORMATS: readonly Format[] = ["text", ...BLOCKS, "json"];

/** The kernel's NFS server keeps it in 32 bits. */
const LARGEST_FSID = 2 ** 32 - 1;

export default class Export extends BaseCommand {
  static override summary = "Print how a ready overlay is mounted and exported, or how it gets ready.";
  static override description =
    "Checks the overlay for nfs-export first. Prints the mount line, the lines for fstab and exports, nfs-ganesha's block and systemd units, each with its reasons; writes nothing.";
  static override examples = [
    {
      description: "All that there is to write down",
      command: "<%= config.bin %> export -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work",
    },
    {
      description: "The line for /etc/exports alone",
      command:
        "<%= config.bin %> export --format exports --clients 10.0.0.0/24 --mountpoint /srv/export -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work",
    },
    {
      description: "The line for fstab of an overlay that it has already",
      command: "<%= config.bin %> export --format fstab /srv/export",
    },
  ];
  static override exits = {
    0: "ready",
    4: "not ready: what gets it there is printed",
    8: "the check could not be completed",
    16: "usage",
  } satisfies Exits;
  static override usage = overlayUsage("export");
  static override args = overlayArgs;
  static override flags = {
    ...overlayFlags,
    mountpoint: Flags.string({
      helpValue: "DIR",
      description: "where it shall be mounted; /export/NAME unless told",
    }),
    clients: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: "HOST",
      description: "who may mount it, as exports(5) names them; this machine alone unless told",
    }),
    fsid: Flags.string({ helpValue: "ID", description: "number or UUID that clients know the export by" }),
    format: Flags.option({ options: FORMATS, default: "text" as Format })({
      // All of them would leave no room for what they are.
      helpValue: "BLOCK",
      description: `one block alone, for scripts: ${BLOCKS.join(", ")}; or text, json`,
    }),
    json: Flags.boolean({ description: "the same as --format json" }),
    force: forceFlag(),
    verbose: Flags.boolean({ char: "v", description: "show also UUIDs" }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Export);
    const spec = this.overlay({ ...flags, mountpoint: args.mountpoint });
    const { clients = [], fsid = null, force, verbose } = flags;
    if (clients.includes("")) this.usage("--clients is empty");
    if (fsid === "") this.usage("--fsid is empty");
    const odd = clients.find((client) => !/^[\w.:/@*?[\]-]+$/.test(client));
    if (odd !== undefined) this.usage(`--clients: not a host, network or netgroup: ${odd}`);
    if (fsid !== null && !/^(\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(fsid)) {
      this.usage(`--fsid: neither a number nor a UUID: ${fsid}`);
    }
    if (fsid !== null && /^\d+$/.test(fsid) && Number(fsid) > LARGEST_FSID)
      this.usage(`--fsid: a number is at most ${LARGEST_FSID}: ${fsid}`);
    if (flags.mountpoint === "") this.usage("--mountpoint is empty");
    const named = flags.mountpoint ?? args.mountpoint;
    const mountpoint = named === undefined ? null : resolvePath(files.cwd(), argumentBytes(named));
    const program = [process.execPath, resolveScript()].map((word) => Buffer.from(word));
    const progress = await startProgress(process.stderr, true);
    const wishes = { mountpoint, clients, fsid, program };
    const result = await planExport(spec, {
      wishes,
      force,
      onProgress: progress.onProgress,
    }).finally(progress.stop);
    await this.show(result, flags.json ? "json" : flags.format, verbose);
    const code = exitCode(result.check, false);
    if (!result.check.ready && code !== 0) this.exit(code);
  }

  private async show(result: ExportResult, format: Format, verbose: boolean): Promise<void> {
    const commands = this.commandNames;
    if (format === "json") return this.printPieces([exportJson(result, { commands })]);
    if (format === "text") {
      return this.printLines(
        exportLines(result, { paint: this.paint, width: this.width, verbose, commands }),
      );
    }
    if (!result.check.ready) {
      process.stderr.write(`ovl-index: not ready for export: ${stepsTo(result, commands)[0] ?? ""}\n`);
      return;
    }
    const block = result.blocks.find(({ name }) => name === format);
    if (block !== undefined) return this.printLines(blockLines(block));
    this.impossible(result.omitted.find(({ name }) => name === format)?.why ?? "cannot be written");
  }
}

/** The program that runs now, for a unit file that has to find it at boot. */
function resolveScript(): string {
  const located = files.locate(Buffer.from(process.argv[1] ?? ""));
  return typeof located === "number" ? (process.argv[1] ?? "") : located.path.toString("utf8");
}
