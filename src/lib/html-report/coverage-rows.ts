/** Counts of single directories, gathered into as many rows as a person looks at. */

export interface Counted {
  /** Upper objects that their index entry stands for. */
  readonly indexed: number;
  /** Copied up, and no entry. */
  readonly missing: number;
  /** Deleted, and no tombstone. */
  readonly lost: number;
}

export interface CoverageRow extends Counted {
  /** The directory; the empty Buffer is the root. */
  readonly path: Buffer;
  /** What is below it counts, too. */
  readonly deep: boolean;
}

export interface Coverage {
  /** Worst first, then by number. */
  readonly rows: readonly CoverageRow[];
  /** What is not in a row of its own. */
  readonly rest: (Counted & { readonly directories: number }) | null;
  readonly total: Counted;
}

interface Node {
  readonly path: string;
  own: Mutable;
  total: Mutable;
  readonly children: Map<string, Node>;
  /** Its total has more in it than its own. */
  hasBelow: boolean;
}
type Mutable = { -readonly [K in keyof Counted]: Counted[K] };

const ROWS = 16;
/** Directories that are divided, at most. */
const DIVISIONS = 64;
/** Names of a path that are told apart: it may have two thousand. */
const DEPTH = 32;

const none = (): Mutable => ({ indexed: 0, missing: 0, lost: 0 });
const wrong = ({ missing, lost }: Counted): number => missing + lost;
export const sizeOf = (counted: Counted): number => counted.indexed + wrong(counted);

function add(to: Mutable, what: Counted): void {
  to.indexed += what.indexed;
  to.missing += what.missing;
  to.lost += what.lost;
}

function node(path: string): Node {
  return { path, own: none(), total: none(), children: new Map(), hasBelow: false };
}

/** By path; latin1 keeps one character a byte. */
function summed(directories: Iterable<Counted & { readonly path: Buffer }>): Map<string, Mutable> {
  const sums = new Map<string, Mutable>();
  for (const counted of directories) {
    const path = counted.path.toString("latin1");
    const sum = sums.get(path) ?? none();
    sums.set(path, sum);
    add(sum, counted);
  }
  return sums;
}

function treeOf(directories: Iterable<Counted & { readonly path: Buffer }>): Node {
  const root = node("");
  for (const [path, counted] of summed(directories)) {
    const names = path === "" ? [] : path.split("/");
    let at = root;
    add(at.total, counted);
    for (const name of names.slice(0, DEPTH)) {
      let child = at.children.get(name);
      if (child === undefined) {
        child = node(at.path === "" ? name : `${at.path}/${name}`);
        at.children.set(name, child);
        at.hasBelow = true;
      }
      at = child;
      add(at.total, counted);
    }
    if (names.length > DEPTH) at.hasBelow = true;
    add(at.own, counted);
  }
  return root;
}

/** A row: a directory with all that is below it, or what is in it itself. */
interface Part {
  readonly at: Node;
  readonly deep: boolean;
}

const countedOf = ({ at, deep }: Part): Counted => (deep ? at.total : at.own);

function worstFirst(a: Part, b: Part): number {
  const [x, y] = [countedOf(a), countedOf(b)];
  return wrong(y) - wrong(x) || sizeOf(y) - sizeOf(x) || (a.at.path < b.at.path ? -1 : 1);
}

function divided({ at }: Part): Part[] {
  const children = [...at.children.values()].map((child): Part => ({ at: child, deep: true }));
  return sizeOf(at.own) === 0 ? children : [{ at, deep: false }, ...children];
}

/** Begin with the whole and divide what has most to tell, as long as there is room. */
export function coverageOf(directories: Iterable<Counted & { readonly path: Buffer }>): Coverage {
  const root = treeOf(directories);
  let parts: Part[] = sizeOf(root.total) === 0 ? [] : [{ at: root, deep: true }];
  for (let divisions = 0; divisions < DIVISIONS && parts.length < ROWS; divisions++) {
    const next = parts.filter(({ at, deep }) => deep && at.children.size > 0).sort(worstFirst)[0];
    if (next === undefined) break;
    const into = divided(next);
    // Many small ones tell less than their sum does; only of the root itself they are all there is.
    if (parts.length - 1 + into.length > ROWS && next.at !== root) break;
    parts = [...parts.filter((part) => part !== next), ...into];
  }
  parts.sort(worstFirst);
  const shown = parts.length > ROWS ? parts.slice(0, ROWS - 1) : parts;
  const others = parts.slice(shown.length);
  const rest = none();
  for (const part of others) add(rest, countedOf(part));
  return {
    rows: shown.map((part) => ({
      ...countedOf(part),
      path: Buffer.from(part.at.path, "latin1"),
      deep: part.deep && part.at.hasBelow,
    })),
    rest: others.length === 0 ? null : { ...rest, directories: others.length },
    total: root.total,
  };
}
