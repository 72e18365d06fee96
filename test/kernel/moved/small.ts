/** A small overlay with one of everything that a move can break, on a disk of its own, and a disk to move it to. */
import { appendFileSync, chmodSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MountSpec } from "../../../src/lib/mount/spec.js";
import type { RunRequest, RunResult } from "../../../src/lib/repair/run-result.js";
import { repair } from "../../../src/lib/repair.js";
import { type OverlayMount, Stage } from "../../support/mounts.js";
import type { Result } from "../../support/sys.js";
import { type View, viewOf } from "./view.js";

export const EXPORTED = [
  ["index", "on"],
  ["nfs_export", "on"],
  ["redirect_dir", "on"],
] as const;

export class Small {
  readonly was = Stage.create("ext4");
  readonly is = Stage.create("xfs");
  readonly from: string;
  readonly to: string;
  /** What the overlay showed before it was moved. */
  readonly view: View;

  constructor() {
    this.was.mountDisks();
    this.is.mountDisks();
    this.from = this.was.dir;
    this.to = this.is.dir;
    for (const layer of ["l", "u", "w"]) mkdirSync(join(this.from, layer));
    fillLower(join(this.from, "l"));
    this.was.withOverlay(mountIn(this.from), () => live(this.was.mnt.toString()), "first mount");
    this.view = this.look(mountIn(this.from));
  }

  dispose(): void {
    this.was.dispose();
    this.is.dispose();
  }

  /** Mounted as exported. */
  look(mount: OverlayMount = mountIn(this.to)): View {
    return this.was.withOverlay(mount, () => viewOf(this.was.mnt), "mount as exported");
  }

  /** What mount(2) says, as exported. */
  tryMount(): Result {
    const result = this.was.overlay(mountIn(this.to));
    this.was.umountOverlay();
    return result;
  }

  migrate(request: Partial<RunRequest> = {}, old = false): Promise<RunResult> {
    const wishes = { only: null, trustPaths: false, detach: false };
    const oldLower = old ? [Buffer.from(join(this.from, "l"))] : [];
    return repair(this.spec, {
      command: "migrate",
      require: "nfs-export",
      mode: "yes",
      ...(request.command === undefined ? { migrate: { wishes, oldLower } } : {}),
      decide: async (plan) => plan.actions,
      asked: () => false,
      ...request,
    });
  }

  get spec(): MountSpec {
    const { lower, upper = null, work = null } = mountIn(this.to);
    return { source: "-o", lower, data: [], upper, work, options: { redirectDir: "on" } };
  }
}

export function mountIn(dir: string, options: OverlayMount["options"] = EXPORTED): OverlayMount {
  const layer = (name: string): Buffer => Buffer.from(join(dir, name));
  return { lower: [layer("l")], upper: layer("u"), work: layer("w"), options };
}

function fillLower(lower: string): void {
  for (const dir of ["kept", "renamed", "renamed/in", "deleted"]) mkdirSync(join(lower, dir));
  for (const file of ["kept/written", "kept/as-it-was", "renamed/in/file", "deleted/file", "gone", "linked"])
    writeFileSync(join(lower, file), file);
  linkSync(join(lower, "linked"), join(lower, "kept/linked-too"));
}

/** Written, renamed and deleted; one of two hard links written to. */
function live(mnt: string): void {
  const at = (path: string): string => join(mnt, path);
  appendFileSync(at("kept/written"), " more");
  chmodSync(at("renamed/in"), 0o700);
  renameSync(at("renamed"), at("other"));
  rmSync(at("deleted"), { recursive: true });
  rmSync(at("gone"));
  appendFileSync(at("linked"), " more");
  mkdirSync(at("made"));
  writeFileSync(at("made/file"), "made");
}
