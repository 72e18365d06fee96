/**
 * Two eras of one overlay. In the first it is exported and all handles are taken: as the kernel gives them, and as
 * `handles save` foretells them. Then it lives without its index. In the third it is exported again, on a copy of
 * the disks, and each handle is opened and tried: what it leads to is told by a number that every object
 * was given in the first era, and by a mark that is set through the handle and looked for under the names.
 */
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getAttributeSync, setAttributeSync } from "fs-xattr";
import { readRecords } from "../../../src/lib/handles/reader.js";
import type { HandleRecord } from "../../../src/lib/handles/record.js";
import { saveFromLayers, saveFromMount } from "../../../src/lib/handles/save.js";
import { type Outcome, VERDICTS, type Verdict } from "../../../src/lib/handles/verdicts.js";
import { type Verified, verifyLayers, verifyMount } from "../../../src/lib/handles/verify.js";
import type { MountSpec } from "../../../src/lib/mount/spec.js";
import { repair } from "../../../src/lib/repair.js";
import { onCopy } from "../../support/copies.js";
import type { FsType } from "../../support/disk.js";
import { Stage } from "../../support/mounts.js";
import { sys } from "../../support/sys.js";
import { names, printable, scan, under } from "../../support/tree.js";
import { buildLowers } from "../random/live.js";
import {
  EXPORTABLE,
  layout,
  type Mode,
  optionsOf,
  overlayOf,
  type Scenario,
  scenario,
  stream,
} from "../random/scenario.js";
import { specOf } from "../random/seed.js";
import { work } from "../random/work.js";
import { yes } from "../repaired/twice.js";

const NUMBER = Buffer.from("trusted.number");
const MARK = "trusted.mark";
const ALL: readonly Outcome[] = ["same", "deleted", "stale", "wrong"];
const O_PATH = 0x200000;
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;

export interface SeedOutcome {
  /** Empty where all is as it should be. */
  readonly problems: readonly string[];
  /** How often each verdict was given before the repair, and whether the repair was carried through. */
  readonly verdicts: Readonly<Record<string, number>>;
}

export async function twoEras(fs: FsType, seed: number): Promise<SeedOutcome> {
  const what: Scenario = {
    ...scenario(fs, seed),
    ...EXPORTABLE,
  };
  const stage = Stage.create(fs, what.apart ? 2 : 1);
  const dir = mkdtempSync(join(tmpdir(), "ovl-index-handles-"));
  try {
    return await new Eras(stage, what, dir).run();
  } finally {
    stage.dispose();
    rmSync(dir, { recursive: true });
  }
}

class Eras {
  readonly #where;
  readonly #spec: MountSpec;
  readonly #problems: string[] = [];
  #numbers = 0;
  /** The objects of the first era by path. */
  readonly #first = new Map<string, string>();
  /** Objects with hard links: without the index they are split, and then have one number and no identity. */
  readonly #linked = new Set<string>();

  constructor(
    readonly stage: Stage,
    readonly what: Scenario,
    readonly dir: string,
  ) {
    this.#where = layout(stage, what);
    this.#spec = specOf(what, this.#where, "nfs-export");
  }

  async run(): Promise<SeedOutcome> {
    const { stage, what } = this;
    stage.mountDisks();
    buildLowers(stage, what, this.#where);
    for (const layer of this.#where.lower) this.#numberAll(layer);
    this.#live("nfs_export", 100, 30);
    this.#mounted("nfs_export", () => {
      this.#numberAll(stage.mnt);
      for (const { path, rel } of scan(stage.mnt))
        this.#first.set(printable(rel), textOf(sys.getxattr(path, NUMBER)));
    });

    const file = this.#file("layers");
    await saveFromLayers(this.#spec, { file, replace: false, content: false });
    const asked = this.#file("mount");
    this.#copied(() => saveFromMount(stage.mnt, { file: asked, replace: false, content: false }));
    this.#compareFiles(recordsOf(file), recordsOf(asked));

    const random = stream(what.fs, what.seed, 3);
    for (let life = 0; life < random.int(1, 2); life++)
      this.#live(random.pick(["plain", "plain", "index"]), 200 + life, 20);
    const before = await verifyLayers(this.#spec, { file, content: false });
    await this.#judge(before, file, "before the repair");

    const done = await repair(this.#spec, yes("nfs-export"));
    const after = await verifyLayers(this.#spec, { file, content: false });
    await this.#judge(after, file, "after the repair");
    if (done.after?.ready === true) {
      for (const { record, verdict } of after.judged(ALL)) {
        const name = printable(record.path);
        // A hard link that a middle layer covers is a name that check does not see go.
        const isCovered = this.what.lowers > 1 && this.#linked.has(this.#first.get(name) ?? "");
        if (isProblem(verdict) && !isCovered) this.#problems.push(`ready, and ${name}: ${verdict}`);
      }
    }
    return {
      problems: this.#problems,
      verdicts: {
        ...Object.fromEntries(
          ALL.flatMap((outcome) => before.verdicts.byVerdict(outcome)).map(({ verdict, count }) => [
            verdict,
            count,
          ]),
        ),
        ready: done.after?.ready === true ? 1 : 0,
      },
    };
  }

  #file(name: string): Buffer {
    return Buffer.from(join(this.dir, name));
  }

  #mounted<T>(mode: Mode, act: () => T): T {
    const mount = overlayOf(this.#where, optionsOf(this.what, mode, true));
    return this.stage.withOverlay(mount, act);
  }

  /** Exported, on a copy of the disks. */
  #copied<T>(act: () => T): T {
    return onCopy(this.stage, () => this.#mounted("nfs_export", act));
  }

  #live(mode: Mode, number: number, steps: number): void {
    this.#mounted(mode, () => work(stream(this.what.fs, this.what.seed, number), this.stage.mnt, steps));
  }

  /** A number for each object that has none: it stays with the object when that is copied up. */
  #numberAll(root: Buffer): void {
    for (const { path, nlink, mode } of scan(root)) {
      if (typeof sys.getxattr(path, NUMBER) === "number")
        sys.setxattr(path, NUMBER, Buffer.from(`${++this.#numbers}`), 0);
      if (nlink > 1 && (mode & S_IFMT) !== S_IFDIR) this.#linked.add(textOf(sys.getxattr(path, NUMBER)));
    }
  }

  #compareFiles(foretold: readonly HandleRecord[], given: readonly HandleRecord[]): void {
    const tell = (records: readonly HandleRecord[]) =>
      new Map(
        records.map(({ path, type, wire }) => [
          printable(path),
          `${type} ${wire.type} ${wire.bytes.toString("hex")}`,
        ]),
      );
    const kernel = tell(given);
    const ours = tell(foretold);
    for (const [path, handle] of kernel) {
      if (ours.get(path) !== handle)
        this.#problems.push(`saved ${path}: ${ours.get(path)}, the kernel gives ${handle}`);
    }
    for (const path of ours.keys())
      if (!kernel.has(path)) this.#problems.push(`saved ${path}, which the kernel does not show`);
  }

  async #judge(verified: Verified, file: Buffer, when: string): Promise<void> {
    const records = recordsOf(file);
    const said = verdictsOf(verified);
    if (verified.check?.prediction.mount.ok !== true) {
      // Nothing is served; that the mount fails is what other tests see to.
      if (said.some((verdict) => verdict !== "stale-not-mounted"))
        this.#problems.push(`${when}: not mounted, and ${said}`);
      return;
    }
    const tried = this.#copied(() => this.#tryAll(records));
    const plain = this.#plainNumbers();
    const opened = this.#copied(() => verdictsOf(verifyMount(this.stage.mnt, { file, content: false })));
    records.forEach(({ path }, i) => {
      const name = printable(path);
      const verdict = said[i] as Verdict;
      // It opens; of what the kernel comes to by itself that is told, and no more: a mount cannot tell it apart.
      const outcome = verdict === "deleted-and-opens" ? "wrong" : VERDICTS[verdict].outcome;
      const truth = this.#outcomeOf(tried[i] as Opened, this.#first.get(name) ?? "", plain);
      const about = `${when}: ${name}: said ${verdict}`;
      if (truth !== null && outcome !== truth) this.#problems.push(`${about}, it is ${truth}`);
      // Through a mount nobody sees that a name is missing.
      const seen = VERDICTS[opened[i] as Verdict].outcome;
      if (seen !== outcome && !(outcome === "stale" && seen === "deleted"))
        this.#problems.push(`${about}, through a mount ${opened[i]}`);
    });
  }

  /** Open all handles on one mount, mark what they lead to, and look which marks come out under names. */
  #tryAll(records: readonly HandleRecord[]): Opened[] {
    const numbers = records.map(({ wire }, i) => this.#mark(wire, `${MARK}${i}`));
    const named = new Set<string>();
    this.#eachName((path) => {
      const list = sys.listxattr(path);
      if (typeof list !== "number") for (const name of list.toString("latin1").split("\0")) named.add(name);
    });
    return numbers.map((number, i) => (number === null ? null : { number, named: named.has(`${MARK}${i}`) }));
  }

  /** The object's number; null: ESTALE. */
  #mark(wire: HandleRecord["wire"], mark: string): string | null {
    const handle = Buffer.concat([Buffer.from(Uint32Array.of(wire.type).buffer), wire.bytes]);
    const root = openSync(this.stage.mnt, constants.O_RDONLY);
    try {
      const fd = sys.openByHandle(root, handle, O_PATH);
      if (fd < 0) return null;
      try {
        // fs-xattr follows symlinks, this one included, and stops at what it leads to.
        const at = `/proc/self/fd/${fd}`;
        setAttributeSync(at, mark, Buffer.from("1"));
        return numberOf(at);
      } finally {
        closeSync(fd);
      }
    } finally {
      closeSync(root);
    }
  }

  /** What became of a handle; null where the numbers do not say. */
  #outcomeOf(opened: Opened, number: string, plain: ReadonlySet<string>): Outcome | null {
    if (opened !== null) return opened.named && opened.number === number ? "same" : "wrong";
    if (number === "" || this.#linked.has(number)) return null;
    return plain.has(number) ? "stale" : "deleted";
  }

  #eachName(take: (path: Buffer) => void): void {
    const visit = (dir: Buffer): void => {
      for (const name of names(dir)) {
        const path = under(dir, name);
        const mode = sys.lookup(path);
        if (mode < 0) continue;
        take(path);
        if ((mode & S_IFMT) === S_IFDIR) visit(path);
      }
    };
    take(this.stage.mnt);
    visit(this.stage.mnt);
  }

  #shownNumbers(): ReadonlySet<string> {
    const numbers = new Set<string>();
    this.#eachName((path) => numbers.add(textOf(sys.getxattr(path, NUMBER))));
    return numbers;
  }

  #plainNumbers(): ReadonlySet<string> {
    return onCopy(this.stage, () => this.#mounted("plain", () => this.#shownNumbers()));
  }
}

/** What a handle led to, and whether a name shows it; null: ESTALE. */
type Opened = { readonly number: string; readonly named: boolean } | null;

const verdictsOf = (verified: Verified): Verdict[] => [...verified.judged(ALL)].map(({ verdict }) => verdict);
const textOf = (value: Buffer | number): string => (typeof value === "number" ? "" : value.toString());
function numberOf(path: string): string {
  try {
    return getAttributeSync(path, NUMBER.toString()).toString();
  } catch {
    return "";
  }
}

const isProblem = (verdict: Verdict): boolean => ["stale", "wrong"].includes(VERDICTS[verdict].outcome);

const recordsOf = (file: Buffer): HandleRecord[] => [...readRecords(file)].map(({ record }) => record);
