/** Why an overlay in fstab is checked by nobody at boot, and by no `fsck` with its mount point: docs/pipelines.md. */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unitName } from "../../src/lib/mount/systemd.js";
import { ran } from "../support/cli.js";
import { needsRoot } from "../support/root.js";

const GENERATOR = "/usr/lib/systemd/system-generators/systemd-fstab-generator";

describe.each([0, 2])("an overlay in fstab with pass number %i", (pass) => {
  let dir: string;
  let fstab: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "ovl-index-fsck-"));
    fstab = join(dir, "fstab");
    for (const name of ["bin", "mnt", "upper"]) mkdirSync(join(dir, name));
    const layers = `lowerdir=${dir}/lower,upperdir=${dir}/upper,workdir=${dir}/work`;
    writeFileSync(fstab, `overlay ${dir}/mnt overlay ${layers} 0 ${pass}\n`);
    const fsck = join(dir, "bin/fsck.overlay");
    writeFileSync(fsck, "#!/bin/sh\necho called\nexit 4\n");
    chmodSync(fsck, 0o755);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  needsRoot("and fsck(8)", () => {
    const fsck = (args: string) => {
      const script = `mount --bind ${fstab} /etc/fstab; FSCK_PATH=${dir}/bin PATH=${dir}/bin:$PATH exec fsck -T ${args}`;
      return ran("unshare", ["--mount", "--propagation", "private", "sh", "-c", script]);
    };

    it.each(["-A", "-A -t overlay", "-t overlay", "-t overlay MNT", "MNT", "-t overlay overlay"])(
      "%s says nothing, does nothing, and ends in 0",
      (args) => {
        const said = fsck(args.replace("MNT", `${dir}/mnt`));
        expect(said).toEqual({ status: 0, stdout: "", stderr: "" });
      },
    );

    it("finds the program, for what is not in fstab", () => {
      expect(fsck(`-t overlay ${dir}/upper`)).toMatchObject({ status: 4, stdout: "called\n" });
    });
  });

  it("has systemd wait for no check of it, as it does for a disk", () => {
    const out = join(dir, "units");
    mkdirSync(out);
    appendFileSync(fstab, `/dev/disk ${dir}/disk ext4 defaults 0 2\n`);
    const env = { SYSTEMD_FSTAB: fstab, SYSTEMD_LOG_TARGET: "null" };
    expect(ran(GENERATOR, [out, out, out], { env }).status).toBe(0);
    const unit = (name: string) =>
      readFileSync(join(out, `${unitName(Buffer.from(join(dir, name)))}.mount`), "utf8");
    expect(unit("disk")).toContain("systemd-fsck@dev-disk.service");
    expect(unit("mnt")).toContain("Type=overlay");
    expect(unit("mnt")).not.toContain("systemd-fsck");
  });
});
