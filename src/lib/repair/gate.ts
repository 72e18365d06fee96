/** May this overlay be written at all, as the check found it? */
import { COPY_AGAIN, type Code, entryOf, type Finding, isFatal, messageOf } from "../catalogue/index.js";
import { hasLostXattrs, isUnread } from "../migrations/index.js";
import type { CheckResult } from "../report/result.js";
import { lossyText } from "../report/text.js";
import type { RunCommand, Trouble, TroubleKind } from "./run-result.js";

/** What no plan may be made on top of, and what kind of trouble it is; `isFatal` findings aside. */
const STOPS: Partial<Record<Code, TroubleKind>> = {
  "layers-in-use": "in-use",
  "layer-changed": "changed",
  "volatile-dirty": "volatile",
  "incompat-feature": "unknown-format",
  "entry-name-unknown": "unknown-format",
  "upper-readonly": "read-only",
};

export interface Gate {
  readonly command: RunCommand;
  readonly clearVolatile: boolean;
}

/** Why nothing may be planned; null where something may. */
export function whyNotWritten(result: CheckResult, gate: Gate): Trouble | null {
  for (const found of result.findings) {
    if (found.code === "volatile-dirty" && gate.clearVolatile) continue;
    const kind = STOPS[found.code] ?? (isFatal(found) ? "unreadable" : null);
    if (kind !== null) return { kind, message: sentence(found) };
  }
  if (!result.overlay.layers.some((layer) => layer.role === "upper")) {
    return { kind: "read-only", message: "an overlay without an upper layer has nothing to be mended in" };
  }
  const blind = gate.command === "migrate" ? undefined : result.findings.find(isUnread);
  if (blind !== undefined)
    return { kind: "unsound", message: `${sentence(blind)}: convert it first, with migrate` };
  const bare = gate.command === "migrate" ? undefined : result.findings.find(hasLostXattrs);
  if (bare !== undefined)
    return { kind: "unsound", message: `${sentence(bare)}. ${COPY_AGAIN.replace(/\.$/, "")}` };
  if (gate.command !== "build" || result.prediction.mount.ok) return null;
  const { cause } = result.prediction.mount;
  if (entryOf(cause).repair.command === "build") return null;
  const message = `its origins are not sound: mount fails (${cause}); repair it first`;
  return { kind: "unsound", message };
}

/** One line, without a full stop: what, and of which path. */
export function sentence(found: Finding): string {
  const where = found.path === null || found.path.length === 0 ? "" : `${lossyText(found.path)}: `;
  return `${where}${messageOf(found)} (${found.code})`;
}
