/** The one thing to do next. It names no command that this version does not have. */
import { type Code, entryOf, type Finding, type RepairCommand } from "../catalogue/index.js";
import { mountArguments, overlayArguments } from "./command-line.js";
import type { CheckResult } from "./result.js";

const RANK = { error: 0, warning: 1, info: 2 } as const;

/** The code to deal with first: the worst severity, and among those what keeps the overlay from mounting. */
export function worstCode(findings: readonly Finding[], cause: Code | null): Code | null {
  let worst: Finding | null = null;
  for (const found of findings) {
    if (found.code === cause && found.severity === "error") return cause;
    if (worst === null || RANK[found.severity] < RANK[worst.severity]) worst = found;
  }
  return worst?.code ?? null;
}

/** `repair` does what `build` does, too: it is named where any finding of the same severity asks for it. */
function widerCommand(result: CheckResult, code: Code): RepairCommand | null {
  const { command } = entryOf(code).repair;
  if (command !== "build") return command;
  const severity = result.findings.find((f) => f.code === code)?.severity;
  const asksMore = (f: Finding): boolean =>
    f.severity === severity && entryOf(f.code).repair.command === "repair";
  return result.findings.some(asksMore) ? "repair" : "build";
}

function hasCode(result: CheckResult, code: Code): boolean {
  return (result.counts.byCode[code] ?? 0) > 0;
}

/** An overlay without an upper layer is exported only where redirects are not followed. */
function needsNofollow({ layers, effective }: CheckResult["overlay"]): boolean {
  return !layers.some(({ role }) => role === "upper") && effective["redirect_dir"] !== "nofollow";
}

/**
 * What to do next, as one line to run or to follow.
 * @param commands Commands that this version has, and that have not just been tried.
 */
export function nextStep(result: CheckResult, commands: ReadonlySet<string>): string {
  if (hasCode(result, "no-privilege")) return "run the same command as root";
  if (hasCode(result, "layers-in-use")) return "unmount the overlay and run the same command again";
  if (hasCode(result, "layer-changed"))
    return "stop what writes to the layers and run the same command again";
  const { overlay, require, prediction } = result;
  if (result.ready) return `mount -t overlay overlay ${mountArguments(overlay, require)} MOUNTPOINT`;
  const { mount } = prediction;
  if (mount.ok && require === "nfs-export" && needsNofollow(overlay)) {
    const requested = { ...overlay.requested, redirect_dir: "nofollow" };
    return `ovl-index check ${overlayArguments({ ...overlay, requested }, require)}`;
  }
  const code = worstCode(result.findings, mount.ok ? null : mount.cause);
  if (code === null) return "run the same command with --all";
  const command = widerCommand(result, code);
  return command !== null && commands.has(command)
    ? `ovl-index ${command} ${overlayArguments(overlay, require)}`
    : `ovl-index explain ${code}`;
}
