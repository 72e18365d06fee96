/**
 * Repaired twice: whatever was wrong with an overlay, `repair -y` leaves one that check has nothing repairable
 * to say about and that the kernel takes as it is; nothing that anybody could see is lost but what the plan said;
 * a second run has nothing to do; and undo brings back every byte.
 */
import { createHash } from "node:crypto";
import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { type Code, entryOf, type Finding } from "../../../src/lib/catalogue/index.js";
import type { MountSpec, Require } from "../../../src/lib/mount/spec.js";
import type { Action } from "../../../src/lib/plan/types.js";
import type { RunRequest, RunResult } from "../../../src/lib/repair/run-result.js";
import { repair, undo } from "../../../src/lib/repair.js";
import { dump } from "../../support/dump.js";
import { LOGGED } from "../../support/kmsg.js";
import type { OverlayMount, Stage } from "../../support/mounts.js";
import { type PlainName, plainView, requiredView } from "../../support/oracle.js";
import { errnoName, S_IFMT, S_IFREG } from "../../support/sys.js";
import { printable, under } from "../../support/tree.js";

/** An overlay on a stage, its disks mounted and itself not. */
export interface World {
  readonly stage: Stage;
  readonly spec: MountSpec;
  readonly require: Require;
  /** Lower layers from the top, upper, work. */
  readonly roots: readonly Buffer[];
  mountOf(require: Require): OverlayMount;
  /** Do something with byte-exact copies of the disks in their place. */
  onCopy<T>(act: () => T): T;
}

export interface Outcome {
  /** In what state the overlay is: "ready", "refused: in-use", "left: hardlink-split". */
  readonly ending: string;
  /** Empty where all of it holds. */
  readonly problems: readonly string[];
  /** What was done and what was left, for a person. */
  readonly story: readonly string[];
}

const NO_ANSWER = "no answer";
/** How the look of a name begins that cannot be read. */
const FAILS = "fails: ";
const S_IFLNK = 0o120000;

/** What is answered where the layers hold the answer, and only there. */
const BY_EVIDENCE: ReadonlySet<Code> = new Set([
  "metacopy-no-data",
  "metacopy-invalid",
  "metacopy-origin-mismatch",
]);

/** What a plan may leave to a person or to another command. */
export const isNotOurs = ({ code }: Finding): boolean => {
  const { safety, command } = entryOf(code).repair;
  return BY_EVIDENCE.has(code) || safety === "never" || (command !== "repair" && command !== "build");
};

/** All origins wait for these, and nothing can be said of any before. */
const WHOLE: ReadonlySet<Code> = new Set([
  "root-origin-mismatch",
  "index-upper-mismatch",
  "uuid-mode-changed",
]);

/** What harms nobody, and is left with a reason. */
const isNote = (result: RunResult, found: Finding): boolean =>
  found.severity === "info" && whyLeft(result, found) !== NO_ANSWER;

/** It waits for something else that is left, or is of a format that nobody here knows. */
const HOLDS = /^(mend |repair |Use the kernel that wrote it)/i;

function isHeld(result: RunResult, found: Finding): boolean {
  // It is answered by what is done about the directory itself.
  const isAnsweredBelow = found.code === "copy-up-on-encode";
  return result.left.some(({ finding, why }) => {
    const isIt = describe(finding) === describe(found);
    return HOLDS.test(why) && (isIt || (isAnsweredBelow && place(finding) === place(found)));
  });
}

/** Lower layers are not written unless that is allowed. */
const isBelow = ({ layer }: Finding): boolean => layer?.startsWith("lower") === true;

export async function repairedTwice(world: World): Promise<Outcome> {
  const problems: string[] = [];
  const before = dump(world.roots, { times: true });
  const shownBefore = shown(world);

  for (const command of ["repair", "build"] as const)
    problems.push(...(await unattended(world, before, command)));
  const first = await repair(world.spec, yes(world.require));
  const story = tell(first);
  if (first.trouble !== null) {
    if (first.trouble.kind === "cancelled" || first.trouble.kind === "changed" || first.applied > 0)
      problems.push(`trouble: ${first.trouble.kind}: ${first.trouble.message}`);
    problems.push(...differences(before, dump(world.roots, { times: true }), "a refused run"));
    return { ending: `refused: ${first.trouble.kind}`, problems, story };
  }
  const applied = first.plan.filter(({ outcome }) => outcome === "applied").map(({ action }) => action);
  const waits = first.remaining.some(
    (found) => WHOLE.has(found.code) || whyLeft(first, found).includes("migrate the overlay"),
  );
  for (const found of first.remaining) {
    if (!waits && !isHeld(first, found) && !isNotOurs(found) && !isBelow(found) && !isNote(first, found))
      problems.push(`still there: ${describe(found)}: ${whyLeft(first, found)}`);
  }
  for (const { action, outcome } of first.plan) {
    if (outcome !== "applied") problems.push(`not applied: ${sentence(action)}`);
  }

  const shownAfter = shown(world);
  problems.push(...visible(shownBefore, shownAfter, applied));
  problems.push(...(await kernel(world, first)));

  const second = await repair(world.spec, yes(world.require));
  if (second.plan.length > 0 || second.applied > 0)
    problems.push(`a second run plans: ${second.plan.map(({ action }) => sentence(action)).join("; ")}`);

  if (first.applied > 0) problems.push(...(await takenBack(world, first.journal)));
  problems.push(...differences(before, dump(world.roots, { times: true }), "undo"));
  return { ending: ending(first), problems, story };
}

/**
 * What is done without anybody looking: `repair -p`, and `build`. However the overlay is mounted, it takes nothing
 * away but what it said, refuses no mount that went before, and can be undone.
 */
async function unattended(
  world: World,
  before: readonly string[],
  command: "repair" | "build",
): Promise<string[]> {
  const views: readonly Require[] = ["plain", "index", "nfs-export"];
  const wasShown = views.map((view) => shown(world, view));
  const result = await repair(world.spec, {
    ...yes(world.require),
    command,
    mode: command === "repair" ? "preen" : "yes",
    decide: async (plan) => plan.actions.filter(({ safety }) => command === "build" || safety === "auto"),
  });
  const problems: string[] = [];
  if (result.applied > 0) {
    const applied = result.plan.filter(({ outcome }) => outcome === "applied").map(({ action }) => action);
    if (command === "repair")
      problems.push(...applied.filter(({ loses }) => loses !== null).map((one) => `loses: ${sentence(one)}`));
    for (const [i, view] of views.entries()) {
      const gone = lost(wasShown[i] ?? null, shown(world, view), applied);
      problems.push(...gone.map((line) => `--require ${view}: ${line}`));
    }
    problems.push(...(await takenBack(world, result.journal)));
  }
  problems.push(...differences(before, dump(world.roots, { times: true }), "its undo"));
  return problems.map((line) => `${command === "repair" ? "repair -p" : "build -y"}: ${line}`);
}

async function takenBack(world: World, journal: Buffer | null): Promise<string[]> {
  if (journal === null) return ["changes without a journal"];
  const accept = async (): Promise<boolean> => true;
  const { trouble } = await undo(world.spec, { journal, dryRun: false, accept, asked: () => false });
  return trouble === null ? [] : [`undo: ${trouble.message}`];
}

export const yes = (require: Require): RunRequest => ({
  command: "repair",
  require,
  mode: "yes",
  decide: async (plan) => plan.actions,
  asked: () => false,
});

function ending({ after, remaining }: RunResult): string {
  if (after?.ready === true) return "ready";
  const codes = remaining.filter(({ severity }) => severity === "error").map(({ code }) => code);
  return `left: ${[...new Set(codes)].sort().join(", ")}`;
}

/** What a view shows: names of the plain one, types and contents. Null where it cannot be mounted. */
function shown(world: World, view: Require = "plain"): ReadonlyMap<string, string> | null {
  return world.onCopy(() => {
    const { names } = plainView(world.stage, world.mountOf("plain"));
    const mount = world.mountOf(view);
    if (world.stage.overlay(mount) < 0) return null;
    try {
      return new Map(names.map((name) => [name.path.toString("latin1"), lookAt(world, mount, name)]));
    } finally {
      world.stage.umountOverlay();
    }
  });
}

/**
 * A file that may share its inode is looked at on a mount of its own: of names with one origin the first to be
 * read lends the others its content, where the kernel finds inodes by their origins.
 */
function lookAt({ stage }: World, mount: OverlayMount, name: PlainName): string {
  const isAlone = (name.result & S_IFMT) === S_IFREG && mount.options.some(isWithoutExport);
  if (isAlone) {
    stage.umountOverlay();
    stage.overlay(mount);
  }
  return look(stage, name);
}

const isWithoutExport = ([option, value]: readonly [string, string]): boolean =>
  option === "nfs_export" && value === "off";

function look(stage: Stage, { path, result }: PlainName): string {
  const full = under(stage.mnt, path);
  if (result < 0) return FAILS + errnoName(result);
  try {
    const { mode } = lstatSync(full);
    const type = `${(mode & S_IFMT).toString(8)}`;
    if ((mode & S_IFMT) === S_IFREG)
      return `${type} ${createHash("sha256").update(readFileSync(full)).digest("hex").slice(0, 16)}`;
    if ((mode & S_IFMT) === S_IFLNK)
      return `${type} ${readlinkSync(full, { encoding: "buffer" }).toString("hex")}`;
    return type;
  } catch (error) {
    return FAILS + ((error as NodeJS.ErrnoException).code ?? String(error));
  }
}

/** Changes of what is visible, but those that an applied action said. */
function visible(
  before: ReadonlyMap<string, string> | null,
  after: ReadonlyMap<string, string> | null,
  applied: readonly Action[],
): string[] {
  if (before === null) return [];
  const problems = lost(before, after, applied);
  const any = pathsOf(applied);
  for (const path of after?.keys() ?? []) {
    if (!before.has(path) && !within(path, any)) problems.push(`came up: ${shownPath(path)}`);
  }
  return problems;
}

/** What showed, and does not any more as it did, but for what an applied action said. */
function lost(
  before: ReadonlyMap<string, string> | null,
  after: ReadonlyMap<string, string> | null,
  applied: readonly Action[],
): string[] {
  if (before === null) return [];
  if (after === null) return ["cannot be mounted any more"];
  const losing = pathsOf(applied.filter(({ loses }) => loses !== null));
  return [...before].flatMap(([path, was]) => {
    const is = after.get(path);
    if (is === was || was.startsWith(FAILS) || within(path, losing)) return [];
    return [`${is === undefined ? "lost" : `changed from ${was} to ${is}`}: ${shownPath(path)}`];
  });
}

function pathsOf(actions: readonly Action[]): string[] {
  return actions.flatMap(({ target, steps }) =>
    [target, ...steps.map(({ at }) => at)].map(({ path }) => path.toString("latin1")),
  );
}

const shownPath = (path: string): string => printable(Buffer.from(path, "latin1"));
const within = (path: string, dirs: readonly string[]): boolean =>
  dirs.some((dir) => path === dir || path.startsWith(`${dir}/`));

/** The kernel mounts it, warns of nothing, changes no entry, and shows every name. */
async function kernel(world: World, { after }: RunResult): Promise<string[]> {
  if (after === null) return ["no check afterwards"];
  const plain = world.onCopy(() => plainView(world.stage, world.mountOf("plain")));
  const seen = world.onCopy(() => requiredView(world.stage, world.mountOf(world.require), plain));
  if (!after.ready) return [];
  return [
    ...(seen.mount.ok ? [] : [`ready, and mount(2) gives ${seen.mount.errno}`]),
    ...seen.index.removed.map((name) => `the mount removes ${name}`),
    ...seen.index.tombstoned.map((name) => `the mount tombstones ${name}`),
    ...seen.lookup.map(({ path, errno }) => `lookup of ${printable(path)}: ${errno}`),
    ...seen.hidden.map((path) => `hidden: ${printable(path)}`),
    ...seen.warnings.filter((text) => !isExplained(text, after.findings)).map((text) => `${LOGGED}${text}`),
  ];
}

/** What stays is not this command's, and the kernel may say so. */
const isExplained = (_text: string, findings: readonly Finding[]): boolean => findings.some(isNotOurs);

function differences(before: readonly string[], after: readonly string[], what: string): string[] {
  const old = new Set(before);
  const now = new Set(after);
  return [
    ...before.filter((line) => !now.has(line)).map((line) => `${what} lost: ${line}`),
    ...after.filter((line) => !old.has(line)).map((line) => `${what} left: ${line}`),
  ].slice(0, 12);
}

const place = ({ layer, path }: { layer: string | null; path: Buffer | null }): string =>
  `${layer ?? "-"} ${path === null ? "-" : printable(path)}`;
const describe = (found: Finding): string => `${found.severity} ${found.code} ${place(found)}`;
const sentence = (action: Action): string =>
  `${action.action} ${place(action.target)} [${action.because.code}, ${action.safety}] ${action.evidence}${action.loses === null ? "" : `; loses ${action.loses}`}`;
const whyLeft = (result: RunResult, found: Finding): string =>
  result.left.find((one) => one.finding.code === found.code && describe(one.finding) === describe(found))
    ?.why ?? NO_ANSWER;

export function tell(result: RunResult): string[] {
  return [
    ...(result.before?.findings ?? []).map((found) => `found: ${describe(found)}`),
    ...result.plan.map(({ action, round, outcome }) => `${round} ${outcome}: ${sentence(action)}`),
    ...result.left.map(({ finding, why }) => `left: ${describe(finding)}: ${why}`),
    ...(result.trouble === null ? [] : [`trouble: ${result.trouble.kind}: ${result.trouble.message}`]),
    ...(result.after === null ? [] : [`ready: ${result.after.ready}`]),
  ];
}
