/** examples/nfs: what is exported is looked at before the server starts. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { program, ran, root } from "../support/cli.js";
import { hasCommand } from "../support/commands.js";
import { EXPORTED, INDEX_OFF, Past } from "../support/past.js";
import { needsRoot } from "../support/root.js";

const HOOK = join(root, "examples/nfs/check-exports");

describe.runIf(hasCommand("jq"))("check-exports", () => {
  needsRoot("with overlays", () => {
    let past: Past;
    let at: string;
    beforeEach(() => {
      past = new Past();
      at = past.stage.mnt.toString();
      mkdirSync(join(past.stage.root, "bin"));
      symlinkSync(program, join(past.stage.root, "bin/ovl-index"));
    });
    afterEach(() => past.dispose());

    const told = (exports: string, fstab = "") => {
      const file = (name: string, text: string) => {
        const path = join(past.stage.root, name);
        writeFileSync(path, text);
        return path;
      };
      const script = `mount --bind ${file("fstab", fstab)} /etc/fstab; PATH=${past.stage.root}/bin:$PATH ${HOOK} "$0"`;
      const own = ["--mount", "--propagation", "private", "bash", "-c", script, file("exports", exports)];
      const { status, stdout, stderr } = ran("unshare", own);
      expect(stdout).toBe("");
      return { status, lines: stderr.split("\n").filter((line) => line !== "") };
    };

    it("is content with overlays that are ready, and with what is none, however it is written", () => {
      past.live(EXPORTED, (mnt) => {
        mkdirSync(join(mnt, "a b"));
        mkdirSync(join(mnt, "c\\d"));
        writeFileSync(join(mnt, "a"), "new");
        const exports = `# all of it
${mnt} *(ro) \\
  10.0.0.0/24(rw)
  "${mnt}/a b" host(rw)
${mnt}/a\\040b *(ro)
${mnt}/c\\134d *(ro)

/usr *(ro)
`;
        expect(told(exports)).toEqual({ status: 0, lines: [] });
      });
    });

    it("tells one that is mounted without nfs_export", () => {
      past.live(INDEX_OFF, () => {
        const { status, lines } = told(`${at} *(ro)\n`);
        expect({ status, lines }).toEqual({
          status: 4,
          lines: [`check-exports: ${at}: the overlay is mounted without nfs_export=on`],
        });
      });
    });

    it("looks at those below an export only where it is with crossmnt", () => {
      past.live(INDEX_OFF, () => {
        const lines = [`check-exports: ${at}: the overlay is mounted without nfs_export=on`];
        expect(told(`${past.stage.root} *(ro)\n`)).toEqual({ status: 0, lines: [] });
        expect(told(`${past.stage.root} *(ro) host(rw,crossmnt)\n`)).toEqual({ status: 4, lines });
        expect(told(`"${past.stage.root}" -crossmnt *(ro)\n`)).toEqual({ status: 4, lines });
        expect(told(`"${past.stage.root}/bin" *(crossmnt)\n`)).toEqual({ status: 0, lines: [] });
      });
    });

    it("tells what is wrong with one, on one line each", () => {
      past.change();
      past.live(INDEX_OFF, (mnt) => {
        mkdirSync(join(mnt, "dir"));
        writeFileSync(join(mnt, "b\nb"), "");
      });
      past.live(EXPORTED, () => {
        const { status, lines } = told(`${at} *(ro)\n`);
        expect(status).toBe(4);
        expect(lines.map((line) => line.split(": ").slice(0, 4).join(": "))).toEqual([
          `check-exports: ${at}: copied-up-not-indexed: "a"`,
          `check-exports: ${at}: tombstone-missing: "b"`,
        ]);
      });
    });

    it("does not take exports that cannot be read for none", () => {
      expect(ran(HOOK, ["/no/exports"])).toMatchObject({
        status: 8,
        stderr: expect.stringContaining("check-exports: not all exports could be read"),
      });
    });

    it("tells one that should be mounted, and what is not there", () => {
      const { status, lines } = told(
        `${at} *(ro)\n/no/such *(ro)\n`,
        `overlay ${at} overlay ${past.options} 0 0\n`,
      );
      expect({ status, lines }).toEqual({
        status: 4 | 8,
        lines: [
          `check-exports: ${at}: its overlay is not mounted`,
          "check-exports: /no/such: no such directory",
        ],
      });
    });
  });
});
