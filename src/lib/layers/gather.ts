import { isInterrupted, JOURNALS, parseJournalName } from "../format/journalName.js";
import { errnoName } from "../host/errno.js";
import { eachName } from "../host/listing.js";
import type { Errno } from "../host/native.js";
import { printable } from "../mount/bytes.js";
import type { Directory, OpenContext } from "./directory.js";
import {
  type DirectoryFacts,
  kernelVersion,
  type LayerFacts,
  type StackFacts,
  type WorkFacts,
} from "./facts.js";
import { findUse, type UseTable } from "./inuse.js";
import { findStuckLeftover } from "./leftovers.js";
import { problem } from "./outcome.js";
import type { Problem } from "./types.js";

/** No directory is there: a file, symlink or the like is swept away by the mount as any scratch object. */
const NO_DIRECTORY = new Set(["ENOENT", "ENOTDIR", "ELOOP"]);
const INCOMPAT = Buffer.from("work/incompat");

/** What was opened, as the values that params() decides by. Adds to `problems` what cannot be read. */
export function gatherFacts(
  context: OpenContext,
  directories: ReadonlyMap<string, Directory>,
  uses: UseTable,
  problems: Problem[],
): StackFacts {
  const all = [...directories.values()];
  const upper = directories.get("upper");
  const work = directories.get("work");
  return {
    kernel: kernelVersion(context.files.kernelRelease()),
    upper: upper === undefined ? null : { ...layerFacts(upper, uses), xattrError: upper.xattrError },
    work: upper === undefined || work === undefined ? null : workFacts(context, upper, work, uses, problems),
    lower: all
      .filter(({ name }) => name.startsWith("lower["))
      .map((directory) => layerFacts(directory, uses)),
    data: all.filter(({ name }) => name.startsWith("data[")).map((directory) => layerFacts(directory, uses)),
  };
}

function directoryFacts(directory: Directory, uses: UseTable): DirectoryFacts {
  const object = `${directory.root.dev}:${directory.root.ino}`;
  const location = directory.located?.location ?? null;
  const use = findUse(uses, {
    object,
    location,
    path: directory.path,
    real: directory.located?.path ?? null,
  });
  return { name: directory.name, path: printable(directory.path), object, location, ...use };
}

function layerFacts(directory: Directory, uses: UseTable): LayerFacts {
  const { device, uuid, filesystem, handles } = directory;
  return { ...directoryFacts(directory, uses), device, uuid, filesystem, handles };
}

function workFacts(
  context: OpenContext,
  upper: Directory,
  work: Directory,
  uses: UseTable,
  problems: Problem[],
): WorkFacts {
  const [ours, its] = [upper.located?.mountId, work.located?.mountId];
  const sameMount = ours === undefined || its === undefined ? upper.device === work.device : ours === its;
  const incompat = incompatNames(context, work, problems);
  const stuck = findStuckLeftover(context.native, work.fd);
  noteUnreadable(work, "work/work", stuck.errno, problems);
  noteInterruptedRuns(context, work, problems);
  return {
    ...directoryFacts(work, uses),
    sameMount,
    incompat,
    stuck: stuck.path === null ? null : printable(stuck.path),
  };
}

/** Names in work/incompat. */
function incompatNames(context: OpenContext, work: Directory, problems: Problem[]): string[] {
  const names: string[] = [];
  const errno = eachName(context.native, work.fd, INCOMPAT, (name) => names.push(printable(name)));
  noteUnreadable(work, "work/incompat", errno, problems);
  return names;
}

/** Runs of this program that have not come to their end. */
function noteInterruptedRuns(context: OpenContext, work: Directory, problems: Problem[]): void {
  const errno = eachName(context.native, work.fd, Buffer.from(JOURNALS), (name) => {
    const run = parseJournalName(name.toString("latin1"));
    if (run === null || !isInterrupted(run)) return;
    problems.push(problem("journal-unfinished", { run: run.id, state: run.state }));
  });
  noteUnreadable(work, JOURNALS, errno, problems);
}

function noteUnreadable(work: Directory, below: string, result: Errno, problems: Problem[]): void {
  const errno = errnoName(result);
  if (result === 0 || NO_DIRECTORY.has(errno)) return;
  problems.push(problem("layer-unreadable", { path: `${printable(work.path)}/${below}`, errno }));
}
