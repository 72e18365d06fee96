/**
 * A run's folder in WORKDIR/ovl-index (format/journalName.ts): in it the journal, `aside` for what
 * is being made, and `kept` for what was moved out of the layers.
 */
import {
  JOURNALS as HOME,
  type JournalName,
  type JournalState,
  journalName,
  parseJournalName,
} from "../format/journalName.js";
import { HostError } from "../host/errno.js";
import { eachName } from "../host/listing.js";
import type { Place } from "../plan/types.js";
import { inJournal } from "./change.js";
import { type Entry, encode } from "./codec.js";
import { type Ground, must } from "./ground.js";
import { type Journal, type JournalProblem, parseJournal } from "./journal.js";
import { Stop } from "./trouble.js";
import { Trouble } from "./types.js";

const HOME_PLACE: Place = { layer: "work", path: Buffer.from(HOME) };
const WORK_ROOT: Place = { layer: "work", path: Buffer.alloc(0) };
const FILE = inJournal("journal");
const ASIDE = inJournal("aside");
const KEPT = inJournal("kept");
/** Room for the last lines where nothing else is left. */
const RESERVE = inJournal("reserve");
const RESERVED = 8192;
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
const ENOENT = -2;

/** All runs that have a folder, oldest first. @throws Stop, HostError */
export function listFolders(ground: Ground): JournalName[] {
  const home = ground.look(HOME_PLACE);
  if (home === null && ground.host.native.list(ground.work, HOME_PLACE.path, 0, 1) === ENOENT) return [];
  if (home === null || (home.mode & S_IFMT) !== S_IFDIR || (home.mode & 0o022) !== 0 || !isOurs(ground)) {
    const why = `WORKDIR/${HOME} is no directory that only root can write: look at it, and move it away`;
    throw new Stop(new Trouble("bad-journal", why));
  }
  const found: JournalName[] = [];
  const errno = eachName(ground.host.native, ground.work, HOME_PLACE.path, (name) => {
    const parsed = parseJournalName(name.toString("latin1"));
    if (parsed !== null) found.push(parsed);
  });
  if (errno !== 0) throw new HostError("list", HOME, errno);
  return found.sort((a, b) => a.number - b.number);
}

/** A journal that whoever owns the layers could have written would be their way to this process's privileges. */
function isOurs(ground: Ground): boolean {
  const stat = ground.host.files.lstat(Buffer.from(`/proc/self/fd/${ground.work}/${HOME}`));
  return typeof stat !== "number" && (stat.uid === 0 || stat.uid === process.geteuid?.());
}

/** A run's folder, and the journal in it. Every call throws Stop where it fails. */
export class Folder {
  private constructor(
    private readonly ground: Ground,
    readonly id: string,
    private state: JournalState,
  ) {
    ground.enter(this.path());
  }

  static existing(ground: Ground, { id, state }: JournalName): Folder {
    return new Folder(ground, id, state);
  }

  /** Make it, with a journal that has its first line, on the disk. */
  static create(ground: Ground, id: string, header: Entry): Folder {
    if (ground.look(HOME_PLACE) === null) {
      // So that nobody sees that the work directory got a name.
      const times = ground.touched(WORK_ROOT);
      must(ground.mkdir(HOME_PLACE, 0o700), `make WORKDIR/${HOME}`);
      ground.settle([times]);
    }
    const folder = new Folder(ground, id, "open");
    must(ground.mkdir(inJournal(""), 0o700), `make ${folder.shown}`);
    folder.append(encode(header));
    must(ground.mkdir(ASIDE, 0o700), `make ${folder.shown}/aside`);
    must(ground.mkdir(KEPT, 0o700), `make ${folder.shown}/kept`);
    must(ground.append(RESERVE, Buffer.alloc(RESERVED, " ")), `write ${folder.shown}/reserve`);
    folder.syncAll();
    return folder;
  }

  get shown(): string {
    return `WORKDIR/${HOME}/${journalName(this.id, this.state)}`;
  }

  private path(): Buffer {
    return Buffer.from(`${HOME}/${journalName(this.id, this.state)}`);
  }

  read(): Journal | JournalProblem {
    const bytes = this.ground.read(FILE);
    if (bytes === ENOENT) return { problem: "empty", why: "there is none" };
    if (typeof bytes === "number") throw new HostError("read", `${this.shown}/journal`, bytes);
    return parseJournal(bytes);
  }

  append(lines: string): void {
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
    const [from, before] = [this.path(), this.shown];
    const to = Buffer.from(`${HOME}/${journalName(this.id, state)}`);
    must(this.ground.rename({ layer: "work", path: from }, { layer: "work", path: to }), `rename ${before}`);
    this.state = state;
    this.ground.enter(to);
    must(this.ground.sync(HOME_PLACE), `sync WORKDIR/${HOME}`);
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
    const names: string[] = [];
    const path = Buffer.concat([this.path(), Buffer.from(`/${inside}`)]);
    const errno = eachName(this.ground.host.native, this.ground.work, path, (name) => {
      names.push(name.toString("latin1"));
    });
    if (errno !== 0 && errno !== ENOENT) throw new HostError("list", `${this.shown}/${inside}`, errno);
    return names;
  }

  /** Remove a run in which nothing was done. False where something is in its folder that is not the run's. */
  discard(): boolean {
    this.tidy();
    if (this.ground.look(KEPT) !== null || this.ground.look(ASIDE) !== null) return false;
    this.ground.unlink(FILE);
    return this.ground.rmdir(inJournal("")) === 0;
  }
}

function isWhiteout(ground: Ground, at: Place): boolean {
  const found = ground.look(at);
  return found !== null && (found.mode & S_IFMT) === 0o020000 && found.rdev === 0;
}
