/** What scripts build on: forms of a report, where it is written to, exit codes, `changed`. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { check } from "../../src/lib/index.js";
import { document, ovlIndex, ran } from "../support/cli.js";
import { hasCommand } from "../support/commands.js";
import { EXPORTED, INDEX_OFF, Past } from "../support/past.js";
import { parsePrometheus } from "../support/prometheus.js";
import { needsRoot } from "../support/root.js";
import { must, sys } from "../support/sys.js";

interface Line {
  readonly kind: "finding" | "summary";
  readonly code?: string;
  readonly path?: string;
}

function linesOf(text: string): Line[] {
  expect(text.endsWith("\n")).toBe(true);
  const lines = text.slice(0, -1).split("\n");
  return lines.map((line) => document(line, "check-line-1"));
}

describe("usage", () => {
  it.each([
    [["--json", "--format", "ndjson"], "--json is --format json"],
    [["--format", "xml"], "--format=xml"],
    [["--output", "-"], "--output: - is not stdout: leave it out to have the report on stdout, or write ./-"],
    [["--report", "-"], "--report: - is not stdout: name a file, or write ./-"],
    [["--output", "/dev/null"], "--output: /dev/null: is no regular file"],
  ])("check %j ends in 16", (args, message) => {
    const { status, stdout, stderr } = ovlIndex(["check", ...args, "-o", "lowerdir=/a:/b"]);
    expect({ status, stdout }).toEqual({ status: 16, stdout: "" });
    expect(stderr).toContain(message);
  });
});

describe("--output where nothing can be read", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "ovl-index-output-"));
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const run = (output: string, ...more: string[]) =>
    ovlIndex(["check", "--output", output, ...more, "-o", "lowerdir=/no/a:/no/b"]);

  it("tells a check that could not be made, too", () => {
    const output = join(dir, "overlay.prom");
    expect(run(output, "--format", "prometheus")).toEqual({ status: 8, stdout: "", stderr: "" });
    const told = parsePrometheus(readFileSync(output, "utf8"));
    const value = (name: string) => told.get(`ovl_index_${name}`)?.samples[0]?.value;
    expect([value("ready"), value("complete"), value("check_exit_code")]).toEqual([0, 0, 8]);
    expect(readdirSync(dir)).toEqual(["overlay.prom"]);
  });

  it("says in a line, before anything is read, where it cannot write", () => {
    const missing = join(dir, "none/report");
    expect(run(missing)).toEqual({
      status: 8,
      stdout: "",
      stderr: `ovl-index: cannot write the report: ${missing}: ENOENT\n`,
    });
    symlinkSync("/etc/passwd", join(dir, "link"));
    expect(run(join(dir, "link")).status).toBe(16);
    expect(readdirSync(dir)).toEqual(["link"]);
  });
});

needsRoot("on an overlay with a past", () => {
  let past: Past;
  beforeEach(() => {
    past = new Past();
    past.change();
  });
  afterEach(() => past.dispose());
  const run = (command: string, ...args: string[]) => ovlIndex([command, ...args, "-o", past.options]);

  it("tells each finding in a line, and what comes of them in the last", () => {
    const { status, stdout, stderr } = run("check", "--format", "ndjson");
    expect({ status, stderr }).toEqual({ status: 4, stderr: "" });
    const lines = linesOf(stdout);
    expect(lines.map(({ kind, path }) => [kind, path])).toEqual([
      ["finding", "a"],
      ["finding", "b"],
      ["summary", undefined],
    ]);
    expect(lines[2]).toMatchObject({ ready: false, exitCode: 4, name: `${past.dir}/upper` });
    const { findings } = document(run("check", "--format", "json").stdout, "check-1");
    for (const [i, found] of findings.entries()) expect(lines[i]).toMatchObject(found);
  });

  it("names the overlay by its mount point where it is asked for by that", () => {
    past.live(EXPORTED, (at) => {
      const lines = linesOf(ovlIndex(["check", at, "--format", "ndjson"]).stdout);
      for (const line of lines) expect(line).toMatchObject({ name: at });
    });
  });

  it("tells findings while it still reads, the same as in the end", async () => {
    const made = ran("sh", ["-c", "for i in $(seq 100); do mkdir $i; mknod $i/gone c 0 0; done"], {
      cwd: join(past.dir, "upper"),
    });
    expect(made.status).toBe(0);
    const events: string[] = [];
    const told: unknown[] = [];
    const { findings } = await check(past.spec(), {
      require: "nfs-export",
      onProgress: () => void events.push("reads"),
      onFinding: (found) => {
        events.push("found");
        told.push(found);
      },
    });
    expect(told.length).toBeGreaterThan(100);
    expect(told).toEqual(findings);
    expect(events.indexOf("found")).toBeLessThan(events.lastIndexOf("reads") / 2);
    const { stdout } = run("check", "--format", "ndjson");
    expect(linesOf(stdout).length).toBe(findings.length + 1);
  });

  it.runIf(hasCommand("promtool"))("writes metrics that Prometheus' own tool takes", () => {
    const output = join(past.stage.root, "ovl_index.prom");
    const args = ["--format", "prometheus", "--output", output, "--quiet"];
    expect(run("check", ...args)).toEqual({ status: 4, stdout: "", stderr: "" });
    expect(statSync(output).mode & 0o777).toBe(0o666 & ~process.umask());
    const text = readFileSync(output, "utf8");
    const lint = ran("promtool", ["check", "metrics"], { input: text });
    expect(lint).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(parsePrometheus(text).get("ovl_index_findings")?.samples).toMatchObject([
      { labels: { code: "copied-up-not-indexed", severity: "error" }, value: 1 },
      { labels: { code: "tombstone-missing", severity: "error" }, value: 1 },
    ]);
    // On stdout the same, but for the clock.
    const timeless = (metrics: string) => metrics.replaceAll(/(_seconds\{.*\}) .*/g, "$1");
    expect(timeless(run("check", "--format", "prometheus").stdout)).toBe(timeless(text));
  });

  it.each([
    ["text", (text: string) => expect(text).toMatch(/^NOT READY /)],
    ["json", (text: string) => expect(document(text, "check-1")).toMatchObject({ ready: false })],
    ["ndjson", (text: string) => expect(linesOf(text).length).toBe(3)],
  ])("writes %s to a file, and nothing anywhere else", (format, look) => {
    const output = join(past.stage.root, "report");
    writeFileSync(output, "old");
    expect(run("check", "--format", format, "--output", output)).toEqual({
      status: 4,
      stdout: "",
      stderr: "",
    });
    look(readFileSync(output, "utf8"));
  });

  it("leaves the old report where the new one has no room", () => {
    const small = join(past.stage.root, "small");
    mkdirSync(small);
    const bytes = (text: string) => Buffer.from(text);
    must(sys.mount(bytes("tmpfs"), bytes(small), bytes("tmpfs"), 0, bytes("size=4k")), "mount");
    try {
      const output = join(small, "report");
      writeFileSync(output, "old");
      const { status, stdout, stderr } = run("check", "--json", "--output", output);
      expect({ status, stdout, stderr }).toEqual({
        status: 8,
        stdout: "",
        stderr: `ovl-index: cannot write the report: ${output}: ENOSPC\n`,
      });
      expect([readFileSync(output, "utf8"), readdirSync(small)]).toEqual(["old", ["report"]]);
    } finally {
      must(sys.umount(bytes(small), 0), "umount");
    }
  });

  it("says nothing with --quiet but the exit code", () => {
    expect(run("check", "--quiet")).toEqual({ status: 4, stdout: "", stderr: "" });
    expect(run("build", "-y").status).toBe(0);
    expect(run("check", "-q")).toEqual({ status: 0, stdout: "", stderr: "" });
    const missing = ovlIndex(["check", "-q", "-o", "lowerdir=/no/a:/no/b"]);
    expect(missing).toEqual({ status: 8, stdout: "", stderr: "" });
  });

  it.each([
    ["build", "-y"],
    ["repair", "-p"],
    ["repair", "-y"],
    ["migrate", "-y"],
  ])("%s %s tells by `changed` what it does, and does it once", (command, consent) => {
    const changed = (mode: string) => {
      const { stdout } = run(command, mode, "--json");
      return document(stdout, "repair-1").changed;
    };
    const before = past.dump();
    expect([changed("-n"), past.dump()]).toEqual([true, before]);
    expect(changed(consent)).toBe(true);
    const after = past.dump();
    expect(after).not.toEqual(before);
    expect([changed("-n"), changed(consent), past.dump()]).toEqual([false, false, after]);

    const undone = (...args: string[]) => {
      const { status, stdout } = run("undo", ...args, "--json");
      return { status, changed: document(stdout, "undo-1").changed };
    };
    const { journals } = document(run("undo", "--list", "--json").stdout, "journals-1");
    const name = journals[0].path.split("/").at(-1);
    expect([undone("-n"), past.dump()]).toEqual([{ status: 0, changed: true }, after]);
    expect([undone(name, "-y"), past.dump()]).toEqual([{ status: 0, changed: true }, before]);
    // The same run is not taken back twice, and no other in its place.
    expect([undone(name, "-y"), past.dump()]).toEqual([{ status: 8, changed: false }, before]);
  });
});

needsRoot("on an overlay that only warns", () => {
  let past: Past;
  beforeEach(() => {
    past = new Past();
    past.live(INDEX_OFF, (at) => writeFileSync(join(at, "a"), "2"));
  });
  afterEach(() => past.dispose());

  it.each([
    [[], 0],
    [["--fail-on", "error"], 0],
    [["--fail-on", "warning"], 4],
    [["--strict"], 4],
    [["--strict", "--fail-on", "warning"], 4],
  ])("check %j ends in %i", (args, expected) => {
    const { status, stdout } = ovlIndex(["check", ...args, "--format", "ndjson", "-o", past.options]);
    expect(status).toBe(expected);
    const summary = linesOf(stdout).at(-1);
    expect(summary).toMatchObject({ exitCode: expected, counts: { error: 0 } });
  });
});
