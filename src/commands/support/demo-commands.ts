/** Commands that the demonstration runs, shown as if they were typed: their reports, without what is said already. */
import type { StoryTeller } from "../../lib/demo/story.js";
import { check } from "../../lib/index.js";
import type { MountSpec } from "../../lib/mount/spec.js";
import { repair, undo } from "../../lib/repair.js";
import { humanReport, type Paint, plural, verdictLines } from "../../lib/report/index.js";
import { planLines, troubleLines, undoLines } from "../../lib/run-report/index.js";
import { acceptedBy } from "./decide.js";
import { resolveOverlay } from "./overlay.js";

interface Screen {
  readonly say: (line: string) => void;
  readonly paint: Paint;
  readonly width: number;
  readonly commands: ReadonlySet<string>;
}

const OVERLAY = "-o lowerdir=...,...,index=on,nfs_export=on";
const INDENT = "   | ";
const REQUIRE = "nfs-export";
/** The layers' paths are the demonstration's own, and long. */
const PATHS = /-o lowerdir=\S+/;

export function commandsShown(screen: Screen): Pick<StoryTeller, "check" | "repair" | "undo"> {
  const { paint, commands } = screen;
  const options = {
    paint,
    width: screen.width - INDENT.length,
    all: false,
    verbose: false,
    commands,
    again: "",
  };
  let planned: string | null = null;

  const typed = (command: string): void => screen.say(`   $ ovl-index ${command} ${OVERLAY}`);
  const show = (lines: Iterable<string>): void => {
    for (const line of lines) screen.say(`${INDENT}${line.replace(PATHS, OVERLAY)}`.trimEnd());
  };
  return {
    check: async (mount) => {
      const result = await check(specOf(mount), { require: REQUIRE, force: false });
      typed("check");
      show(humanReport(result, options));
    },
    repair: async (mount) => {
      typed("repair -y");
      const result = await repair(specOf(mount), {
        command: "repair",
        require: REQUIRE,
        mode: "yes",
        asked: () => false,
        decide: async (plan, round, waiting) => {
          const lines = [...planLines(plan, round, options, false, waiting)];
          // What has been seen once is not shown again.
          if (lines.join() !== planned) show(lines);
          planned = lines.join();
          return acceptedBy("yes", plan);
        },
      });
      show([`${plural(result.applied, "change")} made`]);
      if (result.trouble !== null) show(troubleLines(result.trouble, options));
      if (result.after !== null) show(verdictLines(result.after, paint, options.width));
      return result.after?.ready === true;
    },
    undo: async (mount) => {
      typed("undo -y");
      const result = await undo(specOf(mount), {
        journal: null,
        dryRun: false,
        accept: async () => true,
        asked: () => false,
      });
      const [told = ""] = undoLines(result, options);
      show([told]);
      return result.trouble === null && result.changed;
    },
  };
}

function specOf(mount: string): MountSpec {
  const overlay = resolveOverlay({ options: [mount] });
  if (!("spec" in overlay)) throw new Error("usage" in overlay ? overlay.usage : overlay.impossible);
  return overlay.spec;
}
