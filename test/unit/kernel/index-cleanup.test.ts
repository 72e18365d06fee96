import { describe, expect, it } from "vitest";
import { DT_DIR } from "../../../src/lib/format/fileType.js";
import { decodeIndexName, encodeIndexName } from "../../../src/lib/format/indexName.js";
import type { KernelVersion } from "../../../src/lib/layers/facts.js";
import { judgeIndex } from "../../../src/lib/model/index-cleanup.js";
import type { IndexState, OddEntry, Temporary } from "../../../src/lib/model/index-state.js";
import { handleOf, NEW, OLD, object, world } from "./world.js";

const ENOTEMPTY = 39;
const EINVAL = 22;

/** An index of nothing but names that no lookup finds. */
function judge(
  kernel: KernelVersion,
  odd: readonly OddEntry[],
  temporaries: readonly Temporary[],
): { errno: number | null; removed: number } {
  const index = {
    table: { size: 0 },
    odd,
    temporaries,
    settled: false,
    examineName: () => object({ ino: 9, dir: true }),
  };
  const env = world({ kernel, options: { index: true, nfsExport: true } });
  const content = { isEmpty: () => false, isStuck: (name: Buffer) => name.toString() === "#stuck" };
  const { refusal, removed } = judgeIndex(env, index as unknown as IndexState, true, content);
  const verdict = refusal?.verdict;
  return { errno: verdict?.action === "refuse" ? verdict.errno : null, removed: removed.length };
}

const temporary = (name: string, odd = 0): Temporary => ({
  name: Buffer.from(name),
  type: DT_DIR,
  position: 0,
  odd,
});

describe("what rmdir(2) cannot remove: the end of the mount before 6.17, left there since", () => {
  it("a temporary that holds a directory with something in it", () => {
    expect(judge(OLD, [], [temporary("#1"), temporary("#stuck")]).errno).toBe(ENOTEMPTY);
    expect(judge({ major: 6, minor: 16 }, [], [temporary("#stuck")]).errno).toBe(ENOTEMPTY);
    expect(judge({ major: 6, minor: 17 }, [], [temporary("#stuck")]).errno).toBeNull();
    expect(judge(NEW, [], [temporary("#stuck")]).errno).toBeNull();
    expect(judge(OLD, [], [temporary("#1")]).errno).toBeNull();
  });

  it("the first in the way gives the errno", () => {
    const name = Buffer.from("no-handle");
    const odd = [{ name, verdict: decodeIndexName(name), position: 0 }];
    expect(judge(OLD, odd, [temporary("#stuck", 0)]).errno).toBe(ENOTEMPTY);
    expect(judge(OLD, odd, [temporary("#stuck", 1)]).errno).toBe(EINVAL);
  });

  it("an entry without upper, a directory with something in it", () => {
    const name = encodeIndexName(handleOf(2, false));
    const odd = [{ name, verdict: decodeIndexName(name), position: 0 }];
    expect(judge(OLD, odd, [])).toEqual({ errno: ENOTEMPTY, removed: 0 });
    expect(judge(NEW, odd, [])).toEqual({ errno: null, removed: 0 });
  });
});
