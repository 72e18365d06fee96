import { describe, expect, it } from "vitest";
import { type CheckRun, overlayName, prometheusText } from "../../../src/lib/report/index.js";
import { parsePrometheus } from "../../support/prometheus.js";
import { notIndexed, orphanWhiteout, resultWith } from "./result-fixture.js";

const runOf = (name: string | Buffer, change: Partial<CheckRun> = {}): CheckRun => ({
  name: Buffer.from(name),
  result: resultWith([]),
  exitCode: 0,
  ended: 1_700_000_000_123,
  seconds: 1.23456,
  ...change,
});
const parsed = (...runs: CheckRun[]) => parsePrometheus([...prometheusText(runs)].join(""));
const only = (metrics: ReturnType<typeof parsed>, name: string) => metrics.get(name)?.samples ?? [];

describe("--format prometheus", () => {
  it("tells a healthy overlay, with zeros where nothing is wrong", () => {
    const metrics = parsed(runOf("/ovl/upper"));
    const overlay = { overlay: "/ovl/upper", require: "nfs-export" };
    const told = [...metrics].flatMap(([name, { samples }]) =>
      samples.map(({ labels: { overlay: _o, require: _r, ...own }, value }) => [name, own, value]),
    );
    expect(told).toEqual([
      ["ovl_index_ready", {}, 1],
      ["ovl_index_complete", {}, 1],
      ["ovl_index_provisional", {}, 0],
      ["ovl_index_mountable", {}, 1],
      ["ovl_index_problems", { severity: "error" }, 0],
      ["ovl_index_problems", { severity: "warning" }, 0],
      ["ovl_index_examined_objects", { kind: "directory" }, 3],
      ["ovl_index_examined_objects", { kind: "index_entry" }, 9],
      ["ovl_index_examined_objects", { kind: "upper_object" }, 12],
      ["ovl_index_check_exit_code", {}, 0],
      ["ovl_index_check_timestamp_seconds", {}, 1_700_000_000.123],
      ["ovl_index_check_duration_seconds", {}, 1.235],
      ["ovl_index_check_info", { version: "0.1.0" }, 1],
    ]);
    for (const { samples, type } of metrics.values()) {
      expect(type).toBe("gauge");
      for (const { labels } of samples) expect(labels).toMatchObject(overlay);
    }
  });

  it("counts findings by code and severity", () => {
    const result = resultWith([notIndexed("a"), orphanWhiteout("b"), notIndexed("c")]);
    const metrics = parsed(runOf("/u", { result, exitCode: 4 }));
    const overlay = { overlay: "/u", require: "nfs-export" };
    expect(only(metrics, "ovl_index_findings")).toEqual([
      { labels: { ...overlay, code: "copied-up-not-indexed", severity: "error" }, value: 2 },
      { labels: { ...overlay, code: "whiteout-orphan", severity: "info" }, value: 1 },
    ]);
    expect(only(metrics, "ovl_index_problems")[0]?.value).toBe(2);
    expect(only(metrics, "ovl_index_ready")[0]?.value).toBe(0);
    expect(only(metrics, "ovl_index_check_exit_code")[0]?.value).toBe(4);
  });

  it("keeps a metric of several overlays together", () => {
    const broken = runOf("/b", { result: resultWith([notIndexed("a")]), exitCode: 4 });
    const metrics = parsed(runOf("/a"), broken);
    expect(only(metrics, "ovl_index_ready").map(({ labels, value }) => [labels["overlay"], value])).toEqual([
      ["/a", 1],
      ["/b", 0],
    ]);
    expect(only(metrics, "ovl_index_findings").length).toBe(1);
  });

  it.each([
    ['/quote"d', '/quote"d'],
    ["/back\\slash", "/back\\\\slash"],
    ["/new\nline} 1", "/new\\x0aline} 1"],
    [Buffer.from([0x2f, 0xff]), "/\\xff"],
  ])("escapes %j", (name, shown) => {
    expect(only(parsed(runOf(name)), "ovl_index_ready")[0]?.labels["overlay"]).toBe(shown);
  });
});

describe("the name of an overlay", () => {
  const lower = [Buffer.from("/a"), Buffer.from("/b")];
  it.each([
    ["/mnt", Buffer.from("/mnt"), Buffer.from("/upper")],
    ["/upper", null, Buffer.from("/upper")],
    ["/a:/b", null, null],
  ])("is %s", (name, mountpoint, upper) => {
    expect(overlayName({ lower, upper }, mountpoint).toString()).toBe(name);
  });
});
