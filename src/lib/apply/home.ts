/**
 * WORKDIR/ovl-index, the folder of all runs' folders: opened once, and reached by that descriptor from then on. Whoever
 * owns the work directory can put another in its place at any time; a journal of theirs would be their
 * way to this process's privileges.
 */
import {
  isOverflown,
  type JournalName,
  LAST_NUMBER,
  markName,
  JOURNALS as NAME,
  parseJournalName,
  parseMarkName,
} from "../format/journalName.js";
import { HostError } from "../host/errno.js";
import type { Errno } from "../host/native.js";
import { JOURNAL, type Place } from "../plan/place.js";
import { safeText } from "../report/text.js";
import { inJournal } from "./change.js";
import type { Ground } from "./ground.js";
import { noteTimes, settleTimes } from "./times.js";
import { must, Stop, troubleOf } from "./trouble.js";
import { Trouble } from "./types.js";

const WORK_ROOT: Place = { layer: "work", path: Buffer.alloc(0) };
const AT: Place = { layer: "work", path: Buffer.from(NAME) };
const HERE = Buffer.alloc(0);
const ENOENT = -2;
/** EPERM, ENOTDIR, EINVAL, ELOOP: another's, or of another type. */
const DISTRUST: ReadonlySet<Errno> = new Set([-1, -20, -22, -40]);

/** What is in the folder of journals. */
export interface Runs {
  /** Oldest first. */
  readonly folders: readonly JournalName[];
  /** The largest number that a run has had, be its folder there or not; 0 before the first. */
  readonly last: number;
}

/** Is there a folder of journals? Then it is open. @throws Stop where it is none to be trusted. */
function openHome(ground: Ground): boolean {
  if (ground.has(JOURNAL)) return true;
  const fd = ground.openOwned(AT);
  if (fd === ENOENT) return false;
  if (fd < 0) throw unopened(fd, `WORKDIR/${NAME}`, "directory");
  ground.add(JOURNAL, { fd, dev: ground.dev("work") });
  return true;
}

/** Open the folder of journals, made where it is not there yet. @throws Stop */
export function makeHome(ground: Ground): void {
  if (openHome(ground)) return;
  // So that nobody sees that the work directory got a name.
  const times = noteTimes(ground, WORK_ROOT);
  must(ground.mkdir(AT, 0o700), `make WORKDIR/${NAME}`);
  settleTimes(ground, [times]);
  if (!openHome(ground)) must(ENOENT, `open WORKDIR/${NAME}`);
}

/** Why openOwned() did not open it: it is not to be trusted, or cannot be opened. */
export function unopened(errno: Errno, what: string, kind: string): Stop {
  return DISTRUST.has(errno) ? untrusted(what, kind) : new Stop(troubleOf(errno, `open ${what}`));
}

export function untrusted(what: string, kind: string): Stop {
  const why = `${what} is no ${kind} that only root owns and can write: look at it, and move it away`;
  return new Stop(new Trouble("bad-journal", why));
}

/** With places of the journal meant below the folder of journals itself. */
export function atHome<T>(ground: Ground, call: () => T): T {
  const run = ground.enter(HERE);
  try {
    return call();
  } finally {
    ground.enter(run);
  }
}

/** @throws Stop, HostError */
export function listRuns(ground: Ground): Runs {
  if (!openHome(ground)) return { folders: [], last: 0 };
  const folders: JournalName[] = [];
  let last = 0;
  const errno = atHome(ground, () =>
    ground.eachName(inJournal(""), (bytes) => {
      const name = bytes.toString("latin1");
      if (isOverflown(name)) throw confused(`${name} has a larger number than a run can have`);
      const found = parseJournalName(name);
      if (found !== null) folders.push(found);
      last = Math.max(last, found?.number ?? parseMarkName(name) ?? 0);
    }),
  );
  if (DISTRUST.has(errno)) throw untrusted(`WORKDIR/${NAME}`, "directory");
  if (errno !== 0) throw new HostError("list", `WORKDIR/${NAME}`, errno);
  folders.sort((a, b) => a.number - b.number);
  for (const [i, { number, id }] of folders.entries()) {
    const next = folders[i + 1];
    if (next?.number === number) throw confused(`${id} and ${next.id} have one number, or are one run twice`);
  }
  return { folders, last };
}

function confused(why: string): Stop {
  return new Stop(new Trouble("bad-journal", `WORKDIR/${NAME}: ${safeText(why)}; move it away`));
}

/** @throws Stop where there is none any more. */
export function nextNumber({ last }: Runs): number {
  if (last < LAST_NUMBER) return last + 1;
  throw confused(`number ${LAST_NUMBER} is taken, and there is none after it`);
}

/** Note that this is the last run. To be on the disk before its first change. @throws Stop */
export function mark(ground: Ground, number: number): void {
  atHome(ground, () => {
    const now = inJournal(markName(number));
    const result = ground.rename(inJournal(markName(number - 1)), now);
    const made = result === ENOENT ? ground.append(now, HERE) : result;
    must(made, `make WORKDIR/${NAME}/${markName(number)}`);
  });
}

/** It was the last run, and did nothing. @throws Stop */
export function unmark(ground: Ground, number: number): void {
  atHome(ground, () => {
    const now = inJournal(markName(number));
    const result = number === 1 ? ground.unlink(now) : ground.rename(now, inJournal(markName(number - 1)));
    if (result !== ENOENT) must(result, `remove WORKDIR/${NAME}/${markName(number)}`);
  });
}

/** Every run after this one still has its folder; where one is missing, nobody knows what stands on what. @throws Stop */
export function refuseGap({ folders, last }: Runs, { number, id }: JournalName): void {
  const there = new Set(folders.map((folder) => folder.number));
  for (let n = last; n > number; n--) {
    if (there.has(n)) continue;
    const lost = String(n).padStart(4, "0");
    throw new Stop(
      new Trouble(
        "no-journal",
        `run ${lost} came after ${id}, and its folder is gone: ${id} cannot be undone`,
      ),
    );
  }
}
