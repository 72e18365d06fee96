import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { document, ovlIndex, type Ran, ran } from "../support/cli.js";
import { hasCommand } from "../support/commands.js";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { MNT_DETACH, must, sys } from "../support/sys.js";

/** A container of podman's own, in a storage that the test made; nothing is run in it. */
needsRoot("a container of podman's", () => {
  const test = it.runIf(hasCommand("podman"));
  const RUN = Buffer.from("/run");
  let stage: Stage;
  let image: string;

  /** Surroundings with a storage of their own. */
  function storage(name: string, driver: string, options = "") {
    const file = join(stage.root, `${name}.conf`);
    const roots = `graphroot = "${join(stage.dir, name)}"\nrunroot = "/run/${name}"`;
    writeFileSync(file, `[storage]\ndriver = "${driver}"\n${roots}\n[storage.options.overlay]\n${options}\n`);
    return { env: { ...process.env, CONTAINERS_STORAGE_CONF: file } };
  }
  type Storage = ReturnType<typeof storage>;
  function podman(where: Storage, ...args: readonly string[]): string {
    const { status, stdout, stderr }: Ran = ran("podman", args, where);
    expect({ args, status, stderr: status === 0 ? "" : stderr }).toEqual({ args, status: 0, stderr: "" });
    return stdout.trim();
  }
  function createIn(where: Storage, name: string): void {
    podman(where, "import", "--quiet", image, "base");
    podman(where, "create", "--name", name, "base", "/none");
  }
  function check(where: Storage, args: readonly string[]) {
    const { status, stdout, stderr } = ovlIndex(["check", "--json", ...args], where);
    expect(stderr).toBe("");
    return { status, ...document(stdout, "check-1") };
  }

  beforeAll(() => {
    stage = Stage.create("ext4");
    stage.mountDisks();
    // podman keeps there what is running; the system's own is none of our business.
    const mounted = sys.mount(Buffer.from("tmpfs"), RUN, Buffer.from("tmpfs"), 0, Buffer.from("mode=755"));
    must(mounted, "tmpfs on /run");
    const files = join(stage.dir, "image");
    mkdirSync(join(files, "dir"), { recursive: true });
    for (const name of ["a", "dir/b"]) writeFileSync(join(files, name), "1");
    image = join(stage.dir, "image.tar");
    expect(ran("tar", ["-C", files, "-cf", image, "."]).status).toBe(0);
  });
  afterAll(() => {
    for (const name of ["store", "meta"])
      sys.umount(Buffer.from(join(stage.dir, name, "overlay")), MNT_DETACH);
    sys.umount(RUN, MNT_DETACH);
    stage.dispose();
  });

  test("is checked, in use and at rest, and made ready", () => {
    const where = storage("store", "overlay");
    createIn(where, "c1");
    const merged = podman(where, "mount", "c1");
    writeFileSync(join(merged, "a"), "2");
    const live = check(where, ["--podman", "c1"]);
    expect(live).toMatchObject({ status: 8, provisional: true, overlay: { source: "podman" } });
    expect(live.counts.byCode["layers-in-use"]).toBe(2);
    // The kernel has it by the short link; that leads to the same layer.
    const mounted = check(where, [merged]);
    expect(mounted.overlay).toMatchObject({ source: "mountinfo", layers: live.overlay.layers });
    expect(mounted.overlay.requested).toEqual(live.overlay.requested);
    podman(where, "umount", "c1");

    const rest = check(where, ["--podman", "c1"]);
    expect(rest.overlay.layers).toEqual(live.overlay.layers);
    expect(rest.counts.byCode["copied-up-not-indexed"]).toBe(1);
    const built = ovlIndex(["build", "-y", "--podman", "c1"], where);
    expect({ status: built.status, stderr: built.stderr }).toEqual({ status: 0, stderr: "" });
    const ready = check(where, ["--podman", "c1"]);
    expect(ready).toMatchObject({ status: 0, ready: true, findings: [] });
    const [lower, upper, work] = ["lower", "upper", "work"].map(
      (role) => ready.overlay.layers.find((layer: { role: string }) => layer.role === role).path,
    );
    const named = check(where, ["--lower", lower, "--upper", upper, "--work", work]);
    const { source } = named.overlay;
    expect({ ...ready, overlay: { ...ready.overlay, source } }).toEqual(named);
  });

  test("has the options that podman mounts with", () => {
    const where = storage("meta", "overlay", 'mountopt = "nodev,metacopy=on"');
    createIn(where, "c2");
    const told = check(where, ["--podman", "c2", "--require", "plain"]);
    expect(told.overlay.requested).toEqual({ metacopy: "on" });
    const other = check(where, ["--podman", "c2", "--require", "plain", "-o", "metacopy=off"]);
    expect(other.overlay.requested).toEqual({ metacopy: "off" });
  });

  test("is refused in a line where it is unknown, or no overlay of the kernel's", () => {
    const where = storage("copies", "vfs");
    createIn(where, "c3");
    const told = (id: string) => ovlIndex(["check", "--podman", id], where);
    const refused = (line: string) => ({ status: 16, stdout: "", stderr: `ovl-index: ${line}\n` });
    expect(told("c3")).toEqual(refused("podman c3: its storage driver is vfs, not overlay"));
    expect(told("c4")).toEqual(refused("podman c4: there is no such container"));
  });
});
