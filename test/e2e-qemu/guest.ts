/** What the guest runs: the demonstration's story, told by the kernel's own NFS server and client. */
import { release } from "node:os";
import { commandsShown } from "../../src/commands/support/demo-commands.js";
import { Stage } from "../../src/lib/demo/stage.js";
import { tellStory } from "../../src/lib/demo/story.js";
import { makePaint } from "../../src/lib/report/index.js";
import { KernelNfs } from "./kernel-nfs.js";

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const paint = makePaint(false);
const commands = new Set(["build", "check", "repair", "undo"]);

say(`kernel ${release()}`);
const stage = new Stage("/stage");
const surprises = await tellStory(stage, new KernelNfs(stage.merged), {
  say,
  ...commandsShown({ say, paint, width: 80, commands }),
  ...paint,
});
for (const surprise of surprises) say(`otherwise than told: ${surprise}`);
say(surprises.length === 0 ? "E2E PASSED" : "E2E FAILED");
