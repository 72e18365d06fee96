import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Files, files as hostFiles } from "../../../src/lib/host/files.js";
import type { Ran } from "../../../src/lib/host/processes.js";
import type { SpecResult } from "../../../src/lib/mount/build-spec.js";
import { type ContainerTool, specFromContainer } from "../../../src/lib/mount/containers.js";
import { containerStorage, snapshotMount } from "../../../src/lib/mount/inspect-output.js";

const recorded = (name: string): string =>
  readFileSync(join(import.meta.dirname, "recorded", `${name}.json`), "utf8");

/** What a tool answers, by the beginning of its command line. */
type Answers = Readonly<Record<string, string | Partial<Ran>>>;

const DOCKER_MOUNT = `96 92 0:44 / /var/lib/docker/overlay2/8473425ec5010ce8f149a685f4979e0f7e9574de82f8c79aeed1083a9dde340c/merged rw,relatime shared:2 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/G6QFUDQEJHOK7HLW4S7OQPA3SL:/var/lib/docker/overlay2/l/PHFRAWOL2USNW5W4TZMPCWVRID,upperdir=/var/lib/docker/overlay2/8473425ec5010ce8f149a685f4979e0f7e9574de82f8c79aeed1083a9dde340c/diff,workdir=/var/lib/docker/overlay2/8473425ec5010ce8f149a685f4979e0f7e9574de82f8c79aeed1083a9dde340c/work,redirect_dir=on,metacopy=on`;
const SNAPSHOTS = "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots";
const MOUNTS = `mount -t overlay overlay /overlay -o index=off,workdir=${SNAPSHOTS}/3/work,upperdir=${SNAPSHOTS}/3/fs,lowerdir=${SNAPSHOTS}/2/fs:${SNAPSHOTS}/1/fs\n`;

function ask(
  tool: ContainerTool,
  id: string,
  answers: Answers,
  {
    mountinfo = "",
    root = null,
    options = {},
  }: { mountinfo?: string; root?: string | null; options?: object } = {},
): { result: SpecResult; asked: string[] } {
  const asked: string[] = [];
  const run = (program: string, args: readonly string[]): Ran => {
    const line = [program, ...args].join(" ");
    asked.push(line);
    const [, answer] = Object.entries(answers).find(([begin]) => line.startsWith(begin)) ?? [];
    if (answer === undefined) throw new Error(`nobody was to ask: ${line}`);
    const given = typeof answer === "string" ? { stdout: answer } : { code: 1, ...answer };
    return { code: 0, stdout: "", stderr: "", failure: null, ...given };
  };
  const files: Files = { ...hostFiles, read: () => Buffer.from(mountinfo), readlink: () => -22 };
  const place = { root: root === null ? null : Buffer.from(root), cwd: Buffer.from("/home"), files };
  return { result: specFromContainer(tool, id, { place, run, options }), asked };
}

function specOf({ result }: { result: SpecResult }) {
  if (!result.ok) throw new Error(`${result.error.option}: ${result.error.reason}`);
  const { source, lower, upper, work, options } = result.spec;
  return { source, lower: lower.map(String), upper: String(upper), work: String(work), options };
}

function refusal({ result }: { result: SpecResult }) {
  if (result.ok) throw new Error("it was taken");
  const { error, impossible = false } = result;
  return { line: `${error.option}: ${error.reason}`, impossible };
}

const STORE = "/var/lib/docker/overlay2";
const ID = "8473425ec5010ce8f149a685f4979e0f7e9574de82f8c79aeed1083a9dde340c";

describe("docker", () => {
  it.each([["docker-20.10.24-overlay2"], ["docker-28-overlay2"]])("%s", (name) => {
    const told = ask("docker", "c1", { "docker container inspect c1": recorded(name) });
    expect(specOf(told)).toEqual({
      source: "docker",
      lower: [
        `${STORE}/${ID}-init/diff`,
        expect.stringMatching(/^\/var\/lib\/docker\/overlay2\/[0-9a-f]{64}\/diff$/),
      ],
      upper: `${STORE}/${ID}/diff`,
      work: `${STORE}/${ID}/work`,
      options: { index: false },
    });
    expect(told.asked).toEqual(["docker container inspect c1"]);
  });

  it("has the options of the mount while it runs; those that are given outrank them", () => {
    const answers = { "docker container inspect": recorded("docker-20.10.24-overlay2") };
    const running = specOf(ask("docker", "c1", answers, { mountinfo: DOCKER_MOUNT }));
    expect(running.options).toEqual({ index: false, metacopy: true, redirectDir: "on", readonly: false });
    expect(running.lower[0]).toBe(`${STORE}/${ID}-init/diff`);
    const told = ask("docker", "c1", answers, { mountinfo: DOCKER_MOUNT, options: { metacopy: false } });
    expect(specOf(told).options.metacopy).toBe(false);
  });

  it.each([["docker-28-snapshotter"], ["docker-29-snapshotter"]])("%s is containerd's", (name) => {
    const told = ask("docker", "c1", { "docker container": recorded(name), ctr: MOUNTS });
    expect(specOf(told)).toEqual({
      source: "docker",
      lower: [`${SNAPSHOTS}/2/fs`, `${SNAPSHOTS}/1/fs`],
      upper: `${SNAPSHOTS}/3/fs`,
      work: `${SNAPSHOTS}/3/work`,
      options: { index: false },
    });
    const id = "7a1b616f9de0247370abc21615e0752234339578d4de48dd65a6147db86ee61c";
    expect(told.asked[1]).toBe(`ctr -n moby snapshots --snapshotter overlayfs mounts /overlay ${id}`);
  });

  it.each([
    ["docker-24-vfs", "docker c1: its storage driver is vfs, not overlay"],
    ["docker-24-fuse-overlayfs", "docker c1: its storage driver is fuse-overlayfs, not overlay"],
    ["docker-23-btrfs", "docker c1: its storage driver is btrfs, not overlay"],
    ["docker-23-zfs", "docker c1: its storage driver is zfs, not overlay"],
  ])("%s is no overlay", (name, line) => {
    expect(refusal(ask("docker", "c1", { docker: recorded(name) }))).toEqual({ line, impossible: false });
  });

  it("resolves what it tells inside an image tree, and asks no mountinfo there", () => {
    const answers = { docker: recorded("docker-20.10.24-overlay2") };
    const told = specOf(ask("docker", "c1", answers, { root: "/host", mountinfo: DOCKER_MOUNT }));
    expect(told.upper).toBe(`/host${STORE}/${ID}/diff`);
    expect(told.options).toEqual({ index: false });
  });

  it.each([
    ["[]\nError: No such container: nosuch\n"],
    ["Error response from daemon: No such container: nosuch\n"],
  ])("does not know a container: %j", (stderr) => {
    const told = refusal(ask("docker", "nosuch", { docker: { stdout: "[]\n", stderr } }));
    expect(told).toEqual({ line: "docker nosuch: there is no such container", impossible: false });
  });

  it.each<[Partial<Ran>, string]>([
    [
      {
        stderr:
          "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n",
      },
      "docker c1: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    ],
    [
      {
        stderr:
          "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix: connect: permission denied\n",
      },
      "docker c1: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix: connect: permission denied",
    ],
    [{ code: 127, failure: "ENOENT" }, "docker c1: the program docker is not installed"],
    [{ code: 127, failure: "ETIMEDOUT" }, "docker c1: docker does not answer"],
    [{ code: 127, failure: "EACCES" }, "docker c1: cannot run docker: EACCES"],
    [{ code: 3 }, "docker c1: docker ended with exit code 3"],
    [{ code: 0, stdout: "no json" }, "docker c1: its output is not the description of one container"],
    [{ code: 0, stdout: "[{}]" }, "docker c1: its output tells no storage driver"],
    [{ code: 0, stdout: "[{},{}]" }, "docker c1: its output is not the description of one container"],
  ])("cannot be asked: %j", (answer, line) => {
    expect(refusal(ask("docker", "c1", { docker: answer }))).toEqual({ line, impossible: true });
  });

  it.each([["-f"], ["--help"], ["a b"], ["$(x)"], [""]])("is never asked for %j", (id) => {
    const told = ask("docker", id, {});
    expect(refusal(told).impossible).toBe(false);
    expect(told.asked).toEqual([]);
  });
});

describe("podman", () => {
  const GRAPH = "/var/lib/containers/storage/overlay";
  const overlay = (info = "{}") => ({
    "podman container inspect c1": recorded("podman-4.3.1-overlay"),
    "podman info": `${info}\n`,
  });

  it("podman-4.3.1-overlay", () => {
    const told = specOf(ask("podman", "c1", overlay('{"overlay.mountopt":"nodev,metacopy=on"}')));
    expect(told.lower).toEqual([expect.stringMatching(/storage\/overlay\/[0-9a-f]{64}\/diff$/)]);
    expect(told.upper.startsWith(GRAPH)).toBe(true);
    expect(told.options).toEqual({ metacopy: true });
    expect(told.source).toBe("podman");
  });

  it("podman-5.2-overlay-mounted, with an additional image store", () => {
    const answers = { "podman container": recorded("podman-5.2-overlay-mounted"), "podman info": "{}\n" };
    const told = specOf(ask("podman", "c1", answers));
    expect(told.lower.map((path) => path.replace(/[0-9a-f]{64}/, "ID"))).toEqual([
      `${GRAPH}/ID/diff`,
      "/usr/lib/containers/storage/overlay/ID/diff",
    ]);
  });

  it.each([
    ["podman-4.3.1-vfs", "podman c1: its storage driver is vfs, not overlay"],
    ["podman-4.2-btrfs", "podman c1: its storage driver is btrfs, not overlay"],
  ])("%s is no overlay", (name, line) => {
    expect(refusal(ask("podman", "c1", { podman: recorded(name) }))).toEqual({ line, impossible: false });
  });

  it.each([
    [
      '{"overlay.mount_program":{"Executable":"/usr/bin/fuse-overlayfs","Package":"fuse-overlayfs_1.10-1_amd64"}}',
    ],
    ['{"overlay.mount_program":"/usr/bin/fuse-overlayfs"}'],
  ])("is not the kernel's with %s", (info) => {
    const line = "podman c1: /usr/bin/fuse-overlayfs mounts it, not the kernel's overlayfs";
    expect(refusal(ask("podman", "c1", overlay(info)))).toEqual({ line, impossible: false });
  });

  it.each([
    ["Error: inspecting object: no such container nosuch\n"],
    ['Error: error inspecting object: no such object: "nosuch"\n'],
    ['Error: no such container "nosuch"\n'],
  ])("does not know a container: %j", (stderr) => {
    const told = refusal(ask("podman", "nosuch", { podman: { code: 125, stdout: "[]\n", stderr } }));
    expect(told).toEqual({ line: "podman nosuch: there is no such container", impossible: false });
  });

  it("does not go by an output that is not understood", () => {
    expect(refusal(ask("podman", "c1", overlay("null")))).toMatchObject({ impossible: true });
    expect(refusal(ask("podman", "c1", overlay('{"overlay.mountopt":"indx=on"}'))).line).toContain("indx");
  });
});

describe("containerd", () => {
  const noContainer = (key: string) => ({
    stderr: `ctr: container "${key}" in namespace "default": not found\n`,
  });

  it("knows a container's snapshot", () => {
    const answers = {
      "ctr -n k8s.io containers info cc1": recorded("ctr-1.6.20-containers-info"),
      "ctr -n k8s.io snapshots --snapshotter overlayfs mounts /overlay cc1": MOUNTS,
    };
    const told = specOf(ask("containerd", "k8s.io/cc1", answers));
    expect(told).toMatchObject({
      source: "containerd",
      upper: `${SNAPSHOTS}/3/fs`,
      options: { index: false },
    });
  });

  it("takes a key, slashes and colons in it, in a namespace or in ctr's own", () => {
    const key = "extract-84 sha256:e215/fa";
    const answers = {
      "ctr -n moby containers": noContainer(key),
      [`ctr -n moby snapshots mounts /overlay ${key}`]: MOUNTS,
    };
    expect(specOf(ask("containerd", `moby/${key}`, answers)).work).toBe(`${SNAPSHOTS}/3/work`);
    const own = { "ctr containers info a2": noContainer("a2"), "ctr snapshots mounts /overlay a2": MOUNTS };
    expect(specOf(ask("containerd", "a2", own)).lower).toHaveLength(2);
  });

  it("has a view without upper", () => {
    const view = `mount -t overlay overlay /overlay -o index=off,lowerdir=${SNAPSHOTS}/2/fs:${SNAPSHOTS}/1/fs\n`;
    const { result } = ask("containerd", "v2", {
      "ctr containers": noContainer("v2"),
      "ctr snapshots": view,
    });
    expect(result.ok && result.spec.upper).toBeNull();
  });

  it.each<[string, Answers, string, boolean]>([
    [
      "a2",
      {
        "ctr containers": noContainer("a2"),
        "ctr snapshots": { stderr: "ctr: snapshot a2 does not exist: not found\n" },
      },
      "ctr's namespace has neither a container nor a snapshot of that name; one of another is NAMESPACE/KEY",
      false,
    ],
    [
      "l2",
      {
        "ctr containers": noContainer("l2"),
        "ctr snapshots": {
          stderr:
            "ctr: failed to get active mount: requested snapshot default/4/l2 not active or view: failed precondition\n",
        },
      },
      "it is a committed snapshot, which nothing mounts",
      false,
    ],
    [
      "base",
      {
        "ctr containers": noContainer("base"),
        "ctr snapshots": `mount -t bind ${SNAPSHOTS}/1/fs /overlay -o rw,rbind\n`,
      },
      "it is a single directory without a parent, not an overlay",
      false,
    ],
    [
      "moby/7a1b",
      { "ctr -n moby containers": recorded("ctr-1.6.20-containers-info-moby") },
      "containerd does not keep its layers: one of Docker's is named with --docker",
      false,
    ],
    [
      "a2",
      {
        ctr: { stderr: 'ctr: failed to dial "/run/containerd/containerd.sock": context deadline exceeded\n' },
      },
      'ctr: failed to dial "/run/containerd/containerd.sock": context deadline exceeded',
      true,
    ],
    ["a2", { ctr: { code: 127, failure: "ENOENT" } }, "the program ctr is not installed", true],
  ])("%s: %j", (key, answers, reason, impossible) => {
    expect(refusal(ask("containerd", key, answers))).toEqual({
      line: `containerd ${key}: ${reason}`,
      impossible,
    });
  });

  it.each([["-x"], ["ns/-x"]])("is never asked for %j", (key) => {
    const told = ask("containerd", key, {});
    expect(told.result.ok).toBe(false);
    expect(told.asked).toEqual([]);
  });
});

describe("outputs", () => {
  it("keep a colon that is in a path, as far as that shows", () => {
    const data = { LowerDir: "/a:b/diff:/c/diff", UpperDir: "/u", WorkDir: "/w" };
    const storage = containerStorage(JSON.stringify([{ GraphDriver: { Name: "overlay2", Data: data } }]));
    expect(storage.kind === "layers" && storage.layers.lower.map(String)).toEqual(["/a:b/diff", "/c/diff"]);
  });

  it.each([
    ["", "it told no mount"],
    [
      "mount -t fuse3.fuse-overlayfs overlay /overlay -o lowerdir=/a\n",
      "it is mounted as fuse3.fuse-overlayfs, not as overlay",
    ],
    [
      "mount -t erofs /a /overlay/0 -o ro\nmount -t overlay overlay /overlay -o lowerdir=/a\n",
      "it is put together from several mounts, not from one overlay",
    ],
    ["mount -t overlay other /overlay -o lowerdir=/a\n", "its mount is not understood"],
  ])("of snapshots mounts: %j", (output, why) => {
    expect(snapshotMount(output, "/overlay")).toEqual({ why });
  });
});

describe("what tools tell that cannot be", () => {
  const data = { LowerDir: "/l", UpperDir: "/u", WorkDir: "/w" };
  const inspected = (change: object, Data: unknown = { ...data, ...change }): string =>
    JSON.stringify([{ Id: "x", GraphDriver: { Name: "overlay", Data } }]);

  it.each<[string, object]>([
    ["a relative lower layer", { LowerDir: "l:/m" }],
    ["a relative upper layer", { UpperDir: "u" }],
    ["a relative work directory", { WorkDir: "../w" }],
    ["a zero byte", { LowerDir: "/l\0:/m" }],
  ])("%s leads nowhere", (_name, change) => {
    const why = "its output tells a path that is not absolute";
    expect(containerStorage(inspected(change))).toEqual({ kind: "unclear", why });
  });

  it("layers that are no object are not called another driver's", () => {
    expect(containerStorage(inspected({}, []))).toEqual({
      kind: "unclear",
      why: "its output tells no layers",
    });
  });

  it.each<[string, string, string]>([
    ["k", "lowerdir=l,upperdir=/u,workdir=/w", "its output tells a path that is not absolute"],
    ["k", "lowerdir=/l\0,upperdir=/u,workdir=/w", "its output tells a path that is not absolute"],
    ["--all", "lowerdir=/l,upperdir=/u,workdir=/w", "no snapshot's key begins like that"],
  ])("snapshot %j mounted with %j", (key, options, why) => {
    const answers = {
      "ctr containers info": JSON.stringify({ ID: "k", SnapshotKey: key }),
      "ctr snapshots": `mount -t overlay overlay /overlay -o ${options}\n`,
    };
    expect(refusal(ask("containerd", "k", answers)).line).toBe(`containerd k: ${why}`);
  });
});
