import { describe, expect, it } from "vitest";
import { specFromMountPoint } from "../../../src/lib/mount/lookup.js";
import { dropInDirectories } from "../../../src/lib/mount/systemd.js";
import { placeIn, type Tree } from "./tree.js";

const unit = (where: string, options: string): string =>
  `[Unit]\nDescription=x\n[Mount]\nWhat=overlay\nWhere=${where}\nType=overlay\nOptions=${options}\n`;

const SYSTEM: Tree = {
  "/etc/fstab": "overlay /mnt/fstab overlay lowerdir=/f 0 0\n",
  "/etc/systemd/system/srv-data.mount": unit("/srv/data", "\\\n# a comment\nlowerdir=/a%%b,index=on"),
  "/usr/lib/systemd/system/srv-data.mount": unit("/srv/data", "lowerdir=/vendor"),
  "/etc/systemd/system/srv-masked.mount": "->/dev/null",
  "/usr/lib/systemd/system/srv-masked.mount": unit("/srv/masked", "lowerdir=/masked"),
  "/etc/systemd/system/deep-drop.mount": unit("/deep/drop", "lowerdir=/main"),
  "/usr/lib/systemd/system/deep-drop.mount.d/50-b.conf": "[Mount]\nOptions=lowerdir=/late\n",
  "/run/systemd/system/deep-.mount.d/50-b.conf": "[Mount]\nOptions=lowerdir=/less-specific\n",
  "/run/systemd/system/deep-.mount.d/10-a.conf": "[Mount]\nOptions=lowerdir=/early\n",
  "/etc/systemd/system/deep-other.mount": unit("/deep/other", "lowerdir=/main"),
  "/etc/systemd/system/srv-wrong.mount": unit("/srv/other", "lowerdir=/a"),
  "/etc/systemd/system/srv-percent.mount": unit("/srv/percent", "lowerdir=%h/a"),
  "/etc/systemd/system/srv-ext4.mount": "[Mount]\nWhere=/srv/ext4\nType=ext4\n",
  "/etc/systemd/system/srv-linked.mount": "->/usr/lib/linked.mount",
  "/home/units/srv-file.mount": unit("/srv/file", "lowerdir=/from-file"),
  "/home/units/srv-file.mount.d/a.conf": "[Mount]\nOptions=lowerdir=/from-drop-in\n",
  "/img/etc/systemd/system/srv-data.mount": "->/usr/lib/data",
  "/img/usr/lib/data": unit("/srv/data", "lowerdir=/l/../../x"),
};

function look(named: string, root: string | null = null) {
  const result = specFromMountPoint(Buffer.from(named), placeIn(SYSTEM, { root }));
  if (!result.ok) return `${result.error.option}: ${result.error.reason}`;
  return { source: result.spec.source, lower: result.spec.lower.map(String), options: result.spec.options };
}

describe("mount units", () => {
  it.each(["/srv/data", "srv-data.mount"])(
    "are found by %s: the nearest directory's, percent signs and joined lines undone",
    (named) => {
      expect(look(named)).toEqual({ source: "systemd", lower: ["/a%b"], options: { index: true } });
    },
  );

  it("have drop-ins, in the order of their names; of one name the most specific", () => {
    expect(look("/deep/drop")).toMatchObject({ lower: ["/late"] });
    expect(look("/deep/other")).toMatchObject({ lower: ["/less-specific"] });
    expect(dropInDirectories("srv-a\\x2db-c.mount")).toEqual([
      "srv-a\\x2db-c.mount.d",
      "srv-a\\x2db-.mount.d",
      "srv-.mount.d",
      "mount.d",
    ]);
    expect(dropInDirectories("-.mount")).toEqual(["-.mount.d", "mount.d"]);
  });

  it("are files anywhere", () => {
    expect(look("units/srv-file.mount")).toMatchObject({ lower: ["/from-drop-in"] });
    expect(look("/home/units/srv-file.mount")).toMatchObject({ lower: ["/from-drop-in"] });
    expect(look("units/none.mount")).toBe("/home/units/none.mount: ENOENT");
  });

  it.each([
    [
      "/srv/masked",
      "/srv/masked: no overlay is mounted there, and neither fstab nor a mount unit has one for it",
    ],
    ["srv-masked.mount", "srv-masked.mount: systemd has no such unit, or it is masked"],
    ["srv-ext4.mount", "/etc/systemd/system/srv-ext4.mount: mounts no overlay: its Type= is another"],
    ["srv-percent.mount", "/etc/systemd/system/srv-percent.mount: has a specifier in its Options="],
    [
      "srv-wrong.mount",
      "/etc/systemd/system/srv-wrong.mount: its name does not match its Where=: systemd wants srv-other.mount",
    ],
    ["/srv/linked", "/etc/systemd/system/srv-linked.mount: is no regular file"],
  ])("%s: %s", (named, line) => {
    expect(look(named)).toBe(line);
  });

  it("of an image tree: symlinks and .. lead nowhere outside", () => {
    expect(look("/srv/data", "/img")).toMatchObject({ source: "systemd", lower: ["/img/x"] });
    expect(look("srv-data.mount", "/img")).toMatchObject({ lower: ["/img/x"] });
    expect(look("/deep/drop", "/img")).toBe("/img/etc/fstab: ENOENT");
  });
});
