/** check --report, on a real overlay with names that would do harm in a page. */
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ovlIndex, program, ran } from "../support/cli.js";
import { EXPORTED, INDEX_OFF, Past } from "../support/past.js";
import { needsRoot } from "../support/root.js";

describe("usage", () => {
  it.each([
    ["", 16, "--report is empty"],
    ["/", 16, "--report: /: is no regular file"],
    ["/no/such/place/r.html", 8, "cannot write the report: /no/such/place/r.html: ENOENT"],
  ])("--report %j ends in %i: %s", (file, code, message) => {
    const { status, stdout, stderr } = ovlIndex(["check", "--report", file, "-o", "lowerdir=/no/a:/no/b"]);
    expect({ status, stdout }).toEqual({ status: code, stdout: "" });
    expect(stderr).toContain(message);
  });
});

it("is of one overlay", () => {
  expect(ovlIndex(["check", "--all", "--report", "/no/r.html"])).toEqual({
    status: 16,
    stdout: "",
    stderr: "ovl-index: --report is of one overlay: say which\n",
  });
});

needsRoot("with an overlay", () => {
  let past: Past;
  let file: string;
  beforeEach(() => {
    past = new Past();
    mkdirSync(join(past.dir, "out"));
    file = join(past.dir, "out/report.html");
  });
  afterEach(() => past.dispose());

  const check = (...more: string[]) => ovlIndex(["check", "--report", file, "-o", past.options, ...more]);

  it("writes the page of one that is ready, and says the same as without it", () => {
    past.live(EXPORTED, (at) => writeFileSync(join(at, "a"), "2"));
    const plain = ovlIndex(["check", "-o", past.options]);
    expect(check()).toEqual(plain);
    expect(plain.status).toBe(0);
    const page = readFileSync(file, "utf8");
    expect(page).toContain("every handle leads to its object");
    expect(page).toContain(past.dir);
    expect(page).toContain('<b class="percent">100%</b> of 1 object that was');
    expect(statSync(file).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  it("escapes what layers say, counts by directory, and replaces the file as a whole", () => {
    const evil = "<img src=x onerror=alert(1)>\"'&\n\u202egpj";
    mkdirSync(join(past.dir, "lower", evil));
    writeFileSync(join(past.dir, "lower", evil, "f"), "1");
    past.live(EXPORTED, (at) => writeFileSync(join(at, "a"), "2"));
    past.live(INDEX_OFF, (at) => writeFileSync(join(at, evil, "f"), "2"));
    writeFileSync(file, "the last one", { mode: 0o600 });
    const { status, stdout } = check("--json");
    expect(status).toBe(4);
    expect(JSON.parse(stdout)).not.toHaveProperty("coverage");
    const page = readFileSync(file, "utf8");
    expect(page).not.toContain("<img");
    expect(page).not.toContain("\u202e");
    expect(page).toContain("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;\\x0a\\xe2\\x80\\xaegpj");
    // "a" has its entry; the directory and what is in it do not.
    expect(page).toContain('<b class="percent">33.3%</b> of 3 objects');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(past.dir, "out"))).toEqual(["report.html"]);
  });

  it("is not written into a layer, which would change the overlay", () => {
    const upper = join(past.dir, "upper");
    symlinkSync(upper, join(past.dir, "out/elsewhere"));
    const places: [flag: string, file: string, layer: string][] = [
      ["--report", join(upper, "r.html"), upper],
      ["--output", join(past.dir, "lower/r.txt"), join(past.dir, "lower")],
      ["--output", join(past.dir, "work/r.txt"), join(past.dir, "work")],
      ["--report", join(past.dir, "out/elsewhere/r.html"), upper],
    ];
    for (const [flag, place, layer] of places)
      expect(ovlIndex(["check", flag, place, "-o", past.options])).toEqual({
        status: 16,
        stdout: "",
        stderr: `ovl-index: ${flag}: ${place}: lies in ${layer}, which is only read: name a place outside the layers\n`,
      });
    const inside = join(upper, "h");
    expect(ovlIndex(["handles", "save", inside, "-o", past.options])).toEqual({
      status: 16,
      stdout: "",
      stderr: `ovl-index: ${inside}: lies in ${upper}, which is only read: name a place outside the layers\n`,
    });
    expect([readdirSync(upper), readdirSync(join(past.dir, "lower"))].flat()).not.toContain("r.html");
  });

  it("is not written into a layer by way of a mount of a part of it, either", () => {
    const inside = join(past.dir, "lower/part");
    const [bound, place] = [join(past.dir, "out/bound"), join(past.dir, "out/bound/r.txt")];
    for (const dir of [inside, bound]) mkdirSync(dir);
    const script = `mount --bind "$1" "$2" && shift 2 && exec "$@"`;
    const checks = [process.execPath, program, "check", "--output", place, "-o", past.options];
    const command = ["sh", "-c", script, "sh", inside, bound, ...checks];
    expect(ran("unshare", ["-m", "--propagation", "private", ...command])).toMatchObject({
      status: 16,
      stderr: expect.stringContaining(`${place}: lies in ${join(past.dir, "lower")}, `),
    });
    expect(readdirSync(inside)).toEqual([]);
  });

  it("tells of layers that cannot be opened, too", () => {
    const gone = past.options.replace("/lower", "/gone");
    expect(ovlIndex(["check", "--report", file, "-o", gone]).status).toBe(8);
    expect(readFileSync(file, "utf8")).toContain("no handle leads anywhere");
  });
});
