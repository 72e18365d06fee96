import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { LETTERS } from "../../../scripts/fsck-model.js";
import { parseArguments } from "../../../src/fsck-overlay/arguments.js";
import { hasCommand } from "../../support/commands.js";
import { SHELLS } from "../../support/shells.js";

describe("letters", () => {
  it("are all that the program takes", () => {
    const all = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"];
    const taken = all.filter((letter) => !("usage" in parseArguments([`-${letter}`, "3"])));
    expect(LETTERS.map(({ letter }) => letter).sort()).toEqual(taken.sort());
    for (const { letter, value } of LETTERS)
      expect("usage" in parseArguments([`-${letter}`])).toBe(value !== null);
  });
});

describe.each(Object.entries(SHELLS))("%s", (name, offers) => {
  describe.runIf(hasCommand(name))("offers", () => {
    const dir = mkdtempSync(join(tmpdir(), "ovl-index-complete-"));
    for (const below of ["lower", "upper"]) mkdirSync(join(dir, below));
    afterAll(() => rmSync(dir, { recursive: true }));
    /** What is behind the last slash, comma or colon; zsh tells some twice. */
    const last = (words: readonly string[]) => [
      ...new Set(words.map((word) => word.replace(/\/$/, "").split(/[/,:]/).at(-1))),
    ];

    it("letters and long options", () => {
      const dashed = offers("fsck.overlay -");
      for (const { letter } of LETTERS) expect(dashed).toContain(`-${letter}`);
      expect(offers("fsck.overlay --ver")).toEqual(["--verbose", "--version"]);
    });

    it("mount options, and more of them after a comma", () => {
      expect(last(offers("fsck.overlay -n -o upp")).map((word) => word?.replace("=", ""))).toEqual([
        "upperdir",
      ]);
      expect(last(offers("fsck.overlay -o lowerdir=/a,work")).map((word) => word?.replace("=", ""))).toEqual([
        "workdir",
      ]);
    });

    it("words of an option that chooses among them", () => {
      const chosen = offers("fsck.overlay -o redirect_dir=").map((word) => word.replace("redirect_dir=", ""));
      expect(chosen).toEqual(["follow", "nofollow", "off", "on"]);
    });

    it("directories for layers, also behind a colon, and for the mount point", () => {
      for (const options of [`lowerdir=${dir}/lo`, `upperdir=/u,lowerdir=/a:${dir}/lo`])
        expect(last(offers(`fsck.overlay -n -o ${options}`)), options).toEqual(["lower"]);
      expect(last(offers(`fsck.overlay -n ${dir}/upp`))).toEqual(["upper"]);
    });
  });
});
