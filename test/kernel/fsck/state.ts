/** One state: -n, -p, again, taken back; -y, again, mounted, taken back. */
import { fsck } from "../../../src/lib/fsck/fsck.js";
import type { Mode } from "../../../src/lib/fsck/policy.js";
import type { MountSpec } from "../../../src/lib/mount/spec.js";
import { undo } from "../../../src/lib/repair.js";
import { Overlay } from "../../fixtures/support/overlay.js";
import type { Disk } from "../../support/disk.js";
import { dump } from "../../support/dump.js";
import { plainView, requiredView } from "../../support/oracle.js";
import { EXPORTED, INDEX_OFF } from "../../support/past.js";
import { printable } from "../../support/tree.js";
import type { Marks, State } from "./states.js";

export interface Judged {
  readonly exits: number[];
  /** Empty where all of it holds. */
  readonly problems: readonly string[];
}

export async function judgeState(state: State): Promise<Judged> {
  const o = new Overlay(state);
  try {
    state.build(o);
    const { lower, upper = null, work = null } = o.mountOf("plain");
    // Nothing of how it was mounted: that is to be read off the layers.
    const spec = { source: "-o", lower, data: [], upper, work, options: {} };
    return await new Judge(o, spec, state).judge();
  } finally {
    o.dispose();
  }
}

/** Of an overlay that is built. */
export class Judge {
  readonly #o: Overlay;
  readonly #spec: MountSpec;
  /** Null: what is on the stage cannot be mounted by itself. */
  readonly #state: Pick<State, "loses" | "p" | "y"> | null;
  readonly #problems: string[] = [];

  constructor(o: Overlay, spec: MountSpec, state: Pick<State, "loses" | "p" | "y"> | null) {
    this.#o = o;
    this.#spec = spec;
    this.#state = state;
  }

  async judge(): Promise<Judged> {
    const before = this.#dump();
    const { exit } = await this.#run("dry-run");
    this.#same(before, "-n");
    const preen = await this.#mended("preen", before, this.#state?.p);
    const yes = await this.#mended(
      "yes",
      before,
      this.#state?.y ?? (preen === 1 ? this.#state?.p : undefined),
    );
    return { exits: [exit, preen, yes], problems: this.#problems };
  }

  async #mended(mode: "preen" | "yes", before: readonly string[], marks: Marks = {}): Promise<number> {
    const names = mode === "yes" && this.#state !== null ? this.#names() : null;
    const first = await this.#run(mode);
    if (first.exit === 1) {
      const again = await this.#run(mode);
      if (again.exit !== 0) this.#problems.push(`${mode} again: ${again.exit}`);
      if (names !== null) this.#mounts(names, first.features.require === "nfs-export");
    }
    for (const mark of marks.has ?? []) if (!this.#has(mark)) this.#problems.push(`${mode}: no ${mark}`);
    for (const mark of marks.lacks ?? []) if (this.#has(mark)) this.#problems.push(`${mode}: still ${mark}`);
    const { journal } = first.run;
    if (journal !== null) {
      const accept = async (): Promise<boolean> => true;
      const request = { journal, dryRun: false, lower: true, accept, asked: () => false };
      const { trouble } = await undo(this.#spec, request);
      if (trouble !== null) this.#problems.push(`undo of ${mode}: ${trouble.message}`);
    }
    this.#same(before, journal === null ? mode : `undo of ${mode}`);
    return first.exit;
  }

  #run(mode: Mode) {
    return fsck(this.#spec, { mode, asked: () => false });
  }

  /** Mounted as it has lived, it shows the names that it showed, and the kernel has nothing to say. */
  #mounts(names: readonly string[], exported: boolean): void {
    const { options, ...layers } = this.#o.mountOf("plain");
    const own = options.filter(([name]) => name !== "index" && name !== "nfs_export");
    const mount = { ...layers, options: [...own, ...(exported ? EXPORTED : INDEX_OFF)] };
    const plain = this.#o.onCopy(() => plainView(this.#o.stage, this.#o.mountOf("plain")));
    const seen = this.#o.onCopy(() => requiredView(this.#o.stage, mount, plain));
    if (!seen.mount.ok) this.#problems.push(`mount after -y: ${seen.mount.errno}`);
    this.#problems.push(...seen.warnings.map((line) => `kernel after -y: ${line}`));
    this.#problems.push(...seen.lookup.map(({ path, errno }) => `${printable(path)} after -y: ${errno}`));
    const now = new Set(plain.names.map(({ path }) => printable(path)));
    const gone = names.filter((name) => !now.has(name) && !this.#isLoss(name));
    this.#problems.push(...gone.map((name) => `lost by -y: ${name}`));
  }

  #isLoss(name: string): boolean {
    return this.#state?.loses?.some((one) => name === one || name.startsWith(`${one}/`)) === true;
  }

  #names(): readonly string[] | null {
    const view = this.#o.onCopy(() => plainView(this.#o.stage, this.#o.mountOf("plain")));
    if (view.mount !== "ok") return null;
    return view.names.filter(({ result }) => result >= 0).map(({ path }) => printable(path));
  }

  #has(mark: string): boolean {
    const [, where = "", name, value] = /^([^ ]+)(?: ([^=]+)(?:=(.*))?)?$/.exec(mark) ?? [];
    if (name === undefined) return this.#o.exists(where);
    const found = this.#o.get(where, name);
    return found !== null && (value === undefined || found.toString() === value);
  }

  #dump(): string[] {
    const [own, ...others] = this.#o.stage.disks;
    const of = (disks: readonly Disk[], whiteouts: boolean): string[] => {
      const mounted = disks.filter((disk) => disk.mounted).map((disk) => disk.dir);
      return dump(mounted, { times: true, whiteouts });
    };
    try {
      // Nothing can be moved aside from there.
      const lines = [...of(own === undefined ? [] : [own], false), ...of(others, true)];
      return lines.filter((line) => !line.includes("/ovl-index"));
    } catch {
      // A file system that was damaged on purpose: nothing on it can be compared.
      return [];
    }
  }

  #same(before: readonly string[], what: string): void {
    const now = this.#dump();
    const [old, is] = [new Set(before), new Set(now)];
    const changed = [...before.filter((line) => !is.has(line)), ...now.filter((line) => !old.has(line))];
    this.#problems.push(...changed.slice(0, 6).map((line) => `changed by ${what}: ${line}`));
  }
}
