import { Flags } from "@oclif/core";
import { raiseLoopback, whyNoGanesha } from "../lib/demo/ganesha.js";
import { LocalClient } from "../lib/demo/local-client.js";
import { NfsClient } from "../lib/demo/nfs-client.js";
import { whyNoDemo } from "../lib/demo/requirements.js";
import { Stage, StageError } from "../lib/demo/stage.js";
import { type StoryTeller, tellStory } from "../lib/demo/story.js";
import { native } from "../lib/host/addon.js";
import { runAttached } from "../lib/host/processes.js";
import { makeScratch, removeScratch, scratchPlace } from "../lib/host/scratch.js";
import { signalsArrive, watchSignals } from "../lib/host/signals.js";
import { EXIT } from "../lib/report/index.js";
import { BaseCommand } from "./support/base.js";
import { commandsShown } from "./support/demo-commands.js";
import type { Exits } from "./support/metadata.js";

/** Where the inner process, the one in a mount namespace of its own, shall build. */
const STAGE = "OVL_INDEX_DEMO_STAGE";

const TITLE = "What happens to NFS handles when an overlay is mounted once without its index";

const SERVER = [
  "",
  "Each time that it is exported, nfs-ganesha serves it, and all that is read and",
  "written there goes over NFSv4; the client looks a name up once, and keeps the",
  "filehandle.",
];

const MORAL = [
  "Between the two exports the overlay changed and the index did not, so the",
  "handles of those files led to the lower layer. Check an overlay before it is",
  "exported, and repair it before a client writes.",
  '"ovl-index explain copied-up-not-indexed" tells more.',
];

export default class Demo extends BaseCommand {
  static override summary = "Show on a scratch overlay how handles go wrong, and how repair prevents it.";
  static override description =
    "Needs root. Makes an overlay on a small loop image in a mount namespace of its own, exports it, mounts it once without its index, exports it again, and reads and writes through the handles that a client would hold; then repairs it, too late and in time. Nothing of it is left behind. With --full the overlay is served by nfs-ganesha, in a network of its own, and a client reads and writes by its filehandles over NFSv4.";
  static override examples = [
    {
      description: "In a few seconds",
      command: "sudo <%= config.bin %> demo",
    },
    {
      description: "With nfs-ganesha and an NFSv4 client",
      command: "sudo <%= config.bin %> demo --full",
    },
  ];
  static override exits = {
    0: "shown, and the kernel did as foretold",
    8: "cannot run here, or the kernel did otherwise",
    32: "cancelled",
  } satisfies Exits;
  static override usage = ["demo [FLAGS]"];
  static override flags = {
    full: Flags.boolean({ description: "with a real NFS server, which must be installed: nfs-ganesha" }),
  };

  async run(): Promise<void> {
    const { full } = (await this.parse(Demo)).flags;
    const stage = process.env[STAGE];
    if (stage !== undefined) return this.play(stage, full);
    const watch = watchSignals();
    const reason = whyNoDemo(native.capabilities()) ?? (full ? whyNoGanesha() : null);
    await signalsArrive();
    if (watch.asked()) this.cancelled();
    if (reason !== null) this.notHere(reason);
    const made = makeScratch();
    if ("errno" in made) return this.notHere(`${scratchPlace()}: ${made.errno}; set TMPDIR to another place`);
    const scratch = made.path;
    const inner = [process.execPath, process.argv[1] ?? "", "demo", ...(full ? ["--full"] : [])];
    const apart = ["-m", "--propagation", "private", ...(full ? ["-n"] : [])];
    try {
      const player = runAttached("unshare", [...apart, "--", ...inner], {
        ...process.env,
        [STAGE]: scratch,
      });
      // What it mounted is seen by it alone, and goes with it.
      watch.whenAsked(player.kill);
      const { code, signal } = await player.ended;
      if (watch.asked()) this.cancelled();
      if (signal !== null) this.impossible(`the demonstration was ended by ${signal}`);
      if (code !== 0) this.exit(code ?? EXIT.incomplete);
    } finally {
      removeScratch(scratch);
    }
  }

  private async play(root: string, full: boolean): Promise<void> {
    const { paint } = this;
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    say(paint.strong(TITLE));
    const commands = commandsShown({ say, paint, width: this.width, commands: this.commandNames });
    const { bad, good, strong } = paint;
    try {
      const surprises = await this.tell(root, full, { say, ...commands, bad, good, strong });
      say("");
      for (const line of MORAL) say(line);
      if (surprises.length > 0) this.impossible(`this kernel did otherwise: ${surprises.join("; ")}`);
    } catch (error) {
      if (error instanceof StageError) this.notHere(error.message);
      throw error;
    }
  }

  private notHere(reason: string): never {
    this.impossible(`the demonstration cannot run here: ${reason}`);
  }

  private tell(root: string, full: boolean, teller: StoryTeller): Promise<readonly string[]> {
    const stage = new Stage(root);
    if (!full) return tellStory(stage, new LocalClient(stage.merged), teller);
    raiseLoopback();
    for (const line of SERVER) teller.say(line);
    return tellStory(stage, new NfsClient(`${root}/nfs`, stage.merged), teller);
  }
}
