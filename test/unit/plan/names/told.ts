/** Plans about names in words that a test can compare. */
import type { Lookup } from "../../../../src/lib/kernel/lookup.js";
import type { Action, Place, Proposal, Step } from "../../../../src/lib/plan/types.js";
import { FakeFacts } from "../fake-facts.js";

export const at = (path: string, layer = "upper"): Place => ({ layer, path: Buffer.from(path) });

/** Each action in a line, and its steps in one each; a text alone where it is left. */
export function told(answer: Proposal): string[] {
  if ("left" in answer) return [`left: ${answer.left}`];
  return answer.actions.flatMap((action) => [
    `${action.safety} ${action.action} ${place(action.target)}`,
    ...action.steps.map(stepText),
  ]);
}

export function only(answer: Proposal): Action {
  if ("left" in answer) throw new Error(`left: ${answer.left}`);
  const [action, ...more] = answer.actions;
  if (action === undefined || more.length > 0) throw new Error(`${answer.actions.length} actions`);
  return action;
}

function stepText(step: Step): string {
  if (step.op === "make") return `  make ${place(step.at)} ${step.what.kind}`;
  if (step.op !== "xattr") return `  ${step.op} ${place(step.at)}`;
  return `  ${step.name} ${place(step.at)} ${step.value === null ? "-" : step.value.toString("latin1")}`;
}

function place({ layer, path }: Place): string {
  const text = path.toString("latin1");
  // A handle in hex says nothing to a reader.
  return `${layer}:${text.replace(/[0-9a-f]{42,}/, "HANDLE")}`;
}

/** What the plain view makes of an upper directory: merged with this lower one, or with none. */
export function shows(facts: FakeFacts, path: string, lower: string | null): void {
  const upper = facts.plain(Buffer.from(path));
  const below = lower === null ? null : facts.lowerAt(Buffer.from(lower));
  if (upper.kind !== "found" || (below !== null && below.kind !== "found")) throw new Error("not there");
  const found: Lookup = { ...upper, lower: below?.lower ?? [], lowerFh: below?.lowerFh ?? null };
  facts.lookups.set(`plain ${path}`, found);
}

/** "moved" in upper was made of "d" in lower, whose name is covered, and shows it. */
export function renamed(): FakeFacts {
  const facts = new FakeFacts();
  facts.put("lower[1]", "d", "directory", { ino: 7 });
  facts.put("upper", "d", "whiteout");
  const xattrs = { origin: FakeFacts.handle(7), redirect: "/d" };
  facts.put("upper", "moved", "directory", { ino: 20, xattrs });
  facts.entry(FakeFacts.handle(7), "directory", { xattrs: { upper: FakeFacts.handle(20, true) } });
  shows(facts, "moved", "d");
  return facts;
}
