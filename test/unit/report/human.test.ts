import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { type Finding, finding } from "../../../src/lib/catalogue/index.js";
import {
  type CheckResult,
  checkJson,
  exitCode,
  type HumanOptions,
  humanReport,
  makePaint,
  nextStep,
  verdictOf,
  wantsColour,
} from "../../../src/lib/report/index.js";
import { notIndexed, orphanWhiteout, resultWith } from "./result-fixture.js";

const plain: HumanOptions = {
  paint: makePaint(false),
  width: 80,
  all: false,
  verbose: false,
  commands: new Set(["check", "explain"]),
};
const inUse = finding("layers-in-use", {
  layer: "upper",
  evidence: { path: "/ovl/upper", role: "upper", mountpoint: "/mnt", pid: null },
});
const unreadable = finding("unreadable", {
  layer: "upper",
  path: Buffer.from("d"),
  evidence: { operation: "open", errno: "EIO" },
});

describe("a finding's sentence", () => {
  const told = (found: Finding, options = plain, change: Partial<CheckResult> = {}) =>
    [...humanReport(resultWith([found], change), options)].join("\n");

  it("has no value that fills a screen, unless that is wanted", () => {
    const stored = "ab".repeat(30_000);
    const found = finding("opaque-invalid", {
      layer: "upper",
      path: Buffer.from("d"),
      evidence: { value: stored },
    });
    expect(told(found)).toMatch(/"(ab){32}\.{3} \(30000\s+bytes\)"/);
    expect(told(found).length).toBeLessThan(1200);
    expect(told(found, { ...plain, verbose: true })).toContain(stored);
    const [redirect, resolved] = ["/x".repeat(400), "y"];
    const dangling = finding("redirect-dangling", {
      layer: "upper",
      path: Buffer.from("d"),
      evidence: { redirect, resolved },
    });
    expect(told(dangling)).toContain("... (800 bytes)");
    expect(told(dangling)).not.toContain(redirect);
  });

  it("says which option --require added", () => {
    const conflict = (options: string) => finding("options-conflict", { evidence: { options } });
    const found = conflict("metacopy=on,nfs_export=on");
    expect(told(found)).toContain("metacopy=on with nfs_export=on, which --require nfs-export adds");
    expect(told(found, plain, { require: "plain" })).toContain("metacopy=on,nfs_export=on");
    expect(told(conflict("data-only layers,metacopy=off"))).toContain("data-only layers,metacopy=off");
  });
});

describe("the order", () => {
  it("is by path within a code, for people and for programs", () => {
    const found = ["c", "a", "b"].map(notIndexed);
    const text = [...humanReport(resultWith([...found, orphanWhiteout("0")]), plain)].join("\n");
    expect([...text.matchAll(/upper:(\w):/g)].map(([, name]) => name)).toEqual(["a", "b", "c", "0"]);
    const mixed = resultWith([found[0], orphanWhiteout("0"), found[1]].filter((one) => one !== undefined));
    const document = JSON.parse([...checkJson(mixed, { commands: new Set() })].join(""));
    expect(document.findings.map((one: { path: string }) => one.path)).toEqual(["a", "c", "0"]);
  });
});

describe("the report", () => {
  it("of a healthy overlay takes ten lines at the most", () => {
    const lines = [...humanReport(resultWith([]), plain)];
    expect(lines).toMatchInlineSnapshot(`
      [
        "READY for nfs-export: it mounts; every handle leads to its object.",
        "  upper     /ovl/upper  (ext4)",
        "  lower[1]  /ovl/lower  (ext4)",
        "  work      /ovl/work  (ext4)",
        "  options   index=on nfs_export=on redirect_dir=follow metacopy=off uuid=auto",
        "",
        "no findings; read 9 index entries, 12 upper objects, 3 directories",
        "next: mount -t overlay overlay -o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work,index=on,nfs_export=on MOUNTPOINT",
      ]
    `);
  });

  it("groups by code, worst first, and shows three of each", () => {
    const many = [orphanWhiteout("w"), ...["a", "b", "c", "d", "e"].map(notIndexed)];
    const text = [...humanReport(resultWith(many), plain)].join("\n");
    expect(text).toMatchInlineSnapshot(`
      "NOT READY for nfs-export: it mounts; old handles of 5 objects lead to the wrong
        one.
        upper     /ovl/upper  (ext4)
        lower[1]  /ovl/lower  (ext4)
        work      /ovl/work  (ext4)
        options   index=on nfs_export=on redirect_dir=follow metacopy=off uuid=auto

      error: copied-up-not-indexed (5)
        Copied up, but not in the index
        upper:a: this file was copied up and has no index entry: old handles lead to
          the lower one
        upper:b: this file was copied up and has no index entry: old handles lead to
          the lower one
        upper:c: this file was copied up and has no index entry: old handles lead to
          the lower one
        ... and 2 more (--all shows them)
        what to do: Make an index entry for it before the next export.

      info: whiteout-orphan (1)
        A whiteout hides nothing
        upper:w: the whiteout has no lower object below it
        what to do: Move it aside.

      5 errors, 0 warnings, 1 info
      read 9 index entries, 12 upper objects, 3 directories
      next: ovl-index explain copied-up-not-indexed"
    `);
    expect([...humanReport(resultWith(many), { ...plain, all: true })].join("\n")).toContain("upper:e:");
  });

  it("keeps to 80 columns, but for the command to copy", () => {
    const lines = [
      ...humanReport(resultWith([notIndexed("a"), inUse, unreadable]), { ...plain, verbose: true }),
    ];
    for (const line of lines.filter((line) => !line.startsWith("next:"))) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  it("separates the thousands of every number", () => {
    const found = Array.from({ length: 1234 }, (_, i) => notIndexed(`f${i}`));
    const text = [...humanReport(resultWith(found), plain)].join("\n");
    expect(text.match(/\d,\d{3} \w+|\(\d,\d{3}\)/g)).toEqual([
      "1,234 objects",
      "(1,234)",
      "1,231 more",
      "1,234 errors",
    ]);
    expect(text).not.toMatch(/\d{4}/);
  });

  it("is readable on any background: no grey, and colours in bold", () => {
    const found = [notIndexed("a"), inUse, ...["a", "b", "c", "d"].map(orphanWhiteout)];
    const text = [...humanReport(resultWith(found), { ...plain, paint: makePaint(true) })]
      .join("\n")
      .replaceAll("\u001b[", "<SGR ");
    const codes = new Set([...text.matchAll(/<SGR (\d+)m/g)].map(([, code]) => Number(code)));
    expect([...codes].sort((a, b) => a - b)).toEqual([1, 22, 31, 35, 39]);
    expect(text).not.toMatch(/(?<!<SGR 1m)<SGR 3[0-8]m/);
  });

  it("lets no name forge a line", () => {
    const lines = [...humanReport(resultWith([notIndexed("x\nREADY for nfs-export")]), plain)];
    expect(lines.filter((line) => line.startsWith("READY"))).toEqual([]);
  });

  it("says the same with colour", () => {
    const result = resultWith([notIndexed("a")]);
    const coloured = [...humanReport(result, { ...plain, paint: makePaint(true) })].join("\n");
    expect(stripVTControlCharacters(coloured)).toBe([...humanReport(result, plain)].join("\n"));
    expect(coloured).not.toBe([...humanReport(result, plain)].join("\n"));
  });
});

describe("the verdict", () => {
  it("tells what the mount changes and what fails", () => {
    const { prediction, ...rest } = resultWith([], { ready: false });
    const changed = {
      ...prediction,
      index: { removed: ["00fb"], tombstoned: ["01", "02"] },
      lookup: [{ path: Buffer.from("a"), errno: "EIO" }],
      hidden: [Buffer.from("b"), Buffer.from("c")],
    };
    expect(verdictOf({ ...rest, prediction: changed }).sentence).toBe(
      "mounting removes 1 index entry and turns 2 index entries into tombstones, but 1 lookup fails and 2 names vanish.",
    );
  });

  it("tells that the mount fails, and why", () => {
    const result = resultWith([], { ready: false });
    const mount = { ok: false, errno: "ESTALE", cause: "root-origin-mismatch" } as const;
    const verdict = verdictOf({ ...result, prediction: { ...result.prediction, mount } });
    expect(`${verdict.word}: ${verdict.sentence}`).toBe(
      "NOT READY for nfs-export: mount fails with ESTALE (root-origin-mismatch).",
    );
  });

  const dangling = (name: string) =>
    finding("redirect-dangling", {
      layer: "upper",
      path: Buffer.from(name),
      evidence: { redirect: "/x", resolved: "x" },
    });
  const unindexedDirectory = (name: string): Finding => ({
    ...notIndexed(name),
    evidence: { type: "directory", era: true },
  });
  const indexMissing = finding("index-missing", { layer: "work", evidence: { because: "upper has one" } });
  const interrupted = finding("journal-unfinished", {
    layer: "work",
    evidence: { run: "0001-build", state: "open" },
  });

  it.each([
    ["it mounts; a redirect leads nowhere (2 redirect-dangling).", [dangling("a"), dangling("b")]],
    [
      "it mounts; the index is gone (index-missing); old handles of 1 object lead to the wrong one.",
      [notIndexed("a"), indexMissing],
    ],
    [
      "it mounts; a run that changed the overlay was interrupted (journal-unfinished).",
      [dangling("a"), interrupted],
    ],
    ["it mounts; old handles of 1 object lead to the wrong one.", [notIndexed("a"), dangling("b")]],
    ["it mounts; old handles of 1 directory lead to it by its old name only.", [unindexedDirectory("d")]],
    [
      "it mounts; old handles of 1 object lead to the wrong one, and those of 2 directories lead to them by their old names only.",
      [notIndexed("a"), unindexedDirectory("d"), unindexedDirectory("e")],
    ],
  ])("says why it is not ready: %s", (sentence, findings) => {
    expect(verdictOf(resultWith(findings))).toMatchObject({ word: "NOT READY for nfs-export", sentence });
  });

  it("promises nothing about handles of hard links that have gone apart", () => {
    const split = finding("hardlink-split", {
      layer: "upper",
      path: Buffer.from("a"),
      evidence: { other: "the other name of lower inode 19" },
    });
    expect(verdictOf(resultWith([split])).sentence).toBe(
      "it mounts; handles lead to their objects, but for old ones of 1 name split off from hard links.",
    );
  });

  it("promises nothing about handles of a deleted hard link that the kernel goes on counting", () => {
    const index = { layer: "index", path: Buffer.from("00fb") } as const;
    const bytes = { fh: Buffer.from("00fb", "hex") };
    const nameless = finding("nlink-wrong", {
      ...index,
      evidence: { stored: "U+0", gives: 1, expected: 0 },
      bytes,
    });
    expect(verdictOf(resultWith([nameless])).sentence).toBe(
      "it mounts; handles lead to their objects, but for those of 1 deleted hard link, which still open it.",
    );
    expect(verdictOf(resultWith([{ ...nameless, severity: "error" }])).sentence).toContain(
      "old handles of 1 object lead to the wrong one",
    );
    const miscounted = finding("nlink-wrong", {
      ...index,
      evidence: { stored: "U+1", gives: 2, expected: 1 },
      bytes,
    });
    expect(verdictOf(resultWith([miscounted])).sentence).toBe("it mounts; every handle leads to its object.");
  });

  it("is followed by what the headline names, and then by its consequences", () => {
    const many = [notIndexed("a"), notIndexed("b"), dangling("c"), indexMissing];
    const heads = [...humanReport(resultWith(many), plain)].filter((line) => line.startsWith("error:"));
    expect(heads).toEqual([
      "error: index-missing (1)",
      "error: copied-up-not-indexed (2)",
      "error: redirect-dangling (1)",
    ]);
    const mount = { ok: false, errno: "ESTALE", cause: "redirect-dangling" } as const;
    const { prediction } = resultWith([]);
    const refused = resultWith(many, { prediction: { ...prediction, mount } });
    expect([...humanReport(refused, plain)].find((line) => line.startsWith("error:"))).toBe(
      "error: redirect-dangling (1)",
    );
  });

  it("is never sure about an overlay in use, nor about one that was not read to its end", () => {
    expect(verdictOf(resultWith([inUse], { provisional: true })).word).toBe("PROVISIONAL");
    expect(verdictOf(resultWith([unreadable], { complete: false })).word).toBe("UNDECIDED");
  });
});

describe("the next step", () => {
  const commands = new Set(["check", "explain"]);

  it.each([
    ["umount /mnt, then run the same command again", [notIndexed("a"), inUse, inUse]],
    [
      "nsenter -m -t 7 umount '/m n', then run the same command again",
      [{ ...inUse, evidence: { path: "/ovl/upper", role: "upper", mountpoint: "/m n", pid: 7 } }],
    ],
    ["ovl-index explain copied-up-not-indexed", [orphanWhiteout("w"), notIndexed("a")]],
  ])("%s", (step, findings) => {
    expect(nextStep(resultWith(findings), commands)).toBe(step);
  });

  const overlay = "-o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work,index=on";

  it("names the layers where they are known only as long as the overlay is mounted", () => {
    const plainly = resultWith([inUse]);
    const mounted = { ...plainly, overlay: { ...plainly.overlay, source: "mountinfo" } };
    expect(nextStep(mounted, commands)).toBe(
      `umount /mnt, then run the same command again, with ${overlay} in place of the mount point`,
    );
  });

  const all = new Set([...commands, "build", "repair"]);

  it("is a command that mends only where there is one, and names the overlay", () => {
    expect(nextStep(resultWith([notIndexed("a")]), all)).toBe(`ovl-index build ${overlay}`);
    const asked = resultWith([notIndexed("a")], { require: "index" });
    expect(nextStep(asked, all)).toBe(`ovl-index build ${overlay} --require index`);
  });

  it("is no repair of a copy without its xattrs, by which what was deleted would be back", () => {
    const at = {
      layer: "index",
      path: Buffer.from("00fb"),
      bytes: { fh: Buffer.from("00fb", "hex") },
    } as const;
    const bare = finding("entry-origin-missing", { ...at, evidence: { type: "file", object: null } });
    const evidence = { entries: 1, merged: 0, whiteouts: 0 };
    const lost = finding("xattrs-lost", { layer: "upper", path: Buffer.alloc(0), evidence });
    expect(nextStep(resultWith([bare, lost]), all)).toBe("ovl-index explain xattrs-lost");
    expect(nextStep(resultWith([bare, { ...lost, severity: "warning" }]), all)).toBe(
      `ovl-index repair ${overlay}`,
    );
  });

  it("is the wider command where one finding asks for it", () => {
    const stale = finding("origin-invalid", {
      layer: "upper",
      path: Buffer.from("b"),
      evidence: { stored: "00", reason: "too short" },
    });
    expect(nextStep(resultWith([notIndexed("a"), { ...stale, severity: "error" }]), all)).toBe(
      `ovl-index repair ${overlay}`,
    );
  });

  it("is to build before the next export, where something has no index entry yet", () => {
    const early = { ...notIndexed("a"), severity: "warning" } as const;
    expect(nextStep(resultWith([early]), all)).toBe(`ovl-index build ${overlay}`);
    expect(nextStep(resultWith([early], { require: "index" }), all)).toMatch(/^mount /);
    // As after a build that had no answer to it.
    expect(nextStep(resultWith([early]), commands)).toMatch(/^mount /);
  });

  it("can be copied into a shell whatever the bytes of the paths", () => {
    const { overlay: stack, ...rest } = resultWith([]);
    const layers = stack.layers.map((layer) =>
      layer.role === "upper" ? { ...layer, path: Buffer.from("/o'\n\xff,x", "latin1") } : layer,
    );
    expect(nextStep({ ...rest, overlay: { ...stack, layers } }, all)).toBe(
      "mount -t overlay overlay -o $'lowerdir=/ovl/lower,upperdir=/o\\'\\x0a\\xff\\\\,x,workdir=/ovl/work,index=on,nfs_export=on' MOUNTPOINT",
    );
  });
});

describe("exit codes", () => {
  const warning = finding("impure-missing", {
    layer: "upper",
    path: Buffer.from("d"),
    evidence: { child: "f" },
  });

  it.each([
    ["clean", resultWith([]), false, 0],
    ["an error", resultWith([notIndexed("a")]), false, 4],
    ["a warning", resultWith([warning]), false, 0],
    ["a warning, strict", resultWith([warning]), true, 4],
    ["info, strict", resultWith([orphanWhiteout("w")]), true, 0],
    ["not ready without a finding", resultWith([], { ready: false }), false, 4],
    ["not read to the end", resultWith([unreadable], { complete: false, ready: false }), false, 8],
    [
      "not read to the end, and an error",
      resultWith([unreadable, notIndexed("a")], { complete: false }),
      false,
      12,
    ],
    ["in use", resultWith([inUse], { provisional: true }), false, 8],
  ])("%s: %#", (_name, result, strict, code) => {
    expect(exitCode(result, strict)).toBe(code);
  });
});

describe("colour", () => {
  it.each([
    [{ isTTY: true }, {}, true],
    [{ isTTY: true }, { NO_COLOR: "1" }, false],
    [{ isTTY: true }, { NO_COLOR: "" }, true],
    [{ isTTY: true }, { TERM: "dumb" }, false],
    [{}, {}, false],
  ])("%j %j: %s", (stream, env, wanted) => {
    expect(wantsColour(stream, env)).toBe(wanted);
  });
});

describe("a very long report", () => {
  it("is printed like any other", () => {
    const many = Array.from({ length: 200_000 }, (_, i) => notIndexed(`f${i}`));
    let lines = 0;
    for (const _line of humanReport(resultWith(many), { ...plain, all: true })) lines += 1;
    expect(lines).toBeGreaterThan(200_000);
  });
});
