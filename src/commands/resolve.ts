import { Flags } from "@oclif/core";
import { native } from "../lib/host/addon.js";
import { files } from "../lib/host/files.js";
import { parseClientHandle } from "../lib/inspect/index.js";
import { EXIT } from "../lib/report/index.js";
import {
  type GivenHandle,
  type ResolveResult,
  resolve,
  resolveJson,
  resolveLines,
  Unknowable,
} from "../lib/resolve/index.js";
import { BaseCommand } from "./support/base.js";
import { jsonFlag } from "./support/flags.js";
import type { Exits } from "./support/metadata.js";
import { overlayFlags } from "./support/overlay-flags.js";
import { readStdin } from "./support/stdin.js";

const LIMIT = 1_000_000;

export default class Resolve extends BaseCommand {
  static override summary = "Follow clients' handles as the kernel will: to a path, or to ESTALE, and why.";
  static override description =
    "A handle is hex or base64: as a server's log, tshark (-T fields -e nfs.fhandle) or /proc shows it, of the kernel's NFS server, of nfs-ganesha, or the overlay's own; - reads one a line from stdin. The overlay may be mounted meanwhile. A handle of a file has no name in it: its names are searched.";
  static override examples = [
    {
      description: "A handle out of a server's log",
      command: "<%= config.bin %> resolve 430000072a44... /srv/export",
    },
    {
      description: "The same by the layers",
      command:
        "<%= config.bin %> resolve 430000072a44... -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work",
    },
    {
      description: "All handles of a packet capture",
      command:
        "tshark -r nfs.pcap -Y nfs.fhandle -T fields -e nfs.fhandle | <%= config.bin %> resolve - /srv/export",
    },
  ];
  static override exits = {
    0: "all lead somewhere",
    4: "some lead nowhere",
    8: "could not be completed",
    16: "usage, or not a handle",
  } satisfies Exits;
  static override usage = ["resolve [FLAGS] HANDLE... MOUNTPOINT", "resolve [FLAGS] HANDLE... -o OPTIONS"];
  static override strict = false;
  static override flags = {
    ...overlayFlags,
    limit: Flags.integer({
      min: 0,
      default: LIMIT,
      helpValue: "N",
      description: "read no more than N names in search of what files are called",
    }),
    json: jsonFlag(),
    verbose: Flags.boolean({ char: "v", description: "show also UUIDs" }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Resolve);
    if (flags.layers === "-" && argv.includes("-")) this.usage("stdin is either handles or layers, not both");
    const { texts, mountpoint } = await this.sort(argv as string[]);
    const handles = texts.map((given) => this.handle(given));
    const spec = this.overlay({ ...flags, mountpoint });
    if (handles.length === 0) this.usage("which handle? Give it in hex or base64, or - to read from stdin");
    const { limit, verbose } = flags;
    const result = this.follow(() => resolve(spec, handles, { limit }, { native, files }));
    if (flags.json) await this.printPieces([resolveJson(result)]);
    else await this.printLines(resolveLines(result, { paint: this.paint, width: this.width, verbose }));
    if (result.handles.some(({ end }) => end.leads === "nowhere")) this.exit(EXIT.problems);
  }

  private follow(call: () => ResolveResult): ResolveResult {
    try {
      return call();
    } catch (error) {
      if (error instanceof Unknowable) this.impossible(error.message);
      throw error;
    }
  }

  /** Handles, and the one argument that is a path: base64 may begin with a slash, too. */
  private async sort(argv: readonly string[]): Promise<{ texts: string[]; mountpoint: string | undefined }> {
    const texts: string[] = [];
    let mountpoint: string | undefined;
    for (const word of argv) {
      if (word === "-") texts.push(...handlesIn(await readStdin()));
      else if (!/^\.{0,2}\//.test(word) || parseClientHandle(word) !== null) texts.push(word);
      else if (mountpoint === undefined) mountpoint = word;
      else this.usage(`one mount point at a time: ${mountpoint}, ${word}`);
    }
    return { texts, mountpoint };
  }

  private handle(given: string): GivenHandle {
    if (given === "") this.usage("a handle is empty");
    const handle = parseClientHandle(given);
    if (handle !== null) return { given, handle };
    const hash = /^(0x)?[0-9a-f]{8}$/i.test(given);
    return this.usage(
      hash
        ? `${given}: a checksum of a handle, as tshark prints it, is no handle: ask it for -T fields -e nfs.fhandle`
        : `not a handle: ${given}`,
    );
  }
}

/** One a line, or several with commas between, as tshark prints those of one message; each once. */
function handlesIn(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const words = lines.flatMap((line) => (parseClientHandle(line) === null ? line.split(",") : [line]));
  return [...new Set(words.filter((word) => word !== ""))];
}
