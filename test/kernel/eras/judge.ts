/** What became of the handles of the first era at an export, compared with what every name shows. */
import type { Stage } from "../../support/mounts.js";
import { printable, under } from "../../support/tree.js";
import { type ClientHandle, markAt, type Opened, Opener, type Shown, show } from "./objects.js";

/** A handle that does not lead where it should, and what it does instead. */
export interface Wrong {
  readonly held: ClientHandle;
  readonly what: string;
}

/** Where the disks alone cannot tell what a handle stands for any more. */
export type Excuse = (held: ClientHandle, names: readonly Shown[]) => boolean;

/**
 * The overlay is mounted as exported, and may be written. `shown`: what every name shows, mounted without an
 * index. Of each handle: gone with all names of its object, ESTALE; else it opens what one of the
 * names shows, with that name's content; and what is written through it comes out there.
 */
export function judgeHandles(
  stage: Stage,
  handles: readonly ClientHandle[],
  shown: readonly Shown[],
  excuse: Excuse,
): Wrong[] {
  const byNumber = group(shown);
  const wrong: Wrong[] = [];
  const opener = new Opener(stage.mnt);
  try {
    // All are read before anything is written.
    const opened = handles.map((held) => opener.open(held));
    const states = new Map(show(stage.mnt).map(({ path, state }) => [path.toString("latin1"), state]));
    const stateOf = ({ path }: Shown): string | undefined => states.get(path.toString("latin1"));
    handles.forEach((held, i) => {
      const names = byNumber.get(held.number) ?? [];
      const what =
        compare(opened[i] as Opened, held, names, names.map(stateOf), excuse) ??
        (typeof opened[i] === "string" ? null : arrives(stage, opener, held, names));
      if (what !== null) wrong.push({ held, what });
    });
  } finally {
    opener.close();
  }
  return wrong;
}

/** The same handles on a new mount: each opens what was marked through it, or nothing. */
export function judgeAgain(stage: Stage, handles: readonly ClientHandle[], shown: readonly Shown[]): Wrong[] {
  const byNumber = group(shown);
  const opener = new Opener(stage.mnt);
  try {
    return handles.flatMap((held) => {
      const names = byNumber.get(held.number) ?? [];
      const mark = opener.marked(held);
      if (mark === "ESTALE") return [];
      const isOneOf = names.some(({ path }) => markAt(under(stage.mnt, path)) === mark);
      return isOneOf ? [] : [{ held, what: `after a remount it leads to ${mark}` }];
    });
  } finally {
    opener.close();
  }
}

function compare(
  opened: Opened,
  held: ClientHandle,
  names: readonly Shown[],
  states: readonly (string | undefined)[],
  excuse: Excuse,
): string | null {
  if (opened === "ESTALE") {
    return names.length === 0 || excuse(held, names) ? null : `ESTALE, while ${list(names)} shows it`;
  }
  if (typeof opened === "string") return opened;
  if (opened.number !== held.number) return `opens number ${opened.number}`;
  if (names.length === 0) return "still opens, while all its names are gone";
  if (!states.includes(opened.state)) return `opens ${opened.state}, while ${list(names)} shows ${states}`;
  return null;
}

function arrives(stage: Stage, opener: Opener, held: ClientHandle, names: readonly Shown[]): string | null {
  const mark = `${held.number} ${held.handle.toString("hex")}`;
  const failed = opener.mark(held, mark);
  if (failed !== null) return `cannot be written: ${failed}`;
  const isThere = names.some(({ path }) => markAt(under(stage.mnt, path)) === mark);
  return isThere ? null : `what is written through it does not come out at ${list(names)}`;
}

const list = (names: readonly Shown[]): string => names.map(({ path }) => printable(path)).join(", ");

function group(shown: readonly Shown[]): ReadonlyMap<number, readonly Shown[]> {
  const groups = new Map<number, Shown[]>();
  for (const one of shown) {
    if (one.number === null) continue;
    const known = groups.get(one.number);
    if (known === undefined) groups.set(one.number, [one]);
    else known.push(one);
  }
  return groups;
}
