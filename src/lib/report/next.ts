/** The one thing to do next. It names no command that this version does not have. */
import { type Code, type Evidence, entryOf, type Finding, type RepairCommand } from "../catalogue/index.js";
import { mountArguments, overlayArguments } from "./command-line.js";
import { worstCode } from "./first.js";
import type { CheckResult } from "./result.js";
import { safeText, shellWord } from "./text.js";

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

/** What unmounts the overlays that have the layers, each once, as a shell takes it. */
function unmountCommand(result: CheckResult): string {
  const commands = new Set<string>();
  for (const found of result.findings) {
    if (found.code !== "layers-in-use") continue;
    const { mountpoint, pid } = found.evidence as Evidence["layers-in-use"];
    const enter = pid === null ? "" : `nsenter -m -t ${pid} `;
    commands.add(`${enter}umount ${shellWord(safeText(mountpoint))}`);
  }
  return [...commands].join(" && ");
}

/** By its mount point alone an overlay is known only as long as it is mounted. */
function namedAnew({ overlay }: CheckResult): string {
  if (!overlay.source.startsWith("mountinfo")) return "";
  return `, with ${overlayArguments(overlay, null)} in place of the mount point`;
}

/** An export is about to begin for which an index entry is still to be made, though nothing is wrong yet. */
function shallBeBuilt({ require, findings }: CheckResult): boolean {
  const isBuilt = (f: Finding): boolean =>
    f.severity === "warning" && entryOf(f.code).repair.command === "build";
  return require === "nfs-export" && findings.some(isBuilt);
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
  if (hasCode(result, "layers-in-use"))
    return `${unmountCommand(result)}, then run the same command again${namedAnew(result)}`;
  if (hasCode(result, "layer-changed"))
    return "stop what writes to the layers and run the same command again";
  const { overlay, require, prediction } = result;
  if (result.ready && commands.has("build") && shallBeBuilt(result))
    return `ovl-index build ${overlayArguments(overlay, require)}`;
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
