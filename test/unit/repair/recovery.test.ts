import { expect, it } from "vitest";
import { type Target, toRecovery } from "../../../src/lib/repair/workplace.js";

const root = { path: Buffer.from("/w"), dev: 1, ino: 2 };
const TARGET: Target = {
  upper: root,
  work: root,
  lower: [],
  data: [],
  prefix: "trusted.overlay.",
  spec: { source: "test", lower: [], data: [], upper: root.path, work: root.path, options: {} },
};

it.each([
  [true, "undo"],
  [false, "build"],
] as const)("what was interrupted, undoing: %s, was %s", (undoing, command) => {
  const ended = { kind: "finished", journal: "0007-build", undoing, changes: 3, why: "" } as const;
  expect(toRecovery(TARGET, ended)).toEqual({
    journal: Buffer.from("/w/ovl-index/0007-build"),
    command,
    how: "finished",
    changes: 3,
  });
});
