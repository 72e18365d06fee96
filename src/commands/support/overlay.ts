/** From how an overlay is named on the command line to the overlay; see overlay-flags.ts. */
import { errnoName } from "../../lib/host/errno.js";
import { files, readInput } from "../../lib/host/files.js";
import { runProgram } from "../../lib/host/processes.js";
import {
  cannotTell,
  type SpecFailure,
  type SpecResult,
  specFromLayers,
  specFromOptions,
} from "../../lib/mount/build-spec.js";
import { printable, resolvePath } from "../../lib/mount/bytes.js";
import { type ContainerTool, specFromContainer } from "../../lib/mount/containers.js";
import { specFromLayersFile } from "../../lib/mount/layers-file.js";
import { specFromMountPoint } from "../../lib/mount/lookup.js";
import type { ParsedOptions } from "../../lib/mount/option-state.js";
import { describeOptionError, parseOptions } from "../../lib/mount/options.js";
import type { MountSpec } from "../../lib/mount/spec.js";
import type { LookupPlace } from "../../lib/mount/tree-files.js";
import { argumentBytes } from "./argument-bytes.js";

export interface OverlayWords {
  readonly options?: readonly string[] | undefined;
  readonly lower?: string | undefined;
  readonly upper?: string | undefined;
  readonly work?: string | undefined;
  readonly docker?: string | undefined;
  readonly podman?: string | undefined;
  readonly containerd?: string | undefined;
  readonly layers?: string | undefined;
  readonly root?: string | undefined;
  readonly mountpoint?: string | undefined;
}

export type PlaceFailure =
  | { readonly usage: string }
  /** Whoever knows could not be asked. */
  | { readonly impossible: string };

export type ResolvedOverlay = { readonly spec: MountSpec } | PlaceFailure;

/** Milliseconds for a container tool to answer in. */
const PATIENCE = 60_000;
const TOOLS = ["docker", "podman", "containerd"] as const satisfies readonly ContainerTool[];

const EMPTY = ["lower", "upper", "work", ...TOOLS, "layers", "root"] as const;
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;

const NOTHING =
  "which overlay? Give -o lowerdir=...,upperdir=...,workdir=..., or --lower, --upper and --work, or a mount point, --docker, --podman, --containerd or --layers";

/** A way to name an overlay, and what it leads to. */
interface Form {
  readonly name: string;
  readonly resolve: () => ResolvedOverlay;
}

/** Is an overlay named by a flag? */
export function namesLayers(words: OverlayWords): boolean {
  const { options, lower, upper, work, docker, podman, containerd, layers } = words;
  return (options ?? lower ?? upper ?? work ?? docker ?? podman ?? containerd ?? layers) !== undefined;
}

/** Where paths are looked for; or why that is nowhere. */
export function placeOf({ root }: Pick<OverlayWords, "root">): LookupPlace | PlaceFailure {
  const cwd = files.cwd();
  if (root === undefined) return { root: null, cwd, files };
  // What is told of an image tree is good from any directory.
  const tree = resolvePath(cwd, argumentBytes(root));
  const found = files.stat(tree);
  if (typeof found === "number") return { impossible: `--root: ${printable(tree)}: ${errnoName(found)}` };
  if ((found.mode & S_IFMT) !== S_IFDIR) return { usage: `--root: ${printable(tree)} is no directory` };
  return { root: tree, cwd, files };
}

/**
 * What is named by nothing at all: a script's variable that was never set. As a path it would be the working
 * directory, and as --root this system.
 */
export function emptyWord(words: OverlayWords): string | null {
  if (words.mountpoint === "") return "the mount point is empty";
  const name = EMPTY.find((flag) => words[flag] === "");
  return name === undefined ? null : `--${name} is empty`;
}

/** Flags and arguments to one description of an overlay, or to the line that says what is wrong with them. */
export function resolveOverlay(words: OverlayWords): ResolvedOverlay {
  const empty = emptyWord(words);
  if (empty !== null) return { usage: empty };
  const place = placeOf(words);
  if (!("files" in place)) return place;
  const parsed = parseOptions((words.options ?? []).map(argumentBytes));
  if (!parsed.ok) return { usage: describeOptionError(parsed.error) };
  const forms = [
    ...byMountPoint(words, place),
    ...byOptions(parsed.parsed, place),
    ...byLayers(words, parsed.parsed, place),
    ...byTool(words, parsed.parsed, place),
    ...byFile(words, parsed.parsed, place),
  ];
  const [form, second] = forms;
  if (form === undefined) return { usage: NOTHING };
  if (second !== undefined)
    return { usage: `the overlay is named twice: by ${form.name} and by ${second.name}` };
  return form.resolve();
}

function byMountPoint(words: OverlayWords, place: LookupPlace): Form[] {
  const { mountpoint, options } = words;
  if (mountpoint === undefined) return [];
  const resolve = (): ResolvedOverlay =>
    options === undefined
      ? named(specFromMountPoint(argumentBytes(mountpoint), place))
      : { usage: "a mount point says it all: leave out -o" };
  return [{ name: "a mount point", resolve }];
}

function byOptions(given: ParsedOptions, place: LookupPlace): Form[] {
  const { lower, data, upper, work } = given;
  if (lower.length + data.length === 0 && upper === null && work === null) return [];
  const resolve = (): ResolvedOverlay =>
    lower.length === 0
      ? { usage: "mount option lowerdir: is missing" }
      : optioned(specFromOptions(given, "-o", place));
  return [{ name: "-o", resolve }];
}

function byLayers(words: OverlayWords, { options }: ParsedOptions, place: LookupPlace): Form[] {
  if ((words.lower ?? words.upper ?? words.work) === undefined) return [];
  const bytes = (text: string | undefined): Buffer | null =>
    text === undefined ? null : argumentBytes(text);
  const resolve = (): ResolvedOverlay => {
    const lower = bytes(words.lower);
    if (lower === null) return { usage: "--lower is missing" };
    const layers = { lower, upper: bytes(words.upper), work: bytes(words.work) };
    return optioned(specFromLayers(layers, options, place));
  };
  return [{ name: "--lower, --upper or --work", resolve }];
}

function byTool(words: OverlayWords, { options }: ParsedOptions, place: LookupPlace): Form[] {
  const run = (program: string, args: readonly string[]) => runProgram(program, args, "", PATIENCE);
  return TOOLS.flatMap((tool) => {
    const id = words[tool];
    if (id === undefined) return [];
    return [
      { name: `--${tool}`, resolve: () => named(specFromContainer(tool, id, { place, run, options })) },
    ];
  });
}

function byFile(words: OverlayWords, { options }: ParsedOptions, place: LookupPlace): Form[] {
  const { layers } = words;
  if (layers === undefined) return [];
  const resolve = (): ResolvedOverlay => {
    const bytes = readInput(argumentBytes(layers));
    if (typeof bytes === "number") return named(cannotTell(layers, errnoName(bytes)));
    return named(specFromLayersFile(bytes, layers === "-" ? "stdin" : layers, options, place));
  };
  return [{ name: "--layers", resolve }];
}

function optioned(made: SpecResult): ResolvedOverlay {
  return made.ok ? { spec: made.spec } : { usage: describeOptionError(made.error) };
}

function named(made: SpecResult): ResolvedOverlay {
  if (made.ok) return { spec: made.spec };
  const line = failureLine(made);
  return made.impossible ? { impossible: line } : { usage: line };
}

/** What was named, and what is wrong with it. */
export function failureLine({ error }: SpecFailure): string {
  const { option, reason, nearest } = error;
  return `${option}: ${reason}${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`;
}
