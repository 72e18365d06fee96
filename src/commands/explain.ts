import { Args, Flags } from "@oclif/core";
import {
  codeList,
  type ExplainOptions,
  type Explanation,
  explainAll,
  explainLog,
  explainTopic,
  explanationText,
  similarCodes,
} from "../lib/report/index.js";
import { BaseCommand } from "./support/base.js";
import type { Exits } from "./support/metadata.js";
import { readStdin } from "./support/stdin.js";

export default class Explain extends BaseCommand {
  static override summary = "Explain a finding code or a kernel message.";
  static override description =
    "With - (or a pipe on stdin) it reads a kernel log and explains every overlayfs line in it that concerns the index, origins, redirects, metacopy or export.";
  static override examples = [
    {
      description: "A finding code",
      command: "<%= config.bin %> explain copied-up-not-indexed",
    },
    {
      description: "A message of the kernel",
      command: "<%= config.bin %> explain 'overlayfs: failed to verify upper root origin'",
    },
    {
      description: "All overlayfs messages of the kernel log",
      command: "dmesg | <%= config.bin %> explain -",
    },
    {
      description: "Which codes there are",
      command: "<%= config.bin %> explain --list",
    },
  ];
  static override exits = {
    0: "explained",
    16: "neither a code nor a message that is known",
  } satisfies Exits;
  static override usage = [
    "explain [FLAGS] CODE",
    "explain [FLAGS] MESSAGE",
    "explain [FLAGS] -",
    "explain --list",
  ];
  static override args = {
    topic: Args.string({
      ignoreStdin: true,
      description: "a finding code, a kernel message, or - for a log on stdin",
    }),
  };
  static override flags = {
    list: Flags.boolean({ description: "list all finding codes" }),
    json: Flags.boolean({ description: "print one JSON document" }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Explain);
    const options: ExplainOptions = { version: this.version, commands: this.commandNames };
    if (flags.list && args.topic !== undefined) this.usage(`--list lists all codes: leave out ${args.topic}`);
    // Who filters them has one a line.
    const width = process.stdout.isTTY === true ? this.width : Number.POSITIVE_INFINITY;
    if (flags.list && !flags.json) return this.printLines(codeList(this.paint, width));
    const explanation = flags.list ? explainAll(options) : await this.explain(args.topic, options);
    if (flags.json) process.stdout.write(`${JSON.stringify(explanation, null, 2)}\n`);
    else await this.printLines(explanationText(explanation, this.paint, this.width));
  }

  private async explain(topic: string | undefined, options: ExplainOptions): Promise<Explanation> {
    if (topic === "-" || (topic === undefined && process.stdin.isTTY !== true)) {
      return explainLog(await readStdin(), options);
    }
    if (topic === undefined || topic.trim() === "")
      this.usage("explain what? Give a code, a kernel message, - for a log, or --list");
    const explanation = explainTopic(topic, options);
    if (explanation !== null) return explanation;
    const similar = similarCodes(topic);
    const hint = similar.length > 0 ? `; did you mean ${similar.join(", ")}?` : "; --list lists the codes";
    return this.usage(`neither a finding code nor a message that is known: ${topic}${hint}`);
  }
}
