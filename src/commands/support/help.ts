/** --help: oclif's, with exit codes and with examples that say what they are for and keep within the terminal. */
import { type Command, CommandHelp, Help } from "@oclif/core";
import { wrap } from "../../lib/report/index.js";
import type { Exits } from "./metadata.js";

/** oclif's own sections are indented by this much. */
const INDENT = 2;
const NO_BREAK = "\u00a0";

class OwnCommandHelp extends CommandHelp {
  protected override sections(): ReturnType<CommandHelp["sections"]> {
    const sections = super.sections();
    const examples = sections.findIndex(({ header }) => header === "EXAMPLES");
    sections.splice(examples, 0, {
      header: "EXIT STATUS",
      generate: () => ({ header: "EXIT STATUS", body: this.#exits() }),
    });
    return sections;
  }

  /** The summary stands in the first line already. */
  protected override description(): string | undefined {
    return this.wrap(this.command.description ?? "");
  }

  protected override examples(examples: Command.Example[] | string | undefined): string | undefined {
    if (!Array.isArray(examples) || examples.length === 0) return undefined;
    return examples
      .map((example) => {
        if (typeof example === "string") return this.#command(example).join("\n");
        return [this.wrap(`${example.description}:`), ...this.#command(example.command)].join("\n");
      })
      .join("\n\n");
  }

  /** As it is typed, going on in the next line where it is long. */
  #command(template: string): string[] {
    return typedLines(`  $ ${this.render(template)}`, this.opts.maxWidth - INDENT, 6);
  }

  #exits(): [string, string][] {
    const exits = (this.command as { exits?: Exits }).exits ?? {};
    return Object.entries(exits).map(([code, meaning]) => [code, meaning]);
  }
}

/** A command that goes on in the next line where it is long; a flag and its value stay together. */
export function typedLines(command: string, width: number, indent: number): string[] {
  const joined = command.replaceAll(/( -{1,2}[a-z-]+) (?=[^\s|-])/g, `$1${NO_BREAK}`);
  const lines = wrap(joined, width - 2, indent);
  return lines.map((line, i) => line.replaceAll(NO_BREAK, " ") + (i < lines.length - 1 ? " \\" : ""));
}

export class OwnHelp extends Help {
  protected override CommandHelpClass = OwnCommandHelp;
}
