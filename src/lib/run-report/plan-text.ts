/** A plan for a person: what would be done, why, and what is given up by it. */
import type { CauseCode } from "../plan/cause.js";
import type { Action, ActionKind, Left, Plan } from "../plan/types.js";
import { safeText, showPath, wrap } from "../report/text.js";
import type { RunTextOptions } from "./options.js";
import { stepText } from "./steps.js";
import { ACTION_WORDS, count, number, shortenNames, showPlace } from "./words.js";

/** Actions of a kind that are shown without --all. */
const SHOWN = 3;
/** Of those that give something up: who says yes has to have seen it. */
const SHOWN_LOSING = 10;

interface Group {
  readonly kind: ActionKind;
  readonly code: CauseCode;
  readonly safety: Action["safety"];
  readonly actions: Action[];
}

/** Actions of one kind that answer one code, in the order in which they are carried out. */
export function groupActions(actions: readonly Action[]): Group[] {
  const groups = new Map<string, Group>();
  for (const action of actions) {
    const { action: kind, because, safety } = action;
    const key = `${kind} ${because.code} ${safety}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { kind, code: because.code, safety, actions: [action] });
    else group.actions.push(action);
  }
  return [...groups.values()];
}

/**
 * The place that a person knows the action by: that of the finding; in brackets what is changed, where that is
 * elsewhere. The names of index entries say nothing to most.
 */
function where(action: Action, verbose: boolean): string {
  const { target, because } = action;
  const changed = showPlace(target, verbose);
  // It is made once for all that go into it; whichever finding came first says nothing about it.
  if (action.action === "make-index") return changed;
  // An entry of the index is in the layer "index" to a check, and in "work" to who changes it.
  if (because.path === null || because.layer === null || because.layer === "index") return changed;
  const found = showPlace({ layer: because.layer, path: because.path }, verbose);
  const isEntry = target.layer === "work" && target.path.toString("latin1").startsWith("index/");
  return found === changed || (isEntry && !verbose) ? found : `${found} (${changed})`;
}

/** One action: where, why, and what it gives up. */
export function* actionLines(action: Action, options: RunTextOptions): Generator<string> {
  const { width, verbose, paint } = options;
  const evidence = verbose ? action.evidence : shortenNames(action.evidence);
  yield* wrap(`    ${safeText(`${where(action, verbose)}: ${evidence}`)}`, width, 6);
  if (action.loses !== null) {
    yield* wrap(`      gives up: ${safeText(action.loses)}`, width, 8).map((line) => paint.unsure(line));
  }
  if (verbose) for (const step of action.steps) yield* wrap(`      ${stepText(step)}`, width, 8);
}

const safetyWords = (safety: Action["safety"]): string =>
  safety === "auto" ? "safe unattended" : "needs a look";

/** "make an index entry, for copied-up-not-indexed", the reason on a line of its own where there is no room. */
function headed(head: string, kind: ActionKind, code: CauseCode, width: number): string[] {
  const what = `${head}: ${ACTION_WORDS[kind]}`;
  const whole = `${what}, for ${code}`;
  return whole.length <= width ? [whole] : [...wrap(`${what},`, width, 4), `    for ${code}`];
}

function* headLines(group: Group, { paint, width }: RunTextOptions): Generator<string> {
  const { kind, code, safety, actions } = group;
  const head = `  ${kind} (${number(actions.length)}), ${safetyWords(safety)}`;
  const [first = "", ...rest] = headed(head, kind, code, width);
  yield first.replace(kind, paint.strong(kind));
  yield* rest;
}

/** One action that is asked for, as a paragraph of its own; `place` is "2/5". */
export function* askedActionLines(action: Action, place: string, options: RunTextOptions): Generator<string> {
  const { paint, width } = options;
  const { action: kind, because, safety } = action;
  const [first = "", ...rest] = headed(`${place} ${kind}, ${safetyWords(safety)}`, kind, because.code, width);
  yield "";
  yield first.replace(kind, paint.strong(kind));
  yield* rest;
  yield* actionLines(action, options);
}

/** As a check tells its findings. Within a group it is no matter which is done first. */
function byPath(a: Action, b: Action): number {
  return Buffer.compare(a.because.path ?? a.target.path, b.because.path ?? b.target.path);
}

function* groupLines(group: Group, options: RunTextOptions): Generator<string> {
  const { paint, all } = options;
  yield* headLines(group, options);
  const sorted = [...group.actions].sort(byPath);
  const losing = sorted.filter((action) => action.loses !== null);
  const first = losing.length > 0 ? losing.slice(0, SHOWN_LOSING) : sorted.slice(0, SHOWN);
  const shown = all ? sorted : first;
  for (const action of shown) yield* actionLines(action, options);
  const rest = group.actions.length - shown.length;
  const unseen = losing.length - shown.filter((action) => action.loses !== null).length;
  const what = unseen > 0 ? `, ${number(unseen)} of them with a loss` : "";
  if (rest > 0) yield paint.dim(`    … and ${number(rest)} more${what} (--all shows them)`);
}

/** "5 changes planned: 3 safe unattended, 2 need a look". */
export function planHeading(actions: readonly Action[]): string {
  const auto = actions.filter((action) => action.safety === "auto").length;
  const look = actions.length - auto;
  const parts = [
    ...(auto > 0 ? [`${number(auto)} safe unattended`] : []),
    ...(look > 0 ? [`${number(look)} ${look === 1 ? "needs" : "need"} a look`] : []),
  ];
  return `${count(actions.length, "change")}: ${parts.join(", ")}`;
}

/** Findings without an answer, where they are, and whose it is: together what has one code and one reason. */
export function* leftLines(left: readonly Left[], options: RunTextOptions): Generator<string> {
  const { all, width, paint, verbose } = options;
  const groups = new Map<string, Left[]>();
  for (const one of left) {
    const key = `${one.finding.code} ${one.why}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const shown = all ? group : group.slice(0, SHOWN);
    const places = shown.flatMap(({ finding: { layer, path } }) =>
      path === null ? [] : [`${layer ?? "overlay"}:${showPath(path)}`],
    );
    const at = places.length === 0 ? "" : ` ${places.join(", ")}`;
    const rest = group.length - shown.length;
    const more = rest > 0 ? ` and ${number(rest)} more` : "";
    const { code } = first.finding;
    yield* wrap(
      `  ${paint.strong(code)} (${number(group.length)})${safeText(`${at}${more}: ${verbose ? first.why : shortenNames(first.why)}`)}`,
      width,
      4,
    );
  }
}

/**
 * The plan of a round, line by line.
 * @param brief Only how many of which kind: each is shown when it is asked for.
 */
export function* planLines(
  plan: Plan,
  round: number,
  options: RunTextOptions,
  brief = false,
): Generator<string> {
  const { paint, width } = options;
  const heading = round === 1 ? "plan" : `plan, round ${round}`;
  if (plan.actions.length === 0) yield `${paint.strong(heading)}: nothing to change`;
  else yield* wrap(`${paint.strong(heading)}: ${planHeading(plan.actions)}`, width, 2);
  for (const group of groupActions(plan.actions)) {
    yield* brief ? headLines(group, options) : groupLines(group, options);
  }
  const left = plan.left.filter(({ finding }) => options.all || finding.severity !== "info");
  if (left.length > 0 && round === 1) {
    // What waits for something else may have its turn in the next round.
    const title = plan.actions.length === 0 ? "left alone" : "left for now";
    yield `${paint.strong(title)}: ${count(left.length, "finding")}`;
    yield* leftLines(left, options);
  }
  if (brief && plan.actions.length > 0) {
    yield* wrap("Each is asked for. Nothing of it is written before the last answer, nor after q.", width);
  }
}
