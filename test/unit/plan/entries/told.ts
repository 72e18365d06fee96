/** Plans about entries, origins and roots in words that a test can compare. */
import { expect } from "vitest";
import { type Evidence, type FindingBytes, finding } from "../../../../src/lib/catalogue/index.js";
import type { Planners } from "../../../../src/lib/plan/plan.js";
import { ENTRY_PLANNERS } from "../../../../src/lib/plan/planners/entry-planners.js";
import type { Action, Proposal, Step } from "../../../../src/lib/plan/types.js";
import { FakeFacts } from "../fake-facts.js";

export type Mine = keyof typeof ENTRY_PLANNERS;
/** The same planners, each by the code that it is of. */
const planners: Pick<Planners, Mine> = ENTRY_PLANNERS;

interface Where {
  readonly layer?: string;
  readonly path?: string | Buffer;
  readonly bytes?: FindingBytes;
}

export function answer<C extends Mine>(
  facts: FakeFacts,
  code: C,
  evidence: Evidence[C],
  where: Where,
): Proposal {
  const { layer = "upper", path = "", bytes } = where;
  const found = finding(code, {
    layer,
    path: Buffer.from(path),
    evidence,
    ...(bytes === undefined ? {} : { bytes }),
  });
  return planners[code](found, facts);
}

export const aboutEntry = <C extends Mine>(
  facts: FakeFacts,
  code: C,
  evidence: Evidence[C],
  name: Buffer | string,
) =>
  answer(facts, code, evidence, {
    layer: "index",
    path: Buffer.isBuffer(name) ? name.toString("hex") : name,
  });

export const actionsOf = (proposal: Proposal): readonly Action[] =>
  "actions" in proposal ? proposal.actions : [];
export const leftOf = (proposal: Proposal): string => ("left" in proposal ? proposal.left : "");
export const only = (proposal: Proposal): Action => {
  expect(actionsOf(proposal)).toHaveLength(1);
  return actionsOf(proposal)[0] as Action;
};

/** "keep index/@10", "unlink index/@10 (upper a)", "xattr upper a origin". */
function say(step: Step): string {
  const place = ({ layer, path }: Step["at"]): string =>
    `${layer === "work" ? "" : `${layer} `}${path
      .toString("latin1")
      .replace(
        /00fb[0-9a-f]{38}([0-9a-f]{2})[0-9a-f]+/,
        (_, ino: string) => `@${Number.parseInt(ino, 16)}`,
      )}`;
  switch (step.op) {
    case "xattr":
      return `${step.value === null ? "remove" : "set"} ${place(step.at)} ${step.name}`;
    case "fill":
      return `fill ${place(step.at)} from ${place(step.from)}`;
    case "unlink":
      return `unlink ${place(step.at)} (${place(step.other)})`;
    case "move":
      return `move ${place(step.at)} to ${place(step.to)}`;
    case "link":
      return `link ${place(step.at)} from ${place(step.from)}`;
    case "uncover":
      return `uncover ${place(step.at)}`;
    case "keep":
      return `keep ${place(step.at)}`;
    case "make":
      return `make ${place(step.at)} ${step.what.kind}`;
  }
}

export const told = (action: Action): string[] => action.steps.map(say);
export const valueSet = (action: Action): Buffer | null | undefined =>
  action.steps.flatMap((step) => (step.op === "xattr" ? [step.value] : []))[0];

/** Lower a is inode 10; upper a, if any, came from it. */
export function copiedUp(name: Buffer | null = FakeFacts.handle(10)): FakeFacts {
  const facts = new FakeFacts();
  facts.put("lower[1]", "a", "file", { ino: 10 });
  const upper = { ino: 20, nlink: 2, size: 3, xattrs: { origin: FakeFacts.handle(10), nlink: "U-1" } };
  facts.put("upper", "a", "file", upper);
  if (name !== null) facts.entry(name, "file", upper);
  return facts;
}
