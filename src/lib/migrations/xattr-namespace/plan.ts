/**
 * All that has to be converted, in two halves: first every mark is set in the namespace that the options name, then the old
 * ones are taken away, the roots' last of all. A stop in the first half (no room for an xattr) leaves an overlay that mounts
 * as before; one in the second half, an overlay that mounts as it is to be.
 */
import type { Finding } from "../../catalogue/index.js";
import { decodeIndexName } from "../../format/indexName.js";
import { unescaped } from "../../format/xattrNames.js";
import { isWhiteoutDevice } from "../../kernel/env.js";
import { getNlink } from "../../kernel/index-entry.js";
import type { Facts } from "../../plan/facts.js";
import { nameOf } from "../../plan/place.js";
import { keep, seen, upperAt } from "../../plan/planners/changes.js";
import { INDEX } from "../../plan/planners/index-directory.js";
import type { Action, Left, Place } from "../../plan/types.js";
import { plural } from "../../report/text.js";
import type { Past } from "../types.js";
import { type Conversion, convert, part } from "./convert.js";
import { entriesOfSpecials, type Marked, markedEntries, markedObjects } from "./marks.js";

export interface Converting {
  readonly actions: readonly Action[];
  readonly left: readonly Left[];
  /** Objects that are converted, and of lower layers that may not be. */
  readonly count: number;
  /** Upper objects that cannot have marks in user.*. */
  readonly lost: readonly Buffer[];
  /** Objects with marks of a nested overlay. */
  readonly nested: readonly Buffer[];
  /** Objects with a redirect or a metacopy mark in user.*, which is not carried over. */
  readonly untrusted: readonly Buffer[];
}

export const isStranger = (found: Finding): found is Finding<"xattr-other-namespace"> =>
  found.code === "xattr-other-namespace";

const bySession = new WeakMap<Facts, Converting>();

/** Only what has begun at a layer's root is known to be this overlay's; the rest is for who asks for it by name. */
export function planConversion(past: Past): Converting {
  const known = bySession.get(past.facts) ?? conversionOf(past);
  bySession.set(past.facts, known);
  return known;
}

function conversionOf(past: Past): Converting {
  const { facts, result, lower } = past;
  const found = result.findings.filter(isStranger);
  const layers = layersOf(past, found);
  const marked = [...layers].flatMap((layer) => [...markedObjects(facts, layer)]);
  if (layers.has("upper")) marked.push(...markedEntries(facts));
  const barred = facts.options.userxattr ? marked.flatMap((one) => barredBy(one, found)) : [];
  const count = marked.length;
  if (barred.length > 0) return { actions: [], left: barred, count, lost: [], nested: [], untrusted: [] };
  const isOpen = ({ at }: Marked): boolean => lower || at.layer === "upper" || at.layer === "work";
  const converted = marked.filter(isOpen).map((one) => ({ one, conversion: convert(facts, one) }));
  const removals = converted.flatMap(({ conversion: { remove } }) => remove ?? []);
  const isLast = ({ target }: Action): boolean => target.path.length === 0 || target === INDEX;
  // As long as something is left to a person, the roots tell that the overlay has lived the other way.
  const isUndecided = converted.some(({ conversion: { left } }) => left !== null);
  const dropped = facts.options.userxattr && layers.has("upper") ? droppedEntries(facts) : [];
  const shut = marked.filter((one) => !isOpen(one)).map(({ at }) => at);
  return {
    actions: [
      ...converted.flatMap(({ conversion: { set } }) => set ?? []),
      ...dropped,
      ...removals.filter((one) => !isLast(one)),
      ...(isUndecided ? [] : removals.filter(isLast)),
    ],
    left: [
      ...converted.flatMap(({ one, conversion: { left } }) => leftAt(found, one.at, left)),
      ...found.filter(({ layer }) => shut.some((at) => at.layer === layer)).map(notWritten),
      ...found
        .filter(({ layer, severity }) => severity === "warning" && !layers.has(layer ?? ""))
        .map(doubtful),
    ],
    count,
    lost: pathsWhere(converted, ({ isLost }) => isLost),
    nested: pathsWhere(converted, ({ isNested }) => isNested),
    untrusted: pathsWhere(converted, ({ isUntrusted }) => isUntrusted),
  };
}

type Pair = { readonly one: Marked; readonly conversion: Conversion };

const pathsWhere = (pairs: readonly Pair[], is: (conversion: Conversion) => boolean): Buffer[] =>
  pairs.filter(({ conversion }) => is(conversion)).map(({ one }) => one.at.path);

function layersOf({ facts, wishes }: Past, found: readonly Finding<"xattr-other-namespace">[]): Set<string> {
  const all = ["upper", ...facts.lowers];
  if (wishes.only?.includes("xattr-namespace") === true) return new Set(found.length > 0 ? all : []);
  const own = found.filter(({ evidence }) => evidence.own).map(({ layer }) => layer ?? "");
  return new Set(
    own.includes("upper") || own.includes("work") ? all : all.filter((one) => own.includes(one)),
  );
}

/**
 * With userxattr the kernel follows neither, whatever their namespace. An overlay that is nested in this one has to be mounted so, too,
 * once its marks are converted along.
 */
function barredBy({ at, old }: Marked, found: readonly Finding[]): Left[] {
  const names = [...old.keys()].map(unescaped);
  const nearest = (wanted: string): number =>
    Math.min(...names.flatMap(({ name, depth }) => (name === wanted ? [depth] : [])));
  for (const [name, whys] of Object.entries(BARRED)) {
    const depth = nearest(name);
    if (depth === 0) return leftAt(found, at, whys.own);
    if (depth < Number.POSITIVE_INFINITY) return leftAt(found, at, whys.nested);
  }
  return [];
}

const BARRED = {
  metacopy: {
    own: "Its data is in a lower layer, where a mount with userxattr never looks: copy it up first, by migrate with the options of before (without userxattr).",
    nested:
      "For an overlay that is nested in this one its data is in a lower layer, where a mount with userxattr, as that one would need then, never looks: give that layer the data first.",
  },
  redirect: {
    own: "It was renamed, and a mount with userxattr does not follow its redirect: mount as before, and put a copy of the directory in its place (cp -a, then mv).",
    nested:
      "It was renamed in an overlay that is nested in this one, and a mount with userxattr, as that one would need then, does not follow its redirect: put a copy of the directory in its place there first.",
  },
} as const;

/** What is told of an object hangs on its finding, or on that of a root where the check had no reason to look at it. */
function leftAt(found: readonly Finding[], { layer, path }: Place, why: string | null): Left[] {
  if (why === null) return [];
  const finding =
    found.find((one) => one.layer === layer && one.path?.equals(path) === true) ??
    found.find((one) => one.layer === layer) ??
    found[0];
  return finding === undefined ? [] : [{ finding, why }];
}

const notWritten = (finding: Finding): Left => ({
  finding,
  why: "It is in a lower layer, which other overlays may share: allow it with --write-lower, or convert it where the layer is made.",
});

const doubtful = (finding: Finding): Left => ({
  finding,
  why: "Nothing shows that it is this overlay's, and not that of one which is nested in it: --only xattr-namespace converts it, in lower layers with --write-lower.",
});

/** An entry without an origin refuses the mount (ENODATA). */
function droppedEntries(facts: Facts): Action[] {
  const actions: Action[] = [];
  for (const { at, object } of entriesOfSpecials(facts).values()) {
    const [path] = facts.upperNames(object.ino);
    const about = {
      target: at,
      evidence: "without an origin, which it cannot have in user.*, the kernel refuses the mount for it",
      safety: "confirm",
    } as const;
    const message = "it is the entry of something that is neither file nor directory";
    const because = part({ layer: "index", path: nameOf(at.path) }, message);
    if (path !== undefined) {
      const steps = [{ op: "unlink", at, other: upperAt(path), seen: seen(object) }] as const;
      actions.push({ ...about, because, action: "remove-entry", loses: shownBy(facts, at, object), steps });
    } else {
      const loses =
        shownBy(facts, at, object) ?? "what only the index has; it is kept in the journal's folder";
      actions.push({ ...about, because, action: "keep-entry", loses, steps: keep(facts, at) });
    }
  }
  return actions;
}

/** Names of a lower hard link that show the upper object by way of the index alone. */
function shownBy(facts: Facts, at: Place, object: Marked["object"]): string | null {
  const name = decodeIndexName(nameOf(at.path));
  const lower = name.kind === "valid" ? facts.decode(name.bytes)?.object : undefined;
  if (lower === undefined || isWhiteoutDevice(lower)) return null;
  const counted = { ...object, xattrs: new Map([...facts.otherXattrs(at)]) };
  const names = getNlink(lower, counted, 0) - facts.upperNames(object.ino).length;
  return names > 0
    ? `what ${plural(names, "lower name")} showed of it, which show the lower object again`
    : null;
}
