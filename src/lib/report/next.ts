/** The one thing to do next. It names no command that this version does not have. */
import { type Code, entryOf, type Finding } from "../catalogue/index.js";
import { escapePath, formatLowerdir } from "../mount/lowerdir.js";
import type { CheckResult } from "./result.js";
import { safeText, shellWord } from "./text.js";

/** Options without a value. */
const FLAGS: ReadonlySet<string> = new Set(["userxattr", "volatile", "ro"]);
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

function mountOptions(result: CheckResult): string {
  const paths = (role: string): Buffer[] =>
    result.overlay.layers.filter((layer) => layer.role === role).map((layer) => layer.path);
  const [upper] = paths("upper");
  const [work] = paths("work");
  const asked = { ...result.overlay.requested };
  if (result.require !== "plain") asked["index"] = "on";
  if (result.require === "nfs-export") asked["nfs_export"] = "on";
  return [
    `lowerdir=${formatLowerdir({ lower: paths("lower"), data: paths("data") }).toString()}`,
    ...(upper === undefined ? [] : [`upperdir=${escapePath(upper).toString()}`]),
    ...(work === undefined ? [] : [`workdir=${escapePath(work).toString()}`]),
    ...Object.entries(asked).flatMap(([name, value]) =>
      FLAGS.has(name) ? (value === "on" ? [name] : []) : [`${name}=${value}`],
    ),
  ].join(",");
}

function hasCode(result: CheckResult, code: Code): boolean {
  return (result.counts.byCode[code] ?? 0) > 0;
}

/**
 * What to do next, as one line to run or to follow.
 * @param commands Commands that this version has.
 */
export function nextStep(result: CheckResult, commands: ReadonlySet<string>): string {
  if (hasCode(result, "no-privilege")) return "run the same command as root";
  if (hasCode(result, "layers-in-use")) return "unmount the overlay and run the same command again";
  if (hasCode(result, "layer-changed"))
    return "stop what writes to the layers and run the same command again";
  if (result.ready)
    return safeText(`mount -t overlay overlay -o ${shellWord(mountOptions(result))} MOUNTPOINT`);
  const { mount } = result.prediction;
  const code = worstCode(result.findings, mount.ok ? null : mount.cause);
  if (code === null) return "run the same command with --all";
  const { command } = entryOf(code).repair;
  return command !== null && commands.has(command) ? `ovl-index ${command}` : `ovl-index explain ${code}`;
}
