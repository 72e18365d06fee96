/**
 * A run's folder in WORKDIR/ovl-index (format/journalName.ts): in it the journal, `aside` for what
 * is being made, and `kept` for what was moved out of the layers.
 */
import { JOURNALS as HOME, type JournalName, type JournalState, journalName } from "../format/journalName.js";
import { HostError } from "../host/errno.js";
import { isDir, isReg } from "../kernel/env.js";
import type { Place } from "../plan/place.js";
import { inJournal } from "./change.js";
import { type Entry, encode } from "./codec.js";
import type { Ground } from "./ground.js";
import { atHome, makeHome, mark, unmark, unopened, untrusted } from "./home.js";
import { type Journal, type JournalProblem, parseJournal } from "./journal.js";
import { attempt, must } from "./trouble.js";

const FILE = inJournal("journal");
const ASIDE = inJournal("aside");
const KEPT = inJournal("kept");
/** Room for the last lines where nothing else is left. */
const RESERVE = inJournal("reserve");
const RESERVED = 8192;
const S_IFMT = 0o170000;
const S_IFCHR = 0o020000;
const ENOENT = -2;

/** A run's folder, and the journal in it. Every call throws Stop where it fails. */
export class Folder {
  private bytes = 0;

  private constructor(
    private readonly ground: Ground,
    readonly id: string,
    private state: JournalState,
  ) {
    ground.enter(this.path());
  }

  /** One that is there. @throws Stop where others than root own it or its journal, or can write to them. */
  static existing(ground: Ground, { id, state }: JournalName): Folder {
    const folder = new Folder(ground, id, state);
    folder.trust(inJournal(""), folder.shown, "directory", isDir);
    folder.trust(FILE, `${folder.shown}/journal`, "file with one name", isReg);
    return folder;
  }

  /** Make it, with a journal that has its first line, on the disk. Where there is no room for it nothing stays. */
  static create(ground: Ground, id: string, header: Entry): Folder {
    const first = encode(header);
    makeHome(ground);
    const folder = new Folder(ground, id, "open");
    must(ground.mkdir(inJournal(""), 0o700), `make ${folder.shown}`);
    try {
      folder.fill(first);
    } catch (error) {
      // Why it was not made is what counts; a folder that stays all the same is removed by the next run.
      attempt(() => folder.discard());
      throw error;
    }
    return folder;
  }

  private fill(first: string): void {
    const { ground, shown } = this;
    this.append(first);
    must(ground.mkdir(ASIDE, 0o700), `make ${shown}/aside`);
    must(ground.mkdir(KEPT, 0o700), `make ${shown}/kept`);
    must(ground.append(RESERVE, Buffer.alloc(RESERVED, " ")), `write ${shown}/reserve`);
    mark(ground, this.number);
    this.syncAll();
  }

  private get number(): number {
    return Number.parseInt(this.id, 10);
  }

  get shown(): string {
    return `WORKDIR/${HOME}/${journalName(this.id, this.state)}`;
  }

  private path(): Buffer {
    return Buffer.from(journalName(this.id, this.state));
  }

  /** Nothing at all there is as good. */
  private trust(at: Place, shown: string, kind: string, isKind: typeof isDir): void {
    const fd = this.ground.openOwned(at);
    if (fd === ENOENT) return;
    if (fd < 0) throw unopened(fd, shown, kind);
    this.ground.host.writer.close(fd);
    // Nobody else can have put another in its place since: the folder around it is one to be trusted.
    const found = this.ground.look(at);
    if (found === null || !isKind(found)) throw untrusted(shown, kind);
  }

  read(): Journal | JournalProblem {
    const bytes = this.ground.read(FILE);
    if (bytes === ENOENT) return { problem: "empty", why: "there is none" };
    if (typeof bytes === "number") throw new HostError("read", `${this.shown}/journal`, bytes);
    return parseJournal(bytes);
  }

  /** Bytes that this process has appended to the journal. */
  get written(): number {
    return this.bytes;
  }

  append(lines: string): void {
    this.bytes += lines.length;
    must(this.ground.append(FILE, Buffer.from(lines, "latin1")), `write ${this.shown}/journal`);
  }

  /** Append lines, and do not go on before they are on the disk. */
  commit(lines: string): void {
    this.append(lines);
    must(this.ground.sync(FILE), `sync ${this.shown}/journal`);
  }

  syncAll(): void {
    must(this.ground.syncAll(), "sync the filesystem of the work directory");
  }

  /** Make room for the journal's last lines. */
  giveUpReserve(): void {
    this.ground.unlink(RESERVE);
  }

  rename(state: JournalState): void {
    const [from, before] = [journalName(this.id, this.state), this.shown];
    const to = journalName(this.id, state);
    atHome(this.ground, () => must(this.ground.rename(inJournal(from), inJournal(to)), `rename ${before}`));
    this.state = state;
    this.ground.enter(this.path());
    atHome(this.ground, () => must(this.ground.sync(inJournal("")), `sync WORKDIR/${HOME}`));
  }

  /** Nothing was made, and nothing is kept. */
  isEmpty(): boolean {
    return this.names("aside").length === 0 && this.names("kept").length === 0;
  }

  /** Away with what was made and is not needed, and with folders that are empty. What is kept stays. */
  tidy(): void {
    this.giveUpReserve();
    const left = this.names("aside").map((name) => inJournal(`aside/${name}`));
    for (const at of left) this.ground.rmdir(at);
    // Both tried: what is neither an empty directory nor a whiteout was put there by somebody else, and stays.
    for (const at of left) if (isWhiteout(this.ground, at)) this.ground.unlink(at);
    this.ground.rmdir(ASIDE);
    this.ground.rmdir(KEPT);
  }

  private names(inside: "aside" | "kept"): string[] {
    return this.ground.list(inJournal(inside)).map((name) => name.toString("latin1"));
  }

  /** Remove a run in which nothing was done. False where something is in its folder that is not the run's. */
  discard(): boolean {
    this.tidy();
    if (this.ground.look(KEPT) !== null || this.ground.look(ASIDE) !== null) return false;
    unmark(this.ground, this.number);
    this.ground.unlink(FILE);
    return this.ground.rmdir(inJournal("")) === 0;
  }
}

function isWhiteout(ground: Ground, at: Place): boolean {
  const found = ground.look(at);
  return found !== null && (found.mode & S_IFMT) === S_IFCHR && found.rdev === 0;
}
