/**
 * One golden seed: the same work on the same lower layers, once with an index from the start. What the kernel made
 * of that is what `build` has to come to, for an overlay that never had an index and for one that has lost it.
 */
import { closeSync, lstatSync } from "node:fs";
import type { RunCommand } from "../../../src/lib/repair/run-result.js";
import { onCopy } from "../../support/copies.js";
import type { FsType } from "../../support/disk.js";
import { heardAgain, LOGGED } from "../../support/kmsg.js";
import { type OverlayMount, Stage } from "../../support/mounts.js";
import { plainView, requiredView } from "../../support/oracle.js";
import { isDir, printable, scan, under } from "../../support/tree.js";
import { buildLowers, liveAll } from "../random/live.js";
import { Random } from "../random/prng.js";
import { type Layout, layout, optionsOf, overlayOf, type Scenario } from "../random/scenario.js";
import { Scene } from "../random/scene.js";
import { specOf } from "../random/seed.js";
import { picture } from "../random/state.js";
import { removeTree } from "../random/work.js";
import { build } from "./build.js";
import { compareWorlds, type Excuses } from "./compare.js";
import { Renames } from "./renames.js";
import { goldenScenario, inModes } from "./scenario.js";
import { observe, type World } from "./world.js";

export interface GoldenReport {
  readonly scenario: Scenario;
  readonly golden: World;
  /** Pictures of the layers; only where asked for. */
  readonly state: readonly string[];
  readonly disagreements: readonly string[];
}

export interface GoldenOptions {
  readonly state?: boolean;
}

export async function runGolden(
  fs: FsType,
  seed: number,
  options: GoldenOptions = {},
): Promise<GoldenReport> {
  const first = await runOnce(fs, seed, options);
  const isLogged = (line: string): boolean => line.includes(LOGGED);
  const again = async () => (await runOnce(fs, seed, options)).disagreements;
  return { ...first, disagreements: await heardAgain(first.disagreements, isLogged, again) };
}

async function runOnce(fs: FsType, seed: number, options: GoldenOptions): Promise<GoldenReport> {
  const what = goldenScenario(fs, seed);
  const stage = Stage.create(fs, what.apart ? 2 : 1);
  const state: string[] = [];
  const where = layout(stage, what);
  const show = (title: string): void => {
    if (options.state === true) state.push(`#### ${title}`, ...picture(what, where));
  };
  try {
    stage.mountDisks();
    buildLowers(stage, what, where);
    const links = hardLinks(stage, what, where);
    const young = [copyDisks(stage), copyDisks(stage)] as const;

    stage.mountDisks();
    const renames = new Renames();
    liveAll(stage, inModes(what, "nfs_export"), where, renames.first);
    show("with the index from the start");
    const old = copyDisks(stage);
    stage.mountDisks();
    const mount = overlayOf(where, optionsOf(what, "nfs_export", true));
    const golden = observe(stage, mount);
    const disagreements: string[] = [];
    const judge = async (title: string, command: RunCommand, excuses: Excuses): Promise<void> => {
      show(`${title}, before`);
      const { lines, world } = await judgeBuild(stage, what, where, mount, command, show);
      if (world !== null) lines.push(...compareWorlds(golden, world, excuses));
      disagreements.push(...lines.map((line) => `${title}: ${line}`));
    };

    useDisks(stage, young[0]);
    liveAll(stage, inModes(what, "plain"), where, renames.again());
    const broken = brokenLinks(links, renames.spared);
    await judge("never indexed", "build", broken);

    useDisks(stage, young[1]);
    if (what.lives.length > 1) {
      liveAll(stage, inModes(what, "nfs_export", "plain"), where, renames.again());
      await judge("on, then off", "repair", broken);
    }

    useDisks(stage, old);
    stage.withOverlay(mount, () => undefined, "mount as exported");
    removeTree(under(where.work, "index"));
    await judge("index lost", "build", indexLost(golden));
    return { scenario: what, golden, state, disagreements };
  } finally {
    stage.dispose();
  }
}

/**
 * With index=off the kernel copies one name of a lower hard link up as a new file without an origin, and
 * leaves the others; with an index it copies the one file up, also where a name is only deleted. There the
 * golden world has an entry, and the built one still has the lower object, or has lost it.
 */
function brokenLinks(links: ReadonlySet<string>, spared: ReadonlySet<string>): Excuses {
  return {
    entry: (name, a, b) =>
      (links.has(name) && a === "file" && (b === "none" || b === "tombstone")) ||
      (spared.has(name) && a !== "tombstone" && b === "none"),
    object: (name) => links.has(name),
  };
}

/** What no name but its entry held has gone with the index: its lower object shows again, or, where it has no name left, is lost. */
function indexLost({ onlyIndexed }: World): Excuses {
  return {
    entry: (name, a, b) => onlyIndexed.has(name) && a === "file" && (b === "none" || b === "tombstone"),
    object: (name) => onlyIndexed.has(name),
  };
}

/** Build, look whether the kernel is pleased, and what it shows; the world is null where it does not mount. */
async function judgeBuild(
  stage: Stage,
  what: Scenario,
  where: Layout,
  mount: OverlayMount,
  command: RunCommand,
  show: (title: string) => void,
): Promise<{ lines: string[]; world: World | null }> {
  const plain = onCopy(stage, () => plainView(stage, overlayOf(where, optionsOf(what, "plain", true))));
  const spec = specOf(what, where, "nfs-export");
  const { wrong } = await build(spec, command);
  show("built");
  const lines = wrong.map((line) => `still wrong: ${line}`);
  if ((await build(spec, command)).changed) lines.push("a second run changes something");
  const seen = onCopy(stage, () => requiredView(stage, mount, plain));
  lines.push(
    ...seen.index.removed.map((name) => `the mount removes ${name}`),
    ...seen.index.tombstoned.map((name) => `the mount makes a tombstone of ${name}`),
    ...seen.lookup.map(({ path, errno }) => `lookup of ${printable(path)}: ${errno}`),
    ...seen.hidden.map((path) => `${printable(path)} is gone`),
    ...seen.warnings.map((text) => `${LOGGED}${text}`),
  );
  if (seen.mount.ok) return { lines, world: observe(stage, mount) };
  return { lines: [...lines, `mount: ${seen.mount.errno}`], world: null };
}

/** Byte for byte; the disks are unmounted then. */
function copyDisks(stage: Stage): number[] {
  stage.umountDisks();
  return stage.disks.map((disk) => disk.copy());
}

function useDisks(stage: Stage, images: readonly number[]): void {
  stage.umountDisks();
  stage.disks.forEach((disk, i) => {
    closeSync(disk.use(images[i] as number));
  });
  stage.mountDisks();
}

/** Entry names of lower non-directories that have several names. */
function hardLinks(stage: Stage, what: Scenario, where: Layout): ReadonlySet<string> {
  const scene = new Scene(new Random(0), stage, what, where);
  const links = new Set<string>();
  for (const layer of where.lower) {
    for (const node of scan(layer)) {
      if (!isDir(node) && lstatSync(node.path).nlink > 1) links.add(scene.handle(node.path).toString("hex"));
    }
  }
  return links;
}
