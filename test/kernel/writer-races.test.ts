/** What the calls that change layers do while somebody else, who may write to the same directory, is at it. */
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writer } from "../../src/lib/host/system-writer.js";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";

const EPERM = -1;
const EINVAL = -22;
const ESTALE = -116;
const STRANGER = 1000;
/** By chance, some swap comes between the two calls that matter: often enough in so many. */
const ROUNDS = 1500;

/**
 * Waits for each directory to come into being, and puts a stranger's in its place. `turn`: of the round; what
 * this thread has finished.
 */
const RACER = `
  const { renameSync, statSync } = require("node:fs");
  const { workerData: { root, turn, rounds } } = require("node:worker_threads");
  for (let n = 0; n < rounds; n++) {
    while (statSync(root + "/d" + n, { throwIfNoEntry: false }) === undefined);
    renameSync(root + "/evil", root + "/d" + n);
    Atomics.store(turn, 0, n + 1);
    Atomics.notify(turn, 0);
  }
`;

needsRoot("a directory that others write to", () => {
  let stage: Stage;
  let root: string;
  let fd: number;

  beforeEach(() => {
    stage = Stage.create("ext4");
    stage.mountDisks();
    root = stage.path(0, "layer").toString();
    mkdirSync(root);
    fd = writer.openWritableLayer(Buffer.from(root), lstatSync(root), -1);
    expect(fd).toBeGreaterThan(0);
  });
  afterEach(() => {
    writer.close(fd);
    stage.dispose();
  });

  it("never makes a stranger's directory root's", async () => {
    mkdirSync(`${root}/evil`);
    chownSync(`${root}/evil`, STRANGER, STRANGER);
    const turn = new Int32Array(new SharedArrayBuffer(4));
    const racer = new Worker(RACER, { eval: true, workerData: { root, turn, rounds: ROUNDS } });
    const ended = new Promise((resolve, reject) => racer.on("exit", resolve).on("error", reject));
    try {
      for (let n = 0; n < ROUNDS; n++) {
        expect([0, ESTALE]).toContain(writer.mkdir(fd, Buffer.from(`d${n}`), 0o700));
        Atomics.wait(turn, 0, n);
        expect(lstatSync(`${root}/d${n}`).uid).toBe(STRANGER);
        renameSync(`${root}/d${n}`, `${root}/evil`);
      }
      await ended;
    } finally {
      await racer.terminate();
    }
  });

  it("is told from one that nobody else writes to, as is a file", () => {
    const open = (name: string): number => {
      const opened = writer.openOwned(fd, Buffer.from(name));
      if (opened >= 0) writer.close(opened);
      return Math.min(opened, 0);
    };
    mkdirSync(`${root}/dir`, 0o755);
    writeFileSync(`${root}/dir/file`, "", { mode: 0o644 });
    expect([open("dir"), open("dir/file")]).toEqual([0, 0]);
    for (const name of ["dir", "dir/file"]) {
      const { mode } = lstatSync(`${root}/${name}`);
      chmodSync(`${root}/${name}`, mode | 0o020);
      expect(open(name)).toBe(EPERM);
      chmodSync(`${root}/${name}`, mode | 0o002);
      expect(open(name)).toBe(EPERM);
      chmodSync(`${root}/${name}`, mode);
      chownSync(`${root}/${name}`, STRANGER, 0);
      expect(open(name)).toBe(EPERM);
      chownSync(`${root}/${name}`, 0, 0);
      expect(open(name)).toBe(0);
    }
    linkSync(`${root}/dir/file`, `${root}/again`);
    expect(open("dir/file")).toBe(EPERM);
    symlinkSync("dir", `${root}/link`);
    expect(open("link")).toBe(EINVAL);
  });
});
