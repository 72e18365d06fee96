import { describe, expect, it } from "vitest";
import { percent, shares } from "../../../src/lib/html-report/coverage.js";
import { coverageOf } from "../../../src/lib/html-report/coverage-rows.js";
import { risksOf } from "../../../src/lib/html-report/risk.js";
import { notIndexed, orphanWhiteout, resultWith } from "../report/result-fixture.js";

const directory = (path: string, indexed: number, missing = 0, lost = 0) => ({
  path: Buffer.from(path, "latin1"),
  indexed,
  missing,
  lost,
});
const rowsOf = (...directories: readonly ReturnType<typeof directory>[]) => {
  const { rows, rest, total } = coverageOf(directories);
  const told = rows.map(({ path, deep, indexed, missing, lost }) => [
    `${path}${deep ? "/**" : ""}`,
    indexed,
    missing,
    lost,
  ]);
  return { rows: told, rest, total };
};

describe("coverage by directory", () => {
  it("tells the worst first, and divides what has most to tell", () => {
    const told = rowsOf(
      directory("home/a", 5, 1),
      directory("home/b", 7),
      directory("", 2),
      directory("etc", 9, 0, 3),
    );
    expect(told).toEqual({
      rows: [
        ["etc", 9, 0, 3],
        ["home/a", 5, 1, 0],
        ["home/b", 7, 0, 0],
        ["", 2, 0, 0],
      ],
      rest: null,
      total: { indexed: 23, missing: 1, lost: 3 },
    });
  });

  it("keeps small ones together, and counts the rest", () => {
    const many = Array.from({ length: 40 }, (_, i) => directory(`top/${i}`, 1, i === 7 ? 1 : 0));
    expect(rowsOf(...many)).toEqual({
      rows: [["top/**", 40, 1, 0]],
      rest: null,
      total: { indexed: 40, missing: 1, lost: 0 },
    });
    const flat = Array.from({ length: 40 }, (_, i) => directory(`${i}`, 1, i === 7 ? 1 : 0));
    const { rows, rest } = rowsOf(...flat);
    expect(rows).toHaveLength(15);
    expect(rows[0]).toEqual(["7", 1, 1, 0]);
    expect(rest).toEqual({ indexed: 25, missing: 0, lost: 0, directories: 25 });
  });

  it("counts two tellings of one directory together, whatever its bytes are", () => {
    const odd = "a\xff\n<";
    const { rows } = coverageOf([directory(odd, 1), directory(odd, 0, 2)]);
    expect(rows).toEqual([
      { path: Buffer.from(odd, "latin1"), deep: false, indexed: 1, missing: 2, lost: 0 },
    ]);
    expect(rowsOf()).toEqual({ rows: [], rest: null, total: { indexed: 0, missing: 0, lost: 0 } });
  });

  it("goes only so deep", () => {
    const [row, ...others] = rowsOf(directory("d/".repeat(2000).slice(0, -1), 3)).rows;
    expect(others).toEqual([]);
    expect(row).toEqual([`${"d/".repeat(32)}**`, 3, 0, 0]);
  });

  it("never rounds what is missing away", () => {
    const counted = (indexed: number, missing: number, lost = 0) => ({ indexed, missing, lost });
    expect(percent(counted(7, 0))).toBe("100%");
    expect(percent(counted(999_999, 1))).toBe("99.9%");
    expect(percent(counted(1, 999_999))).toBe("0.1%");
    expect(percent(counted(0, 3))).toBe("0%");
    const [indexed, missing, lost] = shares(counted(1_000_000, 1));
    expect(missing).toBeGreaterThan(1);
    expect(lost).toBe(0);
    expect(indexed + missing).toBeCloseTo(100);
  });
});

describe("handles at risk", () => {
  it("are those of objects, by what becomes of them", () => {
    const prediction = {
      mount: { ok: true as const },
      index: { removed: ["00fb"], tombstoned: ["00fc"] },
      lookup: [{ path: Buffer.from("l"), errno: "EIO" }],
      hidden: [Buffer.from("h")],
    };
    const wrong = notIndexed("a");
    const others = [orphanWhiteout("w"), { ...notIndexed("y"), severity: "warning" as const }];
    expect(risksOf(resultWith([wrong, ...others], { prediction }))).toEqual({
      wrong: [wrong],
      stale: [],
      entries: [
        { name: "00fb", becomes: "nothing" },
        { name: "00fc", becomes: "a tombstone" },
      ],
      names: [
        { path: Buffer.from("l"), errno: "EIO" },
        { path: Buffer.from("h"), errno: "ENOENT" },
      ],
    });
  });
});
