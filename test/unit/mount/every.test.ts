import { describe, expect, it } from "vitest";
import { KCONFIG_DEFAULTS } from "../../../src/lib/mount/defaults.js";
import { everyOverlay } from "../../../src/lib/mount/every.js";
import { specFromMountPoint } from "../../../src/lib/mount/lookup.js";
import { placeIn, type Tree } from "./tree.js";

const MOUNTINFO = [
  "22 1 8:1 / / rw - ext4 /dev/sda1 rw",
  "40 22 0:40 / /mnt/one rw - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w,index=on,uuid=on",
  "41 22 0:40 /sub /mnt/bind rw - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w,index=on,uuid=on",
  "43 22 0:43 / /mnt/two rw - overlay overlay rw,lowerdir=/l2,upperdir=/u2,workdir=/w2",
  "42 22 0:42 / /mnt/future rw - overlay overlay rw,lowerdir=,upperdir=",
].join("\n");
const FSTAB = [
  "overlay /mnt/one overlay noauto,lowerdir=/l,upperdir=/u,workdir=/w,index=on,xino=off 0 0",
  "overlay /mnt/one overlay lowerdir=/l,upperdir=/u,workdir=/w",
  "overlay /mnt/two overlay lowerdir=/l2,upperdir=/u2,workdir=/w2,index=off,metacopy=off,redirect_dir=follow",
  "overlay /mnt/bad overlay lowerdir=/l,indx=on",
].join("\n");
const SYSTEM: Tree = {
  "/proc/self/mountinfo": MOUNTINFO,
  "/etc/fstab": FSTAB,
  "/etc/systemd/system/srv-a.mount": "[Mount]\nWhere=/srv/a\nType=overlay\nOptions=lowerdir=/a",
  "/etc/systemd/system/srv-b.mount": "[Mount]\nWhere=/srv/b\nType=ext4",
  "/etc/systemd/system/notes.txt": "",
};

function every(tree: Tree, root: string | null = null) {
  const { overlays, unread } = everyOverlay(placeIn(tree, { root }), KCONFIG_DEFAULTS);
  return {
    overlays: overlays.map(({ name, names, result }) => [
      name.toString(),
      names.map(({ from, mountPoint }) => `${from} ${mountPoint}`).join(", "),
      result.ok ? result.spec.source : result.error.reason,
    ]),
    unread: unread.map(({ error }) => `${error.option}: ${error.reason}`),
  };
}

describe("every overlay", () => {
  it("is told once, whatever names it; what differs is told apart", () => {
    expect(every(SYSTEM)).toEqual({
      overlays: [
        ["/mnt/one", "mountinfo /mnt/one, mountinfo /mnt/bind, fstab /mnt/one", "mountinfo"],
        ["/mnt/two", "mountinfo /mnt/two, fstab /mnt/two", "mountinfo"],
        ["/mnt/future", "mountinfo /mnt/future", "needs a value"],
        ["/mnt/one (fstab)", "fstab /mnt/one", "fstab"],
        ["/mnt/bad", "fstab /mnt/bad", "unknown option"],
        ["/srv/a", "systemd /srv/a", "systemd"],
      ],
      unread: [],
    });
  });

  it("of an image tree is in its own fstab and units, not in this system's mountinfo", () => {
    const tree = Object.fromEntries(Object.entries(SYSTEM).map(([path, text]) => [`/img${path}`, text]));
    const { overlays } = every({ ...SYSTEM, ...tree }, "/img");
    const names = ["/mnt/one", "/mnt/one (fstab)", "/mnt/two", "/mnt/bad", "/srv/a"];
    expect(overlays.map(([name]) => name)).toEqual(names);
  });

  it("may be more than is told where a list cannot be read", () => {
    expect(every({}).unread).toEqual(["/proc/self/mountinfo: ENOENT"]);
    expect(every({ ...SYSTEM, "/etc/fstab": "->fstab" }).unread).toEqual(["/etc/fstab: is no regular file"]);
  });
});

describe("an overlay that was mounted with relative paths", () => {
  const mounted = (at: string, options: string): string =>
    `40 22 0:40 / ${at} rw - overlay overlay rw,${options}`;
  const look = (tree: Tree, at: string, cwd = "/home") => {
    const result = specFromMountPoint(Buffer.from(at), placeIn(tree, { cwd }));
    if (!result.ok) return result.error.reason;
    const { source, lower, upper } = result.spec;
    return { source, lower: lower.map(String), upper: String(upper) };
  };
  const STORE = "/var/lib/docker/overlay2";
  const CONTAINER: Tree = {
    "/proc/self/mountinfo": mounted(
      `${STORE}/ID/merged`,
      "lowerdir=l/ABC:l/DEF,upperdir=ID/diff,workdir=ID/work",
    ),
    [`${STORE}/ID/diff/f`]: "",
    [`${STORE}/ID/work/f`]: "",
    [`${STORE}/l/ABC`]: "->../ID-init/diff",
    [`${STORE}/l/DEF`]: "->../BASE/diff",
  };

  it("of a container's is found in its storage, short links followed", () => {
    const found = { lower: [`${STORE}/ID-init/diff`, `${STORE}/BASE/diff`], upper: `${STORE}/ID/diff` };
    expect(look(CONTAINER, `${STORE}/ID/merged`)).toEqual({
      ...found,
      source: `mountinfo (relative paths, taken from ${STORE})`,
    });
    const absolute = `lowerdir=${STORE}/l/ABC:${STORE}/l/DEF,upperdir=${STORE}/ID/diff,workdir=${STORE}/ID/work`;
    const tree = { ...CONTAINER, "/proc/self/mountinfo": mounted("/m", absolute) };
    expect(look(tree, "/m")).toEqual({ ...found, source: "mountinfo" });
  });

  it("of containerd's is found beside its upper layer", () => {
    const S = "/var/lib/containerd/snapshots";
    const tree = {
      "/proc/self/mountinfo": mounted(
        "/run/rootfs",
        `lowerdir=2/fs:1/fs,upperdir=${S}/3/fs,workdir=${S}/3/work`,
      ),
      ...Object.fromEntries(["1/fs", "2/fs", "3/fs", "3/work"].map((name) => [`${S}/${name}/f`, ""])),
    };
    expect(look(tree, "/run/rootfs")).toMatchObject({ lower: [`${S}/2/fs`, `${S}/1/fs`] });
  });

  it("is not guessed where two directories have such layers", () => {
    const tree = {
      ...CONTAINER,
      "/home/l/ABC": "",
      "/home/l/DEF": "",
      "/home/ID/diff": "",
      "/home/ID/work": "",
    };
    expect(look(tree, `${STORE}/ID/merged`)).toBe(
      `it was mounted with relative paths, which lead to layers below ${STORE} and to others below /home: say with -o or --lower, --upper, --work which it has`,
    );
  });

  it("keeps other links as they are", () => {
    const tree = {
      "/proc/self/mountinfo": mounted("/m", "lowerdir=/s/l/A:/s/x/B:/s/l/C,upperdir=/u,workdir=/w"),
      "/s/l/A": "->/etc/diff",
      "/s/x/B": "->../ID/diff",
      "/s/l/C": "->../ID/other",
    };
    expect(look(tree, "/m")).toMatchObject({ lower: ["/s/l/A", "/s/x/B", "/s/l/C"] });
  });
});
