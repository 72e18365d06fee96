/**
 * What a journal, or the disk, cannot hold, told before anything is written: a journal that cannot be read back would
 * bar every later run. Sizes are estimated, and rather too large than too small.
 */
import type { Action, Step } from "../plan/types.js";
import { plural, showPath } from "../report/text.js";
import { tooLarge } from "./codec.js";
import type { Ground } from "./ground.js";
import { JOURNAL_MAX, LINE_MAX } from "./journal.js";
import { bytesToJson } from "./line.js";
import { showPlace, troubleOf } from "./trouble.js";
import { Trouble } from "./types.js";

/** Bytes of a change's lines beside its paths and values: checksum, words, numbers, and the directory's own line. */
const LINE = 200;
/** Bytes that a change takes in directories and inodes, and a directory that is made. */
const CHANGE = 512;
const OBJECT = 4096;
const BLOCK = 4096;
/** Bytes of data for one that says where they are. */
const MAPPED = 256;
const SPARE = 1 << 20;
const SPARE_INODES = 16;
/** Left free for the lines that end a journal, or that tell how far it was taken back. */
const ENDING = 16 << 20;

/** Names in the lines of whiteouts that go. */
type Others = ReadonlyMap<Step, Buffer>;

/** `written`: bytes of the journal so far. Null: it holds them all. */
export function findUnfit(
  ground: Ground,
  actions: readonly Action[],
  others: Others,
  written: number,
): Trouble | null {
  const { upper, work, lower } = ground.target;
  const open = lower.filter(({ name }) => ground.has(name));
  for (const { path, ino } of [upper, work, ...open]) {
    if (!Number.isSafeInteger(ino)) return tooLarge(showPath(path));
  }
  let bytes = written + ENDING;
  for (const { steps } of actions) {
    for (const step of steps) {
      if (step.op !== "make" && !Number.isSafeInteger(step.seen.ino)) return tooLarge(showPlace(step.at));
      if (step.op === "fill" && !Number.isSafeInteger(step.size)) return tooLarge(showPlace(step.at), "size");
      const lines = linesOf(step, others);
      if (lines > LINE_MAX) return tooLong(step);
      bytes += lines;
    }
  }
  if (bytes <= JOURNAL_MAX) return null;
  const why = "so many changes are more than a journal can hold: accept a part of them, and run again";
  return new Trouble("unsupported", why);
}

/** Of values, for no path is as long: read back it would be taken for a line that a crash has torn. */
function tooLong({ at }: Step): Trouble {
  const why = "its xattrs are more than a line of the journal can hold";
  return new Trouble("unsupported", `${showPlace(at)}: ${why}`);
}

/**
 * Is there room for the journal, and for what is made and copied? Of a copy as much is counted as a filesystem takes that
 * shares no blocks with the one copied from.
 */
export function findShortage(ground: Ground, actions: readonly Action[], others: Others): Trouble | null {
  let bytes = SPARE;
  let inodes = SPARE_INODES;
  for (const { steps } of actions) {
    for (const step of steps) {
      bytes += linesOf(step, others) + CHANGE;
      if (step.op === "xattr") bytes += step.value?.length ?? 0;
      else if (step.op === "fill") bytes += roomFor(step);
      else if (step.op === "make" && step.what.kind === "directory") {
        bytes += OBJECT + (step.what.like?.xattrs ?? []).reduce((all, [, { length }]) => all + length, 0);
        inodes++;
      }
    }
  }
  const space = ground.host.writer.space(ground.work);
  if (typeof space === "number") return troubleOf(space, "free space of the work directory's filesystem");
  const where = "the filesystem of upper and work";
  if (space.bytes < bytes) {
    const [need, free] = [bytes, space.bytes].map((n) => `${(n / (1 << 20)).toFixed(1)} MiB`);
    return new Trouble("no-space", `${where} has ${free} free, and up to ${need} are needed: make room`);
  }
  if (space.inodes !== null && space.inodes < inodes) {
    const need = plural(inodes, "inode");
    return new Trouble(
      "no-space",
      `${where} has ${space.inodes} free, and up to ${need} are needed: make room`,
    );
  }
  return null;
}

/** Bytes that a copy takes: its data, in whole blocks, and what tells where these are. */
export const roomFor = ({ data }: Pick<Step & { op: "fill" }, "data">): number =>
  Math.ceil((data * (1 + 1 / MAPPED)) / BLOCK) * BLOCK + BLOCK;

/** Bytes of its lines in the journal: the name of its directory is there, too. */
function linesOf(step: Step, others: Others): number {
  const path = bytesToJson(step.at.path).length;
  const bytes = LINE + 2 * path;
  switch (step.op) {
    case "xattr":
      return bytes + 2 * ((step.old?.length ?? 0) + (step.value?.length ?? 0));
    case "fill":
      return bytes + bytesToJson(step.from.path).length + 2 * (step.looks.capability?.length ?? 0);
    case "uncover": {
      const xattrs = (step.like?.xattrs ?? []).map(([name, { length }]) => 6 * name.length + 2 * length + 8);
      const other = others.get(step);
      const named = other === undefined ? 0 : bytesToJson(other).length;
      return xattrs.reduce((all, size) => all + size, bytes + named);
    }
    case "link":
      return bytes + bytesToJson(step.from.path).length;
    case "unlink":
      return bytes + bytesToJson(step.other.path).length;
    case "move":
      return bytes + 2 * bytesToJson(step.to.path).length;
    case "keep":
    case "make":
      return bytes;
  }
}
