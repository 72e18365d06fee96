import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forecast, mountOutcome } from "../support/mount-forecast.js";
import { Disk, Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { MNT_DETACH, MS_BIND, MS_RDONLY, MS_REMOUNT, must, sys } from "../support/sys.js";

/** What mount(2) does with an option string is what is foretold from the same string: its errno, or the options in force. */

let stage: Stage;
let undo: (() => void)[];

/** `$` is the first disk, `$1` the second, `$s` the directory that holds all of them. */
function expand(text: string): Buffer {
  return Buffer.from(
    text.replaceAll(/\$([0-9s]?)/g, (_, which: string) =>
      which === "s" ? stage.root : stage.path(Number(which || "0"), ".").toString(),
    ),
  );
}
const path = (text: string): string => expand(text).toString();

function mount(type: string, target: string, flags = 0, source = type, data = ""): void {
  mkdirSync(path(target), { recursive: true });
  const [from, to] = [expand(source), expand(target)];
  must(sys.mount(from, to, Buffer.from(type), flags, expand(data)), `mount of ${target}`);
  undo.push(() => void sys.umount(to, MNT_DETACH));
}

function setOrigin(value: string): void {
  must(
    sys.setxattr(expand("$/up"), Buffer.from("trusted.overlay.origin"), Buffer.from(value, "hex"), 0),
    "setxattr",
  );
}

const UP = "upperdir=$/up,workdir=$/wk";
const BASE = `lowerdir=$/l1,${UP}`;
const FOREIGN_ORIGIN = "00fb1d0001975c6bf2ebaa4de489d6f8316176e741847e00009fe44e64";

needsRoot("mount(2) and its forecast", () => {
  beforeEach(() => {
    undo = [];
    stage = Stage.create("ext4", 2);
    stage.mountDisks();
    for (const dir of ["$/l1/in", "$/l2", "$/up/in", "$/wk/in", "$1/up", "$1/wk", "$1/low"]) {
      mkdirSync(path(dir), { recursive: true });
    }
    writeFileSync(path("$/file"), "");
    symlinkSync("l1", path("$/link"));
  });
  afterEach(() => {
    for (const step of undo.reverse()) step();
    stage.dispose();
  });

  function agree(data: string, causes: string[], fallbacks: string[] = []): void {
    const string = expand(data);
    const foretold = forecast(string);
    const real = mountOutcome(stage.mnt, string);
    expect({ errno: foretold.errno, inForce: foretold.inForce }).toEqual(real);
    expect(foretold.causes).toEqual(causes);
    expect(foretold.fallbacks).toEqual(fallbacks);
    expect(foretold.problems).toEqual([]);
  }

  describe("paths", () => {
    it.each([
      ["all there", BASE, []],
      ["through a symlink", `lowerdir=$/link,${UP}`, []],
      ["missing lower", `lowerdir=$/no,${UP}`, ["layer-missing"]],
      ["missing upper", "lowerdir=$/l1,upperdir=$/no,workdir=$/wk", ["layer-missing"]],
      ["missing work", "lowerdir=$/l1,upperdir=$/up,workdir=$/no", ["layer-missing"]],
      ["missing work of a lower-only mount", "lowerdir=$/l1:$/l2,workdir=$/no", ["layer-missing"]],
      ["lower is a file", `lowerdir=$/file,${UP}`, ["layer-not-directory"]],
      ["upper is a file", "lowerdir=$/l1,upperdir=$/file,workdir=$/wk", ["layer-not-directory"]],
      ["below a file", `lowerdir=$/file/x,${UP}`, ["layer-missing"]],
      [
        "missing lower before a bad upper",
        "lowerdir=$/no,upperdir=$/file,workdir=$/wk",
        ["layer-missing", "layer-not-directory"],
      ],
      [
        "bad upper before a missing lower",
        "upperdir=$/file,lowerdir=$/no,workdir=$/wk",
        ["layer-not-directory", "layer-missing"],
      ],
      [
        "missing work before bad options",
        "lowerdir=$/l1,upperdir=$/up,workdir=$/no,nfs_export=on,index=off",
        ["layer-missing"],
      ],
      ["upper without work", "lowerdir=$/l1,upperdir=$/up", ["work-missing"]],
      ["no lower", UP, ["too-few-layers"]],
      ["data-only layers alone", `datadir+=$/l1,${UP}`, ["too-few-layers"]],
      ["one lower, no upper", "lowerdir=$/l1", ["too-few-layers"]],
      ["two lowers, no upper", "lowerdir=$/l1:$/l2", []],
      ["one lower and a data-only layer", "lowerdir=$/l1::$/l2", []],
      ["layers added one by one", `lowerdir+=$/l1,lowerdir+=$/l2,${UP}`, []],
    ])("%s", (_name, data, causes) => agree(data, causes));
  });

  describe("option strings", () => {
    it.each([
      [`${BASE},nosuchoption=1`],
      [`${BASE},userxattr=1`],
      [`${BASE},index=1`],
      [`${BASE},index`],
      [`${BASE},fsync=on`],
      ["lowerdir=$/l1:::$/l2"],
      ["lowerdir=$/l1:"],
      ["lowerdir=:$/l1"],
      [`lowerdir=$/l1,lowerdir+=$/l2,${UP}`],
      [`datadir+=$/l1,lowerdir+=$/l2,${UP}`],
    ])("%s is refused", (data) => agree(data, ["mount-option-invalid"]));

    it.each([
      [`,,${BASE},,=3,`],
      [`${BASE},override_creds,default_permissions,xino=on`],
      [`lowerdir+=$/no-matter/../l1,lowerdir=$/l2,${UP}`.replace("/no-matter/..", "")],
      [`${BASE},fsync=strict`],
    ])("%s is taken", (data) => agree(data, []));
  });

  describe("how layers lie", () => {
    it.each([
      ["twice", `lowerdir=$/l1:$/l1,${UP}`, ["layer-twice"]],
      ["twice, by symlink", `lowerdir=$/l1:$/link,${UP}`, ["layer-twice"]],
      ["lower is upper", `lowerdir=$/up,${UP}`, ["layer-twice"]],
      ["lower is work", `lowerdir=$/wk,${UP}`, ["layer-twice"]],
      ["data-only layer is lower", `lowerdir=$/l1::$/l1,${UP}`, ["layer-twice"]],
      ["lower inside lower", `lowerdir=$/l1/in:$/l1,${UP}`, ["layers-overlap"]],
      ["lower above lower", `lowerdir=$/l1:$/l1/in,${UP},index=on`, ["layers-overlap"]],
      ["lower inside upper", `lowerdir=$/up/in,${UP}`, ["layers-overlap"]],
      ["lower inside work", `lowerdir=$/wk/in,${UP}`, ["layers-overlap"]],
      ["upper inside lower", "lowerdir=$/up,upperdir=$/up/in,workdir=$/wk", []],
      ["work inside lower", "lowerdir=$/wk,upperdir=$/up,workdir=$/wk/in", []],
      ["lower is the whole filesystem", `lowerdir=$,${UP}`, []],
      ["work inside upper", "lowerdir=$/l1,upperdir=$/up,workdir=$/up/in", ["work-inside-upper"]],
      ["upper inside work", "lowerdir=$/l1,upperdir=$/wk/in,workdir=$/wk", ["work-inside-upper"]],
      ["work is upper", "lowerdir=$/l1,upperdir=$/up,workdir=$/up", ["work-inside-upper"]],
      ["work on another filesystem", "lowerdir=$/l1,upperdir=$/up,workdir=$1/wk", ["work-other-mount"]],
    ])("%s", (_name, data, causes) => agree(data, causes));

    it("bind mounts hide nothing", () => {
      mount("none", "$s/bind", MS_BIND, "$");
      agree("lowerdir=$/l1,upperdir=$/up,workdir=$s/bind/wk", ["work-other-mount"]);
      agree(`lowerdir=$s/bind/up/in,${UP}`, ["layers-overlap"]);
      agree(`lowerdir=$s/bind/l1:$/l1,${UP}`, ["layer-twice"]);
      mount("none", "$s/deep", MS_BIND, "$/up/in");
      agree(`lowerdir=$s/deep,${UP}`, ["layers-overlap"]);
    });

    it("a mismatch of the roots comes before overlapping layers", () => {
      setOrigin(FOREIGN_ORIGIN);
      const data = `lowerdir=$/l1:$/l1/in,${UP},index=on`;
      expect(mountOutcome(stage.mnt, expand(data)).errno).toBe("ESTALE");
      expect(forecast(expand(data)).causes).toEqual(["layers-overlap"]);
    });

    it("an invalid origin of the root is replaced as an absent one is", () => {
      setOrigin("00fb");
      agree(`${BASE},index=on`, []);
    });
  });

  describe("read-only and unfit filesystems", () => {
    it("upper on a read-only bind mount", () => {
      mount("none", "$s/bind", MS_BIND, "$");
      must(
        sys.mount(
          expand("none"),
          expand("$s/bind"),
          Buffer.from("none"),
          MS_BIND | MS_REMOUNT | MS_RDONLY,
          Buffer.alloc(0),
        ),
        "ro",
      );
      agree("lowerdir=$/l1,upperdir=$s/bind/up,workdir=$s/bind/wk", ["upper-readonly", "upper-readonly"]);
      agree("lowerdir=$s/bind/l1,upperdir=$/up,workdir=$/wk,index=on,nfs_export=on", []);
    });

    it("upper on a read-only filesystem", () => {
      must(
        sys.mount(expand("none"), expand("$"), Buffer.from("none"), MS_REMOUNT | MS_RDONLY, Buffer.alloc(0)),
        "ro",
      );
      agree(BASE, ["upper-readonly", "upper-readonly"]);
      agree("lowerdir=$/l1,upperdir=$/up,workdir=$/no", ["upper-readonly", "layer-missing"]);
    });

    it("an overlay as a layer", () => {
      mount("overlay", "$s/nested", 0, "overlay", "lowerdir=$/l1,upperdir=$/up,workdir=$/wk");
      agree("lowerdir=$/l2,upperdir=$s/nested,workdir=$s/nested", [
        "upper-not-supported",
        "upper-not-supported",
        "work-inside-upper",
      ]);
      const other = "upperdir=$1/up,workdir=$1/wk";
      agree(
        `lowerdir=$s/nested,${other},nfs_export=on`,
        [],
        ["index: fs-no-handles", "nfs_export: fs-no-handles"],
      );
      agree(`lowerdir=$s/nested,${other}`, []);
    });

    it("proc as a layer", () => {
      mount("proc", "$s/proc");
      agree(`lowerdir=$s/proc/sys,${UP}`, ["upper-not-supported"]);
    });

    it("tmpfs as lower and as upper", () => {
      mount("tmpfs", "$s/t");
      for (const dir of ["low", "up", "wk"]) mkdirSync(path(`$s/t/${dir}`));
      agree(`lowerdir=$s/t/low,${UP},nfs_export=on`, []);
      agree("lowerdir=$/l1,upperdir=$s/t/up,workdir=$s/t/wk,nfs_export=on", []);
    });
  });

  describe("UUIDs", () => {
    function twin(): void {
      mkdirSync(path("$s/twin"));
      const disk = Disk.create("ext4", expand("$s/twin"), 0);
      disk.mount();
      undo.push(() => disk.dispose());
    }
    const conflict = ["index: uuid-conflict", "nfs_export: uuid-conflict"];

    it("two lower filesystems with one UUID", () => {
      twin();
      agree("lowerdir=$s/twin:$/l1,upperdir=$1/up,workdir=$1/wk,nfs_export=on", [], conflict);
      agree("lowerdir=$s/twin:$/l1,upperdir=$1/up,workdir=$1/wk,index=on", [], ["index: uuid-conflict"]);
      agree("lowerdir=$s/twin:$/l1", []);
      agree("lowerdir=$s/twin:$/l1,nfs_export=on,redirect_dir=nofollow", [], ["nfs_export: uuid-conflict"]);
    });

    it("a lower filesystem with upper's UUID", () => {
      twin();
      agree(`lowerdir=$s/twin,${UP},nfs_export=on`, []);
      setOriginAway();
      agree(`lowerdir=$/l1:$s/twin,${UP},nfs_export=on`, [], conflict);
    });

    it("uuid=off needs one filesystem", () => {
      agree(`${BASE},uuid=off`, []);
      agree(`lowerdir=$1/low,${UP},uuid=off`, [], ["uuid: option-fallback"]);
      agree("lowerdir=$/l1:$/l2,uuid=off", [], ["uuid: option-fallback"]);
    });
  });

  function setOriginAway(): void {
    sys.removexattr(expand("$/up"), Buffer.from("trusted.overlay.origin"));
  }

  describe("work directory", () => {
    it("a volatile mount leaves a mark that forbids the next", () => {
      agree(`${BASE},volatile`, []);
      agree(BASE, ["volatile-dirty"]);
      agree(`${BASE},volatile`, ["volatile-dirty"]);
    });

    it("any other feature's mark does too, an empty directory or a file does not", () => {
      mkdirSync(path("$/wk/work/incompat"), { recursive: true });
      agree(BASE, []);
      mkdirSync(path("$/wk/work/incompat/future"), { recursive: true });
      agree(BASE, ["incompat-feature"]);
    });

    it("a file in its place is swept away", () => {
      mkdirSync(path("$/wk/work"), { recursive: true });
      writeFileSync(path("$/wk/work/incompat"), "");
      agree(BASE, []);
    });
  });

  describe("in use by another overlay", () => {
    const busy = "lowerdir=$/l1,upperdir=$/up,workdir=$/wk";
    beforeEach(() => {
      for (const dir of ["$/up2", "$/wk2", "$/up/sub"]) mkdirSync(path(dir));
      mount("overlay", "$s/busy", 0, "overlay", busy);
    });
    it.each([
      ["upper", "lowerdir=$/l1,upperdir=$/up,workdir=$/wk2"],
      ["work", "lowerdir=$/l1,upperdir=$/up2,workdir=$/wk"],
      ["lower", "lowerdir=$/up,upperdir=$/up2,workdir=$/wk2"],
      ["lower is its work", "lowerdir=$/wk,upperdir=$/up2,workdir=$/wk2"],
      ["lower inside its upper", "lowerdir=$/up/sub,upperdir=$/up2,workdir=$/wk2"],
      ["upper inside its upper", "lowerdir=$/l2,upperdir=$/up/sub,workdir=$/wk2"],
    ])("%s: EBUSY with index=on, else only a warning", (_name, data) => {
      agree(`${data},index=on`, ["layers-in-use"]);
      // The index was not made, but the root's origin may have been set.
      agree(data, []);
    });
    it("lower layers are shared", () => {
      agree("lowerdir=$/l1,upperdir=$/up2,workdir=$/wk2,index=on,nfs_export=on", []);
    });
    it("lower above it", () => {
      agree("lowerdir=$,upperdir=$1/up,workdir=$1/wk,index=on", []);
    });
  });

  describe("in use in another mount namespace", () => {
    /** A shell with mounts of its own, which only it sees, until the test ends. */
    async function elsewhere(script: string): Promise<void> {
      const child = spawn("unshare", [
        "-m",
        "--propagation",
        "private",
        "sh",
        "-ec",
        `${path(script)}; echo ready; read end`,
      ]);
      undo.push(() => child.kill());
      const [line] = (await once(child.stdout, "data")) as [Buffer];
      expect(line.toString()).toBe("ready\n");
    }
    const busy = (upper: string, work: string): string =>
      `mkdir -p $s/o && mount -t overlay o $s/o -o lowerdir=$/l1,upperdir=${upper},workdir=${work}`;

    it("under the same paths", async () => {
      await elsewhere(busy("$/up", "$/wk"));
      agree(`${BASE},index=on`, ["layers-in-use", "layers-in-use"]);
    });

    it("under paths that exist only there", async () => {
      await elsewhere(`mkdir $s/there && mount --bind $ $s/there && ${busy("$s/there/up", "$s/there/wk")}`);
      agree(`${BASE},index=on`, ["layers-in-use", "layers-in-use"]);
      agree("lowerdir=$/up/in,upperdir=$1/up,workdir=$1/wk,index=on", ["layers-in-use"]);
    });

    it("under paths that are something else here", async () => {
      await elsewhere(`mount --bind $/l2 $1/up && ${busy("$/up", "$/wk")}`);
      agree("lowerdir=$/l1,upperdir=$1/up,workdir=$1/wk,index=on", []);
    });
  });

  describe("options", () => {
    it.each([
      ["nfs_export=on", [], []],
      ["nfs_export=on,index=off", ["options-conflict"], []],
      ["nfs_export=on,metacopy=on", ["options-conflict"], []],
      ["metacopy=on", [], []],
      ["metacopy=on,redirect_dir=follow", ["options-conflict"], []],
      ["metacopy=on,redirect_dir=off", ["options-conflict"], []],
      ["userxattr", [], []],
      ["userxattr,redirect_dir=on", ["options-conflict"], []],
      ["userxattr,redirect_dir=off", ["options-conflict"], []],
      ["userxattr,redirect_dir=nofollow", [], []],
      ["userxattr,metacopy=on", ["options-conflict"], []],
      ["userxattr,nfs_export=on", [], []],
      ["redirect_dir=off", [], []],
      ["redirect_dir=nofollow,index=on", [], []],
      ["verity=on", [], []],
      ["verity=on,nfs_export=on", [], []],
      ["verity=require,metacopy=off", [], []],
      ["verity=on,userxattr", [], []],
      ["verity=on,redirect_dir=follow", [], []],
      ["uuid=null", [], []],
      ["uuid=on,index=on", [], []],
      ["ro", [], []],
    ])("with upper: %s", (options, causes, fallbacks) => {
      // ro is a flag of mount(2), which mount(8) takes out of the string.
      agree(options === "ro" ? BASE : `${BASE},${options}`, causes, fallbacks);
    });

    it.each([
      ["nfs_export=on", ["nfs_export: option-fallback"]],
      ["nfs_export=on,redirect_dir=nofollow", []],
      ["nfs_export=on,redirect_dir=nofollow,index=off", null],
      ["nfs_export=on,redirect_dir=nofollow,index=on", ["index: option-fallback"]],
      ["index=on", ["index: option-fallback"]],
      ["uuid=on", ["uuid: option-fallback"]],
      ["volatile", ["volatile: option-fallback"]],
      ["metacopy=on", []],
      ["metacopy=on,redirect_dir=follow", []],
      ["redirect_dir=nofollow", []],
    ])("lower only: %s", (options, fallbacks) => {
      agree(`lowerdir=$/l1:$/l2,${options}`, fallbacks === null ? ["options-conflict"] : [], fallbacks ?? []);
    });
  });
});
