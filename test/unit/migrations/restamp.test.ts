import { describe, expect, test } from "vitest";
import { encodeHandle } from "../../../src/lib/format/fileHandle.js";
import type { RawObject } from "../../../src/lib/host/native.js";
import type { OldLower } from "../../../src/lib/migrations/old-lower.js";
import { restamp } from "../../../src/lib/migrations/restamp/index.js";
import type { Past } from "../../../src/lib/migrations/types.js";
import type { Action } from "../../../src/lib/plan/types.js";
import { FakeFacts } from "../plan/fake-facts.js";
import { resultWith } from "../report/result-fixture.js";

/** A handle of the old filesystem. */
const old = (ino: number, uuid = 9): Buffer => {
  const fid = Buffer.alloc(8);
  fid.writeUInt32LE(ino, 0);
  return encodeHandle({ type: 1, uuid: Buffer.alloc(16, uuid), fid, upper: false });
};
const nameOf = (fh: Buffer): string => `index/${fh.toString("hex")}`;

/** A copy: the root's mark and the index's are of the old place. */
function moved(): FakeFacts {
  const facts = new FakeFacts();
  facts.put("upper", "", "directory", { xattrs: { origin: old(1) } });
  facts.put("work", "index", "directory", { xattrs: { upper: old(2) } });
  return facts;
}

interface Known {
  readonly old?: OldLower;
  readonly trustPaths?: boolean;
}

function past(facts: FakeFacts, known: Known = {}): Past {
  const wishes = { only: null, trustPaths: known.trustPaths ?? false, detach: false };
  return { result: resultWith([]), facts, wishes, lower: false, old: known.old ?? null };
}

/** One old layer, with these objects under these names. */
function oldLayer(names: readonly (readonly [ino: number, path: string])[], object: RawObject): OldLower {
  return {
    names: ["old[1]"],
    decode: (fh) =>
      names
        .filter(([ino]) => old(ino).equals(fh))
        .map(([, path]) => ({ place: { layer: "old[1]", path: Buffer.from(path) }, object })),
    examine: () => null,
  };
}

const planOf = (facts: FakeFacts, known?: Known): readonly Action[] =>
  restamp.plan(past(facts, known)).actions;
const about = (actions: readonly Action[], path: string): Action | undefined =>
  actions.find(({ target }) => target.layer === "upper" && target.path.toString() === path);
/** "xattr origin", "move index/…" */
const steps = (action: Action | undefined): string[] =>
  (action?.steps ?? []).map((step) =>
    step.op === "xattr"
      ? `${step.at.path.toString()} ${step.name}=${step.value?.toString("hex") ?? "none"}`
      : step.op === "move"
        ? `${step.at.path.toString()} to ${step.to.path.toString()}`
        : `${step.op} ${step.at.path.toString()}`,
  );

describe("a moved overlay", () => {
  test("is one whose roots do not know each other, and no other", () => {
    expect(restamp.applies(past(new FakeFacts()))).toBeNull();
    expect(restamp.applies(past(moved()))?.because).toContain("not the one that upper was made on");
  });

  test.each(["file", "symlink"] as const)(
    "has its index by a %s that is linked to it, and not by another",
    (type) => {
      const facts = moved();
      const { ino } = facts.put("upper", "s", type, { nlink: 2, xattrs: { origin: old(50) } });
      facts.entry(old(50), type, { ino, nlink: 2, xattrs: { origin: old(50) } });
      expect(restamp.applies(past(facts))?.because).toContain("the one that the index was made for");
      const others = moved();
      others.entry(old(50), type, { nlink: 2, xattrs: { origin: old(50) } });
      expect(restamp.applies(past(others))).toBeNull();
    },
  );

  test("is tied to its lower layer last of all", () => {
    const facts = moved();
    facts.put("upper", "f", "file", { xattrs: { origin: old(50) } });
    const targets = planOf(facts).map(({ target }) => `${target.layer} ${target.path.toString()}`);
    expect(targets).toEqual(["upper f", "work index", "upper "]);
  });

  test("has directories by their path, and their entries with them", () => {
    const facts = moved();
    const lower = facts.put("lower[1]", "d", "directory");
    const upper = facts.put("upper", "d", "directory", { xattrs: { origin: old(50) } });
    facts.entry(old(50), "directory", { xattrs: { upper: old(51) } });
    const fh = FakeFacts.handle(lower.ino);
    expect(steps(about(planOf(facts), "d"))).toEqual([
      `${nameOf(old(50))} upper=${FakeFacts.handle(upper.ino, true).toString("hex")}`,
      `d origin=${fh.toString("hex")}`,
      `${nameOf(old(50))} to ${nameOf(fh)}`,
    ]);
  });

  test("has files of unknown origin, unless their path is trusted", () => {
    const facts = moved();
    const lower = facts.put("lower[1]", "f", "file");
    const upper = facts.put("upper", "f", "file", { nlink: 2, xattrs: { origin: old(50), nlink: "U-1" } });
    facts.entry(old(50), "file", { ino: upper.ino, nlink: 2, xattrs: { origin: old(50) } });
    const unknown = about(planOf(facts), "f");
    expect(steps(unknown)).toEqual([`unlink ${nameOf(old(50))}`, "f origin="]);
    expect(unknown?.loses).toBeNull();
    const fh = FakeFacts.handle(lower.ino);
    const again = moved();
    again.put("lower[1]", "f", "file", { ino: lower.ino });
    again.put("upper", "f", "file", { ino: upper.ino, nlink: 2, xattrs: { origin: old(50), nlink: "U-1" } });
    again.entry(old(50), "file", { ino: upper.ino, nlink: 2, xattrs: { origin: old(50) } });
    expect(steps(about(planOf(again, { trustPaths: true }), "f"))).toEqual([
      `f origin=${fh.toString("hex")}`,
      `${nameOf(old(50))} to ${nameOf(fh)}`,
    ]);
  });

  test("does not take one of several links for the origin by its path alone", () => {
    const facts = moved();
    facts.put("lower[1]", "f", "file", { nlink: 2 });
    facts.put("upper", "f", "file", { xattrs: { origin: old(50) } });
    expect(steps(about(planOf(facts, { trustPaths: true }), "f"))).toEqual(["f origin="]);
  });

  test("says what a file no longer shows under names of its lower object", () => {
    const facts = moved();
    const upper = facts.put("upper", "f", "file", { nlink: 2, xattrs: { origin: old(50), nlink: "U+1" } });
    facts.entry(old(50), "file", { ino: upper.ino, nlink: 2, xattrs: { origin: old(50), nlink: "U+1" } });
    expect(about(planOf(facts), "f")?.loses).toContain("what it shows under 2 names");
  });

  test("keeps a lower hard link together that only one lower object can be", () => {
    const facts = moved();
    const lower = facts.put("lower[1]", "f", "file", { nlink: 2 });
    facts.put("lower[1]", "g", "file", { ino: lower.ino, nlink: 2 });
    const upper = facts.put("upper", "f", "file", { nlink: 2, xattrs: { origin: old(50), nlink: "U+0" } });
    facts.entry(old(50), "file", { ino: upper.ino, nlink: 2, xattrs: { origin: old(50), nlink: "U+0" } });
    const action = about(planOf(facts), "f");
    expect(action?.evidence).toContain('it has 2 names, 1 of them only in lower, where lower[1] "f" has 2');
    expect(steps(action)).toContain(`f origin=${FakeFacts.handle(lower.ino).toString("hex")}`);
  });

  test("has what the old layers say, wherever that is now", () => {
    const facts = moved();
    const lower = facts.put("lower[1]", "before", "file");
    facts.put("lower[1]", "f", "file");
    facts.put("upper", "f", "file", { xattrs: { origin: old(50) } });
    const layer = oldLayer([[50, "before"]], lower);
    const action = about(planOf(facts, { old: layer, trustPaths: true }), "f");
    expect(steps(action)).toEqual([`f origin=${FakeFacts.handle(lower.ino).toString("hex")}`]);
    expect(action?.evidence).toContain('its origin was old[1] "before"');
  });

  test("is another migration's where the new layer is no copy of the old one", () => {
    const facts = moved();
    const upper = facts.put("upper", "f", "file", { xattrs: { origin: old(50) } });
    const known = { old: oldLayer([[50, "f"]], upper) };
    expect(restamp.applies(past(facts, known))).toBeNull();
  });

  test("gives up every tombstone, and keeps aside what only an entry holds", () => {
    const facts = moved();
    facts.put("upper", "f", "file", { xattrs: { origin: old(50) } });
    facts.entry(old(60), "whiteout");
    facts.entry(old(61), "file", { xattrs: { origin: old(61), nlink: "U+0" } });
    const entries = planOf(facts).filter(({ target }) => target.path.toString().startsWith("index/"));
    expect(entries.map(({ action, loses }) => [action, loses === null])).toEqual([
      ["remove-tombstone", true],
      ["keep-entry", false],
    ]);
  });
});
