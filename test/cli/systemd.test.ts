/** Units that check an overlay before it is mounted, run by a systemd of their own. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unitName } from "../../src/lib/mount/systemd.js";
import { document, ovlIndex, root } from "../support/cli.js";
import { hasCommand } from "../support/commands.js";
import { EXPORTED, Past } from "../support/past.js";
import { needsRoot } from "../support/root.js";
import { underSystemd } from "../support/systemd.js";

const UNIT = "ovl-index-check@.service";
const shipped = readFileSync(join(root, "systemd", UNIT), "utf8");

describe.runIf(hasCommand("systemd-analyze"))("units", () => {
  needsRoot("of an overlay that was exported", () => {
    let past: Past;
    let at: string;
    let name: string;
    let check: string;
    beforeEach(() => {
      past = new Past();
      past.live(EXPORTED, () => undefined);
      at = past.stage.mnt.toString();
      name = unitName(past.stage.mnt);
      check = UNIT.replace("@", `@${name}`);
    });
    afterEach(() => past.dispose());

    const exported = (format: string): string => {
      const asked = ["export", "--format", format, "--mountpoint", at, "-o", past.options];
      const { status, stdout } = ovlIndex(asked);
      expect(status).toBe(0);
      return stdout;
    };
    const unitsExported = (): Record<string, string> => {
      const { blocks } = document(exported("json"), "export-1");
      const { pieces } = blocks.find((block: { name: string }) => block.name === "systemd");
      return Object.fromEntries(
        pieces.map(({ file, text }: { file: string; text: string }) => [
          file.replace("/etc/systemd/system/", ""),
          text,
        ]),
      );
    };
    /** A server that tells what it would export. */
    const server = () => `[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'mountpoint -q ${at} && echo the overlay >/run/served || echo nothing >/run/served'
`;
    const functions = () => `
mount_unit='${name}.mount' check='${check}'
state() {
  mountpoint -q ${at} && mounted=yes || mounted=no
  echo "$1: mount $(systemctl is-active $mount_unit), check $(systemctl is-active $check), mounted $mounted"
}
run_of() { systemctl show -P InvocationID $check; }
until_inactive() { while systemctl is-active -q $1; do :; done; }
off() {
  mkdir /run/off
  mount -t overlay overlay -o ${past.options},index=off /run/off
  echo new >/run/off/a
  umount /run/off
}
`;

    it("run where they can change nothing but what they are given", () => {
      const said = underSystemd(past.stage.root, {
        units: {},
        script: `
while read -r _ at type options _; do
  case $type/$options in tmpfs/* | proc/* | cgroup*/* | devpts/*) ;; */rw*) echo $at ;; esac
done </proc/mounts
: >/proc/sys/kernel/hostname
: >/sys/module/overlay/parameters/index
ls /dev/disk /dev/loop0
systemctl start sysinit.target`,
      });
      const own = /^.*ovl-index-systemd-[^/]*$/;
      expect(said.map((line) => line.replace(own, "its own").replace(/^.*: /, ""))).toEqual([
        past.dir,
        "its own",
        "Read-only file system",
        "Read-only file system",
        "No such file or directory",
        "No such file or directory",
        "Unit sysinit.target not found.",
      ]);
    });

    it("check before each mount, once, and keep it from being mounted where it is not ready", () => {
      const said = underSystemd(past.stage.root, {
        units: { ...unitsExported(), "nfs-server.service": server(), "nfs-ganesha.service": server() },
        script: `${functions()}
systemctl enable $mount_unit $check 2>/dev/null
systemctl start $mount_unit nfs-server.service; state "started, $?"; echo "serves $(cat /run/served)"
first=$(run_of)
systemctl start $mount_unit; state "started again, $?"; [ "$(run_of)" = "$first" ] && echo "not checked again"
systemctl stop $mount_unit; until_inactive $check; state stopped
systemctl start $mount_unit; [ "$(run_of)" != "$first" ] && state "checked before the next mount"
umount ${at}; until_inactive $mount_unit; until_inactive $check; state "unmounted by hand"
off
systemctl start $mount_unit 2>/dev/null; state "damaged, $?"
systemctl start nfs-ganesha.service 2>/dev/null; echo "ganesha: $?, $(systemctl is-active nfs-ganesha.service)"
ovl-index build -y -o ${past.options} >/dev/null
systemctl start nfs-ganesha.service; state "built, $?"
`,
      });
      expect(said).toEqual([
        "started, 0: mount active, check active, mounted yes",
        "serves the overlay",
        "started again, 0: mount active, check active, mounted yes",
        "not checked again",
        "stopped: mount inactive, check inactive, mounted no",
        "checked before the next mount: mount active, check active, mounted yes",
        "unmounted by hand: mount inactive, check inactive, mounted no",
        "damaged, 1: mount inactive, check failed, mounted no",
        "ganesha: 1, inactive",
        "built, 0: mount active, check active, mounted yes",
      ]);
    });

    it("serve a line of fstab, where nofail keeps a failed check from ending the boot", () => {
      const line = exported("fstab");
      const said = underSystemd(past.stage.root, {
        units: {
          [UNIT]: shipped,
          "emergency.service":
            "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/touch /run/emergency\n",
        },
        fstab: line.replace(" 0 0", ",nofail 0 0"),
        script: `${functions()}
systemd-analyze verify --man=no --recursive-errors=no $check; echo "verified, $?"
systemctl enable $check 2>/dev/null
systemctl start local-fs.target; until systemctl is-active -q $mount_unit; do :; done; state "started, $?"
systemctl stop local-fs.target $mount_unit; until_inactive $check
off
systemctl start local-fs.target; echo "damaged, $?"
while ! systemctl is-failed -q $check; do :; done; state nofail; ls /run/emergency 2>/dev/null
systemctl stop local-fs.target; systemctl reset-failed
cat >/etc/fstab <<'FSTAB'
${line.trim()}
FSTAB
systemctl daemon-reload
systemctl start local-fs.target 2>/dev/null; state "without it, $?"
while ! [ -e /run/emergency ]; do :; done; echo emergency
`,
      });
      expect(said).toEqual([
        "verified, 0",
        "started, 0: mount active, check active, mounted yes",
        "damaged, 0",
        "nofail: mount inactive, check failed, mounted no",
        "without it, 1: mount inactive, check failed, mounted no",
        "emergency",
      ]);
    });
  });
});
