/** A plan for a person: what would be done, why, and what is given up by it. */
import { messageOf } from "../catalogue/index.js";
import { type CauseCode, isPart } from "../plan/cause.js";
import type { Action, ActionKind, Left, Plan } from "../plan/types.js";
import { withShortValues } from "../report/findings.js";
import { number, plural, safeText, showPath, wrap } from "../report/text.js";
import type { RunTextOptions } from "./options.js";
import { stepText } from "./steps.js";
import { ACTION_WORDS, shortenNames, showPlace } from "./words.js";

/** Actions of a kind that are shown without --all. */
const SHOWN = 3;
/** Of those that give something up: who says yes has to have seen it. */
const SHOWN_LOSING = 10;

export interface Group {
  readonly kind: ActionKind;
  readonly code: CauseCode;
  readonly safety: Action["safety"];
  readonly actions: Action[];
}

/** Actions of one kind that answer one code: groups in the order in which they are carried out, what is in them by path. */
export function groupActions(actions: readonly Action[]): Group[] {
  const groups = new Map<string, Group>();
  for (const action of actions) {
    const { action: kind, because, safety } = action;
    const key = `${kind} ${because.code} ${safety}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { kind, code: because.code, safety, actions: [action] });
    else group.actions.push(action);
  }
  for (const { actions } of groups.values()) actions.sort(byPath);
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
  yield* wrap(
    `    ${safeText(`${where(action, options.verbose)}: ${why(action, options)}`)}`,
    options.width,
    6,
  );
  yield* detailLines(action, options);
}

function why({ evidence }: Action, { verbose }: RunTextOptions): string {
  return verbose ? evidence : shortenNames(evidence);
}

function* detailLines(
  { loses, steps }: Action,
  { width, verbose, paint }: RunTextOptions,
): Generator<string> {
  if (loses !== null) yield* wrap(`      gives up: ${safeText(loses)}`, width, 8).map(paint.unsure);
  if (verbose) for (const step of steps) yield* wrap(`      ${stepText(step)}`, width, 8);
}

const safetyWords = (safety: Action["safety"]): string =>
  safety === "auto" ? "safe unattended" : "needs a look";

/** "add-entry (2) for copied-up-not-indexed, safe unattended: make an index entry"; behind it come lines indented by 4. */
function headLines(
  begin: string,
  { kind, code, safety }: Omit<Group, "actions">,
  many: string,
  { paint, width }: RunTextOptions,
): string[] {
  const head = `${begin}${paint.strong(kind)}${many} for ${code}, ${safetyWords(safety)}:`;
  const words = ACTION_WORDS[kind];
  const whole = wrap(`${head} ${words}`, width, 6);
  return whole.length === 1 ? whole : [...wrap(head, width, 6), ...wrap(`      ${words}`, width, 6)];
}

/** One action that is asked for, as a paragraph of its own, with what is wrong there; `place` is "2/5". */
export function* askedActionLines(action: Action, place: string, options: RunTextOptions): Generator<string> {
  const { action: kind, because, safety } = action;
  const { verbose, width } = options;
  const wrong = isPart(because) ? because.message : messageOf(verbose ? because : withShortValues(because));
  yield "";
  yield* headLines(`${place} `, { kind, code: because.code, safety }, "", options);
  yield* wrap(`    ${safeText(`${where(action, verbose)}: ${wrong}`)}`, width, 6);
  yield* wrap(`      why: ${safeText(why(action, options))}`, width, 8);
  yield* detailLines(action, options);
}

/** As a check tells its findings. */
function byPath(a: Action, b: Action): number {
  return Buffer.compare(a.because.path ?? a.target.path, b.because.path ?? b.target.path);
}

function groupHead(group: Group, options: RunTextOptions): string[] {
  return headLines("  ", group, ` (${number(group.actions.length)})`, options);
}

function* groupLines(group: Group, options: RunTextOptions): Generator<string> {
  const { all } = options;
  yield* groupHead(group, options);
  const sorted = group.actions;
  const losing = sorted.filter((action) => action.loses !== null);
  const first = losing.length > 0 ? losing.slice(0, SHOWN_LOSING) : sorted.slice(0, SHOWN);
  const shown = all ? sorted : first;
  for (const action of shown) yield* actionLines(action, options);
  const rest = group.actions.length - shown.length;
  const unseen = losing.length - shown.filter((action) => action.loses !== null).length;
  const what = unseen > 0 ? `, ${number(unseen)} of them with a loss` : "";
  if (rest > 0) yield `    ... and ${number(rest)} more${what} (--all shows them)`;
}

/** "5 changes planned: 3 safe unattended, 2 need a look". */
export function planHeading(actions: readonly Action[]): string {
  const auto = actions.filter((action) => action.safety === "auto").length;
  const look = actions.length - auto;
  const parts = [
    ...(auto > 0 ? [`${number(auto)} safe unattended`] : []),
    ...(look > 0 ? [`${number(look)} ${look === 1 ? "needs" : "need"} a look`] : []),
  ];
  return `${plural(actions.length, "change")}: ${parts.join(", ")}`;
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
 * @param waiting Changes that are planned anew once these are decided.
 */
export function* planLines(
  plan: Plan,
  round: number,
  options: RunTextOptions,
  brief = false,
  waiting = 0,
): Generator<string> {
  const { paint, width } = options;
  const heading = round === 1 ? "plan" : `plan, round ${round}`;
  if (plan.actions.length === 0) yield `${paint.strong(heading)}: nothing to change`;
  else yield* wrap(`${paint.strong(heading)}: ${planHeading(plan.actions)}`, width, 2);
  for (const group of groupActions(plan.actions)) {
    yield* brief ? groupHead(group, options) : groupLines(group, options);
  }
  const left = plan.left.filter(({ finding }) => options.all || finding.severity !== "info");
  if (left.length > 0 && round === 1) {
    // What waits for something else may have its turn in the next round.
    const title = plan.actions.length === 0 ? "left alone" : "left for now";
    yield `${paint.strong(title)}: ${plural(left.length, "finding")}`;
    yield* leftLines(left, options);
  }
  if (waiting > 0) {
    const what =
      waiting === 1 ? "1 more waits for these and is" : `${number(waiting)} more wait for these and are`;
    yield* wrap(`${what} planned anew after them`, width, 2);
  }
  if (brief && plan.actions.length > 0) {
    // What earlier rounds have written stays.
    const more = round === 1 ? "" : " more";
    yield* wrap(`Each is asked for. Nothing${more} is written before the last answer, nor after q.`, width);
  }
}
