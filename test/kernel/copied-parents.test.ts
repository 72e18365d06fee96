/**
 * What fsck.overlay copies up on its way to a missing whiteout shows as before on a real mount, but for the name that is
 * covered; the kernel takes the overlay, and handles that clients hold lead to the same directories.
 */
import { chmodSync, chownSync, lstatSync, utimesSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fsck } from "../../src/lib/fsck/fsck.js";
import { attempt } from "../../src/lib/host/files.js";
import { Overlay } from "../fixtures/support/overlay.js";
import { needsRoot } from "../support/root.js";
import { errnoName, must, sys } from "../support/sys.js";
import { names, printable, under } from "../support/tree.js";

const LONG_AGO = new Date("2001-02-03T04:05:06.789Z");
/** struct posix_acl_xattr_header, and an entry for user 7 among those of owner, group, mask and others. */
const ACL = Buffer.from(
  `02000000${[
    ["0100", "ffffffff"],
    ["0200", "07000000"],
    ["0400", "ffffffff"],
    ["1000", "ffffffff"],
    ["2000", "ffffffff"],
  ]
    .map(([tag, id]) => `${tag}0500${id}`)
    .join("")}`,
  "hex",
);

/** Everything of every name but link counts of directories, which filesystems count as they like, and when it was read. */
function view(o: Overlay): Map<string, string> {
  o.mount("plain");
  try {
    const { mnt } = o.stage;
    const rows: [string, string][] = [];
    const visit = (rel: Buffer): void => {
      const path = rel.length === 0 ? mnt : under(mnt, rel);
      const stat = attempt(() => lstatSync(path, { bigint: true }));
      if (typeof stat === "number") {
        rows.push([printable(rel), errnoName(stat)]);
        return;
      }
      const { mode, uid, gid, ino, size, mtimeNs } = stat;
      const list = sys.listxattr(path);
      const xattrs = (typeof list === "number" ? "" : list.toString("latin1"))
        .split("\0")
        .sort()
        .map((name) => [name, name === "" ? "" : sys.getxattr(path, Buffer.from(name, "latin1"))]);
      const looks = [mode, uid, gid, ino, stat.isDirectory() ? "" : size, mtimeNs].join(" ");
      rows.push([printable(rel), `${looks} ${JSON.stringify(xattrs)}`]);
      if (stat.isDirectory())
        for (const name of names(path)) visit(rel.length === 0 ? name : under(rel, name));
    };
    visit(Buffer.alloc(0));
    return new Map(rows);
  } finally {
    o.umount();
  }
}

function looksOf(o: Overlay, where: string): object {
  const { mode, uid, gid, atimeNs, mtimeNs } = lstatSync(o.path(where), { bigint: true });
  return { mode, uid, gid, atimeNs, mtimeNs };
}

needsRoot("directories that are copied up", () => {
  describe.each(["ext4", "xfs", "btrfs"] as const)("on %s", (fs) => {
    it.each([1, 2])("show as before, layers on %i filesystems", async (disks) => {
      const o = new Overlay({ fs, disks });
      try {
        o.files("lower/p/q/origin/f", "lower/p/q/other", "lower/p/g", "lower/e/f");
        for (const [i, dir] of ["lower/p", "lower/p/q"].entries()) {
          const path = o.path(dir);
          chmodSync(path, 0o2750 + i);
          chownSync(path, 10 + i, 20 + i);
          must(sys.setxattr(path, Buffer.from("user.note"), Buffer.from(dir), 0), "setxattr");
          must(sys.setxattr(path, Buffer.from("trusted.note"), Buffer.alloc(0), 0), "setxattr");
          for (const name of ["system.posix_acl_access", "system.posix_acl_default"])
            must(sys.setxattr(path, Buffer.from(name), ACL, 0), "setxattr");
        }
        for (const dir of ["lower/p/q", "lower/p", "lower"]) utimesSync(o.path(dir), LONG_AGO, LONG_AGO);
        o.live(() => {
          o.chmod("mnt/e", 0o700);
          o.client("mnt/p", "mnt/p/q", "mnt/p/q/origin", "mnt/p/q/other");
        });
        o.live(() => o.move("mnt/p/q/origin", "mnt/d"));
        for (const name of ["lower/p", "lower/p/q"]) o.remove(o.entry(name));
        o.remove("upper/p");
        const before = view(o);
        const { lower, upper = null, work = null } = o.mountOf("plain");
        const spec = { source: "-o", lower, data: [], upper, work, options: {} };
        const { exit, features } = await fsck(spec, { mode: "preen", asked: () => false });
        expect({ exit, require: features.require }).toEqual({ exit: 1, require: "nfs-export" });
        for (const dir of ["p", "p/q"])
          expect(looksOf(o, `upper/${dir}`)).toEqual(looksOf(o, `lower/${dir}`));
        const after = view(o);
        for (const name of before.keys()) if (/^p\/q\/origin(\/|$)/.test(name)) before.delete(name);
        expect([...after]).toEqual([...before]);
        expect(after.has("d/f")).toBe(true);
        o.mount("nfs-export");
        const read = (name: string): string => o.readHeld(`mnt/${name}`);
        expect(["p", "p/q", "p/q/origin", "p/q/other"].map(read)).toEqual([
          "g q",
          "other",
          "f",
          "lower/p/q/other",
        ]);
        o.file("mnt/p/q/new");
        expect([read("p/q"), o.ino("mnt/p/q")]).toEqual(["new other", o.ino("mnt/p/q")]);
        o.umount();
        expect((await fsck(spec, { mode: "preen", asked: () => false })).exit).toBe(0);
      } finally {
        o.dispose();
      }
    });
  });
});
