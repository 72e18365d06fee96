import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Batch } from "../../../src/lib/apply/batch.js";
import type { Change } from "../../../src/lib/apply/change.js";
import { countMade, judge } from "../../../src/lib/apply/judge.js";
import { Rewind } from "../../../src/lib/apply/rewind.js";
import { fill, LIKE, LOOKS, link, rename, SIZE, Tree, uncover, unlink, xattr } from "./changes.js";

const START = {
  "upper:a": 1,
  "upper:b": 2,
  "upper:d": 3,
  "upper:d/e": 4,
  "work:index": 5,
  "work:index/x": 6,
  "work:index/y": 2,
  "upper:d/w": 7,
};
const WHITEOUT = 7;

/** A lower layer is on another filesystem. */
const newBatch = (): Batch => new Batch((layer) => (layer.startsWith("lower") ? 2 : 1));

describe("judge", () => {
  const cases: [string, Change][] = [
    ["xattr", xattr("upper:a", 1, "origin", null, "v")],
    ["fill", fill("upper:a", 1)],
    ["link", link("work:index/z", 1, "upper:a")],
    ["unlink", unlink("work:index/y", 2, "upper:b")],
    ["rename", rename("work:index/x", 6, "journal:kept/0")],
  ];
  it.each(cases)("%s: old before, new after, neither where another object is", (_, change) => {
    const tree = new Tree(START);
    expect(judge(change, tree)).toBe("old");
    expect(judge(change, tree.make(change))).toBe("new");
    const other = new Tree(Object.fromEntries(Object.entries(START).map(([name, ino]) => [name, ino + 100])));
    expect(judge(change, other)).toBe("neither");
    expect(judge(change, new Tree({}))).toBe("neither");
  });

  it("is blocked where the name that would come is taken", () => {
    const tree = new Tree(START);
    expect(judge(link("work:index/x", 1, "upper:a"), tree)).toBe("blocked");
    expect(judge(rename("upper:a", 1, "work:index/x"), tree)).toBe("blocked");
  });

  it("takes no link for made by this change once it is the last name", () => {
    const change = link("work:index/z", 1, "upper:a");
    const tree = new Tree(START).make(change);
    tree.names.delete("upper:a");
    expect(judge(change, tree)).toBe("neither");
    expect(new Rewind(tree, tree.list).takeBack(change, false)).toBe(false);
  });

  it("takes no value that it could not read for one", () => {
    const tree = {
      look: () => ({ ino: 1, value: -5 }),
      content: () => null,
      isPart: () => false,
      attributes: () => null,
    };
    expect(judge(xattr("upper:a", 1, "origin", null, "v"), tree)).toBe("neither");
  });
});

describe("a fill", () => {
  const change = fill("upper:a", 1);
  const marked = xattr("upper:a", 1, "metacopy", null, "");
  const OLD = { data: 0 };
  const NEW = { data: 12 };
  const WRITTEN = { mode: 0o100755, capability: null, mtimeNs: 99n };
  const judged = (content: object, mark = true) => {
    const tree = new Tree(START);
    if (mark) tree.make(marked);
    tree.contents.set(1, content);
    return judge(change, tree);
  };

  it("is torn in the middle, be there data yet or no more, as long as the mark is there", () => {
    expect(judged({ ...NEW, ...WRITTEN })).toBe("torn");
    expect(judged({ ...OLD, ...WRITTEN })).toBe("torn");
    expect(judged({ ...NEW, mtimeNs: 99n })).toBe("torn");
    expect(judged({ ...NEW, ...WRITTEN }, false)).toBe("neither");
  });

  it("is somebody else's in the middle, where its data is neither that of the file below nor zeros", () => {
    const tree = new Tree(START).make(marked);
    tree.contents.set(1, { ...NEW, ...WRITTEN });
    tree.own.add(1);
    expect(judge(change, tree)).toBe("neither");
    tree.contents.set(1, { ...OLD, ...WRITTEN });
    expect(judge(change, tree)).toBe("torn");
  });

  it.each([
    ["another size", { size: SIZE + 1 }],
    ["more permissions", { mode: 0o104777 }],
    ["another capability", { capability: Buffer.from("other") }],
  ])("is somebody else's with %s", (_, other) => {
    expect(judged({ ...NEW, ...other })).toBe("neither");
    expect(judged({ ...OLD, ...other })).toBe("neither");
  });

  it("has a capability where there was none: that is somebody else's, too", () => {
    const plain = { ...change, looks: { ...LOOKS, capability: null } };
    expect(judge(plain, new Tree(START).make(marked))).toBe("neither");
  });

  it("counts, in a batch that was interrupted, whichever of the files came to the disk", () => {
    const changes = [fill("upper:a", 1), fill("upper:b", 2), fill("upper:d/e", 4)];
    const tree = new Tree(START);
    for (const { at, ino } of changes) tree.make(xattr(`${at.layer}:${at.path}`, ino, "metacopy", null, ""));
    tree.contents.set(2, { ...NEW, ...WRITTEN });
    expect(countMade(changes, tree)).toBe(2);
    const back = (torn: boolean): boolean[] => {
      const rewind = new Rewind(tree, tree.list);
      return changes.slice(0, 2).map((one) => rewind.takeBack(one, torn));
    };
    expect(back(true)).toEqual([true, true]);
    expect(back(false)).toEqual([false, false]);
  });

  it("is not taken back twice", () => {
    const tree = new Tree(START).make(change);
    const rewind = new Rewind(tree, tree.list);
    expect([rewind.takeBack(change, false), rewind.takeBack(change, false)]).toEqual([true, false]);
  });
});

describe("a whiteout that goes", () => {
  const change = uncover("lower[1]:w", 8);
  const judged = (ino: number | null, other: object | null = {}) => {
    const tree = new Tree(ino === null ? {} : { "lower[1]:w": ino });
    if (ino !== null && other !== null) tree.whiteouts.set(ino, other);
    return judge(change, tree);
  };

  it("is gone, or there, be it the same one or one that was made like it", () => {
    expect([judged(null), judged(8), judged(9)]).toEqual(["new", "old", "old"]);
  });

  it.each([
    ["mode", { mode: 0o020644 }],
    ["owner", { uid: 0 }],
    ["group", { gid: 0 }],
    ["times", { mtimeNs: 5n }],
    ["xattrs", { xattrs: [] }],
    ["other xattrs", { xattrs: [["security.selinux", Buffer.from("other")]] }],
  ])("is half made again where it has not its %s yet, whatever its number", (_, other) => {
    expect([judged(8, other), judged(9, other)]).toEqual(["torn", "torn"]);
  });

  it("is somebody else's where it is none", () => {
    expect(judged(8, null)).toBe("neither");
    expect(judged(8, { rdev: 259 })).toBe("neither");
  });

  it("stands there, in thought, once it is taken back, and half made only of the batch that was interrupted", () => {
    const made = rename("journal:aside/0", 8, "lower[1]:w");
    const tree = new Tree({});
    const rewind = new Rewind(tree, tree.list);
    expect([change, made].map((one) => rewind.takeBack(one, false))).toEqual([true, true]);
    const half = new Tree({ "lower[1]:w": 9 });
    half.whiteouts.set(9, { uid: 0 });
    const back = (torn: boolean) => new Rewind(half, half.list).takeBack(change, torn);
    expect([back(true), back(false)]).toEqual([true, false]);
    half.whiteouts.set(9, {});
    expect(back(true)).toBe(false);
  });

  it("is read whatever the order of its xattrs", () => {
    const two = [["trusted.a", Buffer.from("1")], ...LIKE.xattrs] as const;
    const tree = new Tree({ "lower[1]:w": 8 });
    tree.whiteouts.set(8, { xattrs: [...two].reverse() });
    expect(judge({ ...change, like: { ...LIKE, xattrs: two } }, tree)).toBe("old");
  });
});

describe("an xattr of the other prefix", () => {
  it("is another one", () => {
    const change = xattr("upper:a", 1, "origin", null, "v");
    const other = xattr("upper:a", 1, "origin", null, "v", "user.overlay.");
    const batch = newBatch();
    batch.add(change);
    expect(batch.fits(other)).toBe(true);
    expect(batch.fits(change)).toBe(false);
    const tree = new Tree(START).make(change);
    expect(judge(other, tree)).toBe("old");
    const rewind = new Rewind(tree.make(other), tree.list);
    expect(rewind.takeBack(other, false)).toBe(true);
    expect(rewind.takeBack(other, false)).toBe(false);
    expect(rewind.takeBack(change, false)).toBe(true);
  });
});

describe("Batch", () => {
  const fits = (...changes: Change[]): boolean => {
    const batch = newBatch();
    return changes.every((change) => {
      const ok = batch.fits(change);
      batch.add(change);
      return ok;
    });
  };
  const together: Record<string, Change[]> = {
    "an xattr and an entry of the same object": [
      xattr("upper:a", 1, "nlink", null, "U-1"),
      link("work:index/z", 1, "upper:a"),
    ],
    "something else in the place of what goes": [
      rename("work:index/x", 6, "journal:kept/0"),
      link("work:index/x", 1, "upper:a"),
    ],
    "whiteouts of one inode": [uncover("lower[1]:w", 8, "x"), uncover("lower[1]:v", 8, "x")],
    "two xattrs of one inode": [xattr("upper:a", 1, "m", null, "v"), xattr("upper:a", 1, "n", null, "v")],
    "data of several files": [fill("upper:a", 1), fill("upper:b", 2)],
    "names in one directory": [rename("upper:d/e", 4, "upper:d/f"), rename("upper:a", 1, "upper:d/e")],
  };
  const apart: Record<string, Change[]> = {
    "an xattr twice": [xattr("upper:a", 1, "n", null, "v"), xattr("upper:a", 1, "n", "v", null)],
    "an xattr twice, by two names": [
      xattr("upper:b", 2, "n", null, "v"),
      xattr("work:index/y", 2, "n", "v", "w"),
    ],
    "a name that came and goes": [link("work:index/z", 1, "upper:a"), unlink("work:index/z", 1, "upper:a")],
    "the same object back in its name": [
      unlink("work:index/y", 2, "upper:b"),
      link("work:index/y", 2, "upper:b"),
    ],
    "what is in a directory that moved": [
      rename("upper:d", 3, "upper:n"),
      xattr("upper:n/e", 4, "n", null, "v"),
    ],
    "a directory from which something was moved": [
      rename("upper:d/e", 4, "upper:e"),
      rename("upper:d", 3, "upper:n"),
    ],
    "entries of an index that was made": [
      rename("journal:aside/0", 9, "work:index"),
      link("work:index/z", 1, "upper:a"),
    ],
    "data and its mark": [fill("upper:a", 1), xattr("upper:a", 1, "metacopy", "", null)],
    "data of another file after a mark": [xattr("upper:a", 1, "metacopy", "", null), fill("upper:b", 2)],
    "data of one inode, by two names": [fill("upper:b", 2), fill("work:index/y", 2)],
    "what comes to the name of a whiteout that went": [
      uncover("lower[1]:w", 8),
      link("lower[1]:w", 9, "lower[1]:x"),
    ],
    "what is on another filesystem": [xattr("upper:a", 1, "n", null, "v"), uncover("lower[1]:w", 8)],
    "what is on the first one again": [uncover("lower[1]:w", 8), xattr("upper:a", 1, "n", null, "v")],
    "what was moved": [rename("upper:a", 1, "upper:n"), xattr("upper:n", 1, "n", null, "v")],
  };
  it.each(Object.entries(together))("holds %s", (_, changes) => expect(fits(...changes)).toBe(true));
  it.each(Object.entries(apart))("ends before %s", (_, changes) => expect(fits(...changes)).toBe(false));
});

describe("whatever changes are planned", () => {
  const names = [
    "upper:a",
    "upper:b",
    "upper:d",
    "upper:d/e",
    "upper:d/f",
    "upper:d/w",
    "work:index",
    "work:index/x",
    "work:index/y",
    "work:index/z",
  ];
  const name = fc.constantFrom(...names);
  /** What could be planned for the tree as it is; null where that is nothing. */
  const step = fc.record({
    op: fc.constantFrom("xattr", "fill", "link", "unlink", "rename", "keep", "uncover"),
    one: name,
    two: name,
    value: fc.constantFrom(null, "v", "w"),
  });
  const directories = [3, 5];
  const start = (): Tree => {
    const tree = new Tree(START);
    tree.whiteouts.set(WHITEOUT, {});
    return tree;
  };

  function toChange(
    tree: Tree,
    { op, one, two, value }: { op: string; one: string; two: string; value: string | null },
    n: number,
  ): Change | null {
    const ino = tree.names.get(one);
    const hasParent = two.lastIndexOf("/") < 0 || tree.names.has(two.slice(0, two.lastIndexOf("/")));
    if (ino === undefined) return null;
    const free = !tree.names.has(two) && hasParent && !two.startsWith(`${one}/`);
    const isDir = directories.includes(ino);
    if (op === "uncover") return ino === WHITEOUT ? uncover(one, ino) : null;
    if (ino === WHITEOUT && op !== "rename") return null;
    if (op === "xattr") {
      const old = tree.xattrs.get(ino)?.get("n")?.toString() ?? null;
      return old === value ? null : xattr(one, ino, "n", old, value);
    }
    if (op === "fill") return isDir || tree.contents.has(ino) ? null : fill(one, ino);
    if (op === "link") return free && !isDir ? link(two, ino, one) : null;
    if (op === "unlink") return one !== two && tree.names.get(two) === ino ? unlink(two, ino, one) : null;
    if (op === "keep") return rename(one, ino, `journal:kept/${n}`);
    return free ? rename(one, ino, two) : null;
  }

  /** In batches, as a run would put them together. */
  function plan(steps: readonly { op: string; one: string; two: string; value: string | null }[]): {
    batches: Change[][];
    tree: Tree;
  } {
    const tree = start();
    const batches: Batch[] = [newBatch()];
    let n = 0;
    for (const next of steps) {
      const change = toChange(tree, next, n++);
      if (change === null) continue;
      if (!batches.at(-1)?.fits(change)) batches.push(newBatch());
      batches.at(-1)?.add(change);
      tree.make(change);
    }
    return { batches: batches.map(({ changes }) => changes), tree };
  }

  it("the disk tells how many of a batch were made, wherever it stopped", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const tree = start();
        for (const changes of plan(steps).batches) {
          for (const [made, change] of changes.entries()) {
            expect(countMade(changes, tree)).toBe(made);
            tree.make(change);
          }
          expect(countMade(changes, tree)).toBe(changes.length);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("all of them can be judged from the end, before any is taken back", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const { batches, tree } = plan(steps);
        const rewind = new Rewind(tree, tree.list);
        for (const change of batches.flat().reverse()) expect(rewind.takeBack(change, false)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("and one that is not as it was made is found", () => {
    const changes = [
      xattr("upper:d/e", 4, "n", null, "v"),
      rename("upper:d", 3, "upper:n"),
      rename("upper:n/e", 4, "journal:kept/2"),
    ];
    const tree = new Tree(START);
    for (const change of changes) tree.make(change);
    tree.xattrs.get(4)?.set("n", Buffer.from("other"));
    const rewind = new Rewind(tree, tree.list);
    expect(changes.toReversed().map((change) => rewind.takeBack(change, false))).toEqual([true, true, false]);
  });
});
