import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { document, ovlIndex, program } from "../support/cli.js";
import { EXPORTED, Past } from "../support/past.js";
import { needsRoot } from "../support/root.js";

const run = (...args: readonly string[]) => ovlIndex(args);

/** The same on a terminal, where somebody types this and then ends the input. */
function typed(input: string, ...args: readonly string[]) {
  const command = [process.execPath, program, ...args].join(" ");
  const { status, stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
    encoding: "utf8",
    input,
    env: { ...process.env, NO_COLOR: "1", TERM: "dumb" },
  });
  return { status, stdout: stdout.replaceAll("\r\n", "\n") };
}

describe("usage", () => {
  const overlay = ["-o", "lowerdir=/no/lower,upperdir=/no/upper,workdir=/no/work"];

  it.each([
    [["repair"], "which overlay?"],
    [["repair", ...overlay], "nobody is there to be asked: give -n, -p or -y"],
    [["build", ...overlay, "-n", "-y"], "give only one of -n, -p or -y"],
    [["build", ...overlay, "--json"], "--json asks nobody"],
    [["build", ...overlay, "-y", "--write-lower"], "--write-lower"],
    [["undo"], "which overlay?"],
    [["undo", ...overlay], "give -n or -y"],
    [["undo", "1", "/mnt", ...overlay], "the overlay is named twice"],
    [["undo", "", ...overlay, "-y"], "the name of the journal is empty"],
    [["undo", "--list", "-y", ...overlay], "--list only tells which runs there are: leave out -y"],
    [["undo", "--list", "0001-repair", ...overlay], "leave out 0001-repair"],
  ])("%j ends in 16: %s", (args, message) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stdout }).toEqual({ status: 16, stdout: "" });
    expect(stderr).toMatch(/^ovl-index: /);
    expect(stderr).toContain(message);
  });

  it.each([["repair"], ["build"]])("%s ends in 8 where a layer is missing", (command) => {
    const { status, stdout } = run(command, ...overlay, "-y");
    expect(status).toBe(8);
    expect(stdout).toContain("COULD NOT COMPLETE: ");
  });
});

needsRoot("on an overlay with a past", () => {
  let past: Past;
  let overlay: readonly [string, string];
  beforeEach(() => {
    past = new Past();
    past.change();
    overlay = ["-o", past.options];
  });
  afterEach(() => past.dispose());

  it("shows what it would do, and writes nothing", () => {
    const before = past.dump();
    const { status, stdout, stderr } = run("repair", "-n", ...overlay);
    expect({ status, stderr }).toEqual({ status: 4, stderr: "" });
    expect(past.shown(stdout)).toMatchSnapshot();
    expect(document(run("repair", "-n", "--json", ...overlay).stdout, "repair-1")).toMatchObject({
      mode: "dry-run",
      changed: true,
      applied: 0,
      journal: null,
      ready: false,
      remaining: [],
    });
    expect(past.dump()).toEqual(before);
    expect(existsSync(join(past.dir, "work/ovl-index"))).toBe(false);
  });

  it("repairs it, says so by 1, has nothing more to do, and takes it back", () => {
    const before = past.dump();
    const repaired = run("repair", "-y", ...overlay);
    expect(past.shown(repaired.stdout)).toMatchSnapshot();
    expect({ status: repaired.status, stderr: repaired.stderr }).toEqual({ status: 1, stderr: "" });
    expect(run("check", ...overlay).status).toBe(0);

    const again = run("repair", "-y", ...overlay);
    expect(again.status).toBe(0);
    expect(again.stdout).toContain("nothing was changed");

    expect(past.shown(run("undo", "--list", ...overlay).stdout)).toMatchSnapshot();
    const [, undo = ""] = /^ {2}undo {5}ovl-index (.*)$/m.exec(repaired.stdout) ?? [];
    const dry = run(...undo.split(" "), "-n");
    expect(dry.status).toBe(0);
    const undone = run(...undo.split(" "), "-y");
    expect(past.shown(undone.stdout)).toMatchSnapshot();
    expect({ status: undone.status, stderr: undone.stderr }).toEqual({ status: 0, stderr: "" });
    expect(past.dump()).toEqual(before);
  });

  it("builds it, and a second build changes nothing", () => {
    const { status, stdout, stderr } = run("build", "-y", "--json", ...overlay);
    expect(status).toBe(0);
    expect(past.shown(stderr)).toMatchSnapshot();
    const built = document(stdout, "repair-1");
    expect(built).toMatchObject({
      command: "build",
      ready: true,
      changed: true,
      remaining: [],
      trouble: null,
    });
    expect(existsSync(built.journal)).toBe(true);
    expect(
      built.plan.map((one: { action: string; because: { path: string } }) => [one.action, one.because.path]),
    ).toEqual([
      ["add-entry", "a"],
      ["add-tombstone", "b"],
    ]);
    const again = document(run("build", "-y", "--json", ...overlay).stdout, "repair-1");
    expect(again).toMatchObject({ ready: true, changed: false, journal: null, plan: [] });
    past.live(EXPORTED, () => undefined);
    expect(run("check", ...overlay).status).toBe(0);
  });

  it("takes back in JSON, too", () => {
    expect(run("repair", "-p", ...overlay).status).toBe(1);
    const list = document(run("undo", "--list", "--json", ...overlay).stdout, "journals-1");
    expect(list.journals).toMatchObject([{ command: "repair", state: "done", changes: 2 }]);
    const dry = document(run("undo", "-n", "--json", ...overlay).stdout, "undo-1");
    expect(dry).toMatchObject({ changed: true, undone: 2, trouble: null });
    const named = [list.journals[0].path, "-y", "--json", ...overlay];
    const done = document(run("undo", ...named).stdout, "undo-1");
    expect(done).toMatchObject({ changed: true, undone: 2, run: { id: list.journals[0].id } });
    const none = run("undo", "-y", "--json", ...overlay);
    expect(none.status).toBe(8);
    expect(document(none.stdout, "undo-1").trouble.kind).toBe("no-journal");
  });

  it("refuses an overlay that is mounted", () => {
    past.live(EXPORTED, () => {
      const { status, stdout } = run("repair", "-y", ...overlay);
      expect(status).toBe(8);
      expect(stdout).toContain("COULD NOT COMPLETE: ");
      expect(stdout).toMatch(/^next: umount \/.*\/mnt, then run the same command again$/m);
    });
  });

  describe.each(["repair", "build", "migrate"])("%s whose report cannot be written", (command) => {
    // The reader of the pipe is gone long before the layers are read.
    it.each([
      ["> /dev/full", "ENOSPC"],
      ["--json > /dev/full", "ENOSPC"],
      ["| :", "EPIPE"],
    ])("%s: stops before the first change", (to, errno) => {
      const before = past.dump();
      const [words = "", reader = ""] = to.split("|");
      const line = `{ ${[process.execPath, program, command, "-y", ...overlay].join(" ")} ${words}; echo $? >&2; }`;
      const { stderr } = spawnSync("sh", ["-c", reader === "" ? line : `${line} |${reader}`], {
        encoding: "utf8",
      });
      expect(stderr).toContain(`ovl-index: cannot write the report: ${errno}; nothing was changed\n8\n`);
      expect(past.dump()).toEqual(before);
      expect(existsSync(join(past.dir, "work/ovl-index"))).toBe(false);
    });
  });

  describe("at a terminal", () => {
    it("asks for each change", () => {
      const { status, stdout } = typed("what?\ny\nn\n", "repair", ...overlay);
      expect(status).toBe(4);
      for (const [told, times] of [
        ["1/2 add-entry for copied-up-not-indexed, safe unattended: make an index entry\n", 1],
        ["    upper:a: this file was copied up and has no index entry: old handles lead to\n", 1],
        ["      why: it came from the lower object of that name, and no other upper object\n", 1],
        ["2/2 add-tombstone for tombstone-missing, safe unattended: make a tombstone\n", 1],
        ["Do it? [y]es, [n]o, [q]uit: ", 3],
        ["  q  end here: nothing of this plan is done", 1],
      ] as const) {
        expect(stdout.split(told)).toHaveLength(times + 1);
      }
      expect(stdout).toContain("1 change made, 1 not accepted\n");
      const left = JSON.parse(run("check", "--json", ...overlay).stdout).findings;
      expect(left.map((found: { code: string }) => found.code)).toEqual(["tombstone-missing"]);
    });

    it("is cancelled by Ctrl-C at a question", async () => {
      const before = past.dump();
      // exec: of a signal at the terminal only the program is to tell, not the shell around it.
      const command = ["exec", process.execPath, program, "repair", ...overlay].join(" ");
      const child = spawn("script", ["-qec", command, "/dev/null"]);
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (text.includes("[q]uit: ")) child.stdin.write("\u0003");
      });
      const status = await new Promise((done) => child.once("exit", done));
      expect([status, said]).toEqual([32, expect.stringMatching(/nothing was changed\r\n.*CANCELLED: /)]);
      expect(past.dump()).toEqual(before);
    });

    it("takes the end of the input, and quit, for the end", () => {
      const before = past.dump();
      const left = typed("y\n", "repair", ...overlay);
      expect(left.status).toBe(32);
      expect(left.stdout).toMatch(/\[q\]uit: (\^D[\b]*)?\n\nnothing was changed\nCANCELLED: /);
      expect(typed("y\n", "build", ...overlay).status).toBe(0);
      expect(typed("", "undo", ...overlay).status).toBe(32);
      expect(typed("y\n", "undo", ...overlay).status).toBe(0);
      expect(typed("y\nq\n", "repair", ...overlay).status).toBe(32);
      expect(typed("n\n", "build", ...overlay).status).toBe(32);
      expect(typed("n\n", "undo", ...overlay).status).toBe(8);
      expect(past.dump()).toEqual(before);
    });
  });
});
