/** --help: within a terminal, and with examples that do what they say. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MODEL } from "../../scripts/command-model.js";
import { whyNoGanesha } from "../../src/lib/demo/ganesha.js";
import { encodeKnfsd } from "../../src/lib/format/knfsdHandle.js";
import { ovlIndex, program, ran } from "../support/cli.js";
import { Stage } from "../support/mounts.js";
import { EXPORTED, INDEX_OFF } from "../support/past.js";
import { needsRoot } from "../support/root.js";
import { sys } from "../support/sys.js";

describe.each([{ name: "" }, { name: "handles" }, ...MODEL])("ovl-index $name --help", ({ name }) => {
  const words = name === "" ? [] : name.split(" ");

  it("keeps within 80 columns", () => {
    const env = { ...process.env, COLUMNS: "80" };
    const { status, stdout, stderr } = ovlIndex([...words, "--help"], { env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    // Descriptions have room.
    expect(stdout.split("\n").filter((line) => /^ {50}/.test(line))).toEqual([]);
  });
});

describe.each(MODEL)("$name", (command) => {
  it("tells what it is for, all its exit codes, and gives examples that say what for", () => {
    expect(command.summary).toMatch(/^[A-Z].{10,78}\.$/);
    expect(command.exits.map(([code]) => code)).toEqual(expect.arrayContaining(["0"]));
    expect(command.usage.length).toBeGreaterThan(0);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const { description } of command.examples) expect(description).not.toBe("");
  });
});

/** What the overlay has behind it: exported and unmounted; also changed without its index; or exported right now. */
type State = "well" | "changed" | "mounted";

interface Expected {
  readonly state: State;
  readonly exit: number;
  readonly says: string;
}

const LAYERS = "-o lowerdir=/ovl/lower,upperdir=/ovl/upper,workdir=/ovl/work";
const APART = "--lower /ovl/l1:/ovl/l2 --upper /ovl/upper --work /ovl/work";
const POINT = "/srv/export";

/** Each example, without the program's name. */
const EXPECTED: Readonly<Record<string, Expected>> = {
  [`build -n ${LAYERS}`]: { state: "changed", exit: 4, says: "add-entry" },
  [`build -y ${APART} --json`]: { state: "changed", exit: 0, says: '"changed": true' },
  [`check --report report.html ${LAYERS}`]: { state: "well", exit: 0, says: "READY for nfs-export" },
  [`check ${LAYERS}`]: { state: "well", exit: 0, says: "READY for nfs-export" },
  [`check ${APART} --json`]: { state: "changed", exit: 4, says: '"ready": false' },
  [`check ${POINT} --require index`]: { state: "well", exit: 0, says: "READY for index" },
  "explain copied-up-not-indexed": { state: "well", exit: 0, says: "Copied up, but not in the index" },
  "explain 'overlayfs: failed to verify upper root origin'": { state: "well", exit: 0, says: "meaning" },
  "dmesg | explain -": { state: "well", exit: 0, says: "root-origin-mismatch" },
  "check --podman web": { state: "well", exit: 0, says: "READY for nfs-export" },
  "explain --list": { state: "well", exit: 0, says: "tombstone-missing" },
  [`export ${LAYERS}`]: { state: "well", exit: 0, says: "nfs_export=on" },
  [`export --format exports --clients 10.0.0.0/24 --mountpoint ${POINT} ${LAYERS}`]: {
    state: "well",
    exit: 0,
    says: "10.0.0.0/24(",
  },
  [`export --format fstab ${POINT}`]: { state: "well", exit: 0, says: " overlay lowerdir=" },
  [`handles save before.handles ${LAYERS}`]: { state: "well", exit: 0, says: "saved" },
  [`handles save before.handles --mounted ${POINT}`]: { state: "mounted", exit: 0, says: "saved" },
  [`handles verify before.handles ${LAYERS}`]: { state: "changed", exit: 4, says: "wrong" },
  [`handles verify before.handles --mounted ${POINT} --json`]: {
    state: "mounted",
    exit: 0,
    says: '"wrong": []',
  },
  "inspect /ovl/upper/dir": { state: "well", exit: 0, says: "trusted.overlay.origin" },
  "inspect trusted.overlay.nlink=U+1": { state: "well", exit: 0, says: "nlink" },
  "inspect 00fb1d0001...": { state: "well", exit: 0, says: "as an index name" },
  [`migrate --list ${LAYERS}`]: { state: "changed", exit: 0, says: "on-off-on" },
  ["migrate -n --old-lower /old/lower --lower /ovl/lower --upper /ovl/upper --work /ovl/work"]: {
    state: "changed",
    exit: 4,
    says: "plan:",
  },
  [`migrate -y --only detach ${LAYERS}`]: { state: "well", exit: 0, says: "detach" },
  [`repair -n ${LAYERS}`]: { state: "changed", exit: 4, says: "add-tombstone" },
  [`repair -p ${APART}`]: { state: "changed", exit: 1, says: "READY for nfs-export" },
  [`repair -y ${POINT}`]: { state: "changed", exit: 1, says: "READY for nfs-export" },
  [`resolve 430000072a44... ${POINT}`]: { state: "mounted", exit: 0, says: "leads to /a" },
  [`resolve 430000072a44... ${LAYERS}`]: { state: "well", exit: 0, says: "leads to /a" },
  [`tshark -r nfs.pcap -Y nfs.fhandle -T fields -e nfs.fhandle | resolve - ${POINT}`]: {
    state: "well",
    exit: 0,
    says: "leads to /a",
  },
  [`undo --list ${LAYERS}`]: { state: "changed", exit: 0, says: "0001-repair" },
  [`undo -y ${APART}`]: { state: "changed", exit: 0, says: "taken back" },
  [`undo -n 0001-repair ${POINT}`]: { state: "changed", exit: 0, says: "0001-repair" },
  "sudo demo": { state: "well", exit: 0, says: "explain copied-up-not-indexed" },
  "sudo demo --full": { state: "well", exit: whyNoGanesha() === null ? 0 : 8, says: "" },
};

const EXAMPLES = MODEL.flatMap(({ examples }) => examples.map(({ command }) => command));
const shortened = (example: string): string => example.replace(/\bovl-index /, "");

it("every example is tried, and nothing else", () => {
  expect(EXAMPLES.map(shortened).sort()).toEqual(Object.keys(EXPECTED).sort());
});

needsRoot("an example", () => {
  let stage: Stage;
  let dir: string;
  let bin: string;
  beforeEach(() => {
    stage = Stage.create("ext4");
    stage.mountDisks();
    dir = stage.dir;
    bin = mkdtempSync(join(tmpdir(), "ovl-index-programs-"));
  });
  afterEach(() => {
    stage.dispose();
    rmSync(bin, { recursive: true });
  });

  /** A program that is found before any other of its name. */
  const stand = (name: string, script: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };

  const lowersOf = (example: string): string[] => (example.includes("/ovl/l1") ? ["l1", "l2"] : ["lower"]);

  const live = (
    example: string,
    options: readonly (readonly [string, string])[],
    work: (at: string) => void,
  ) => {
    const layer = (name: string) => Buffer.from(join(dir, name));
    const mount = {
      lower: lowersOf(example).map(layer),
      upper: layer("upper"),
      work: layer("work"),
      options,
    };
    stage.withOverlay(mount, () => work(stage.mnt.toString()));
  };

  /** Exported, with something copied up and a handle held. Returns the handle as a client has it. */
  const makeOverlay = (example: string): string => {
    for (const name of ["upper", "work", ...lowersOf(example)]) mkdirSync(join(dir, name));
    const [top = ""] = lowersOf(example);
    mkdirSync(join(dir, top, "dir"));
    for (const name of ["a", "b", "dir/c"]) writeFileSync(join(dir, top, name), "1");
    execFileSync("cp", ["-a", join(dir, top), join(dir, "old-lower")]);
    let handle = "";
    live(example, EXPORTED, (at) => {
      writeFileSync(join(at, "dir/c"), "2");
      const held = sys.nameToHandle(Buffer.from(join(at, "a")));
      if (typeof held === "number") throw new Error(`no handle: ${held}`);
      const parts = { fsidType: 1, fsid: Buffer.from([77, 0, 0, 0]), fileidType: held[0] ?? 0 };
      handle = encodeKnfsd({ ...parts, fid: held.subarray(4) }).toString("hex");
    });
    return handle;
  };

  it.each(EXAMPLES)("%s", (example) => {
    const expected = EXPECTED[shortened(example)];
    if (expected === undefined) throw new Error("not in the table");
    const handle = makeOverlay(example);
    const lowers = lowersOf(example)
      .map((name) => join(dir, name))
      .join(":");
    const options = `lowerdir=${lowers},upperdir=${dir}/upper,workdir=${dir}/work`;
    if (example.includes("handles verify"))
      ovlIndex(["handles", "save", `${bin}/before.handles`, "-o", options]);
    if (expected.state === "changed") {
      live(example, INDEX_OFF, (at) => {
        writeFileSync(join(at, "a"), "2");
        rmSync(join(at, "b"));
      });
    }
    if (example.includes("undo")) ovlIndex(["repair", "-y", "-o", options]);
    const [entry = ""] = readdirSync(join(dir, "work/index"));
    stand("ovl-index", `exec ${process.execPath} ${program} "$@"`);
    stand("sudo", 'exec "$@"');
    stand("tshark", `echo ${handle}`);
    const data = { LowerDir: lowers, UpperDir: join(dir, "upper"), WorkDir: join(dir, "work") };
    const told = JSON.stringify([{ GraphDriver: { Name: "overlay", Data: data } }]);
    stand("podman", `if [ "$1" = info ]; then echo '{}'; else echo '${told}'; fi`);
    stand("dmesg", "echo '[    1.0] overlayfs: failed to verify upper root origin'");
    const point = stage.mnt.toString();
    writeFileSync(join(bin, "fstab"), `overlay ${point} overlay ${options},index=on,nfs_export=on 0 0\n`);
    const line = example
      .replaceAll("/ovl/", `${dir}/`)
      .replaceAll("/old/lower", `${dir}/old-lower`)
      .replaceAll(POINT, point)
      .replace(/\b4300\w+\.{3}/, handle)
      .replace(/\b00fb\w+\.{3}/, entry);
    // fstab is another one for this line alone.
    const fstab = existsSync("/etc/fstab")
      ? `mount --bind ${bin}/fstab /etc/fstab`
      : `mkdir ${bin}/etc; mount --bind ${bin}/etc /etc; cp ${bin}/fstab /etc`;
    const mounts = [
      ...(example.includes(POINT) ? [fstab] : []),
      ...(expected.state === "mounted"
        ? [`mount -t overlay overlay -o ${options},index=on,nfs_export=on ${point}`]
        : []),
    ];
    const script = `set -e; cd ${bin}; ${[...mounts, line].join("\n")}`;
    const env = { ...process.env, PATH: `${bin}:${process.env["PATH"]}` };
    const { status, stdout, stderr } = ran("unshare", ["-m", "sh", "-c", script], { env });
    expect({ status, stdout }, stderr).toEqual({
      status: expected.exit,
      stdout: expect.stringContaining(expected.says),
    });
  });
});
