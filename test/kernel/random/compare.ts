/** What check said against what the kernel did. */
import type { CheckResult } from "../../../src/lib/report/result.js";
import type { Observation } from "../../support/oracle.js";
import { printable } from "../../support/tree.js";

/** Lines that tell what only one of two sets has. */
function difference(what: string, predicted: readonly string[], observed: readonly string[]): string[] {
  const said = new Set(predicted);
  const did = new Set(observed);
  return [
    ...observed.filter((one) => !said.has(one)).map((one) => `${what}: the kernel has ${one}, not predicted`),
    ...predicted
      .filter((one) => !did.has(one))
      .map((one) => `${what}: predicted ${one}, the kernel has it not`),
  ];
}

export function compare(result: CheckResult, observed: Observation): string[] {
  const { prediction } = result;
  const lines: string[] = [];
  const said = prediction.mount.ok ? "ok" : prediction.mount.errno;
  const did = observed.mount.ok ? "ok" : observed.mount.errno;
  if (said !== did) lines.push(`mount: predicted ${said}, the kernel says ${did}`);
  if (!prediction.mount.ok) {
    const { cause } = prediction.mount;
    if (!result.findings.some((finding) => finding.code === cause))
      lines.push(`mount: cause ${cause} is not among the findings`);
  }
  lines.push(...difference("removed", prediction.index.removed, observed.index.removed));
  lines.push(...difference("tombstoned", prediction.index.tombstoned, observed.index.tombstoned));
  if (observed.mount.ok) {
    const failed = (list: Observation["lookup"]) =>
      list.map(({ path, errno }) => `${printable(path)} ${errno}`);
    lines.push(...difference("lookup", failed(prediction.lookup), failed(observed.lookup)));
    lines.push(...difference("hidden", prediction.hidden.map(printable), observed.hidden.map(printable)));
  }
  if (!result.complete) lines.push("check did not run to its end");
  if (result.ready && broken(observed))
    lines.push("ready, though the kernel refuses the mount, fails a lookup or hides a name");
  return lines;
}

/** The kernel cannot use what it is given: a mount is refused, a lookup fails or a name is hidden. */
function broken(observed: Observation): boolean {
  return !observed.mount.ok || observed.lookup.length > 0 || observed.hidden.length > 0;
}

/**
 * An overlay that only the kernel ever wrote to must be called good, unless the
 * kernel itself then has trouble with it (as with index and userxattr: a copied-up symlink has
 * no origin, and the next mount is refused).
 */
export function compareHealthy(result: CheckResult, observed: Observation): string[] {
  if (broken(observed)) return [];
  const errors = result.findings.filter((finding) => finding.severity === "error");
  const lines = errors.map(
    (finding) => `false alarm: ${finding.code} ${finding.path ? printable(finding.path) : ""}`,
  );
  if (!result.ready) lines.push("false alarm: not ready");
  return lines;
}
