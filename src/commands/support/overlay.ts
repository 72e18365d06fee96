/** How an overlay is named on the command line, for every command that takes one. */
import { Args, Flags } from "@oclif/core";
import { files } from "../../lib/host/files.js";
import { type Place, type SpecResult, specFromLayers, specFromOptions } from "../../lib/mount/build-spec.js";
import { specFromMountPoint } from "../../lib/mount/lookup.js";
import { describeOptionError, parseOptions } from "../../lib/mount/options.js";
import type { MountSpec } from "../../lib/mount/spec.js";
import { argumentBytes } from "./argument-bytes.js";
import { OVERLAY_GROUP } from "./metadata.js";

export const overlayFlags = {
  options: Flags.string({
    char: "o",
    helpGroup: OVERLAY_GROUP,
    multiple: true,
    // One value each: what follows is the mount point, or an error.
    multipleNonGreedy: true,
    helpValue: "OPTIONS",
    description: "mount options, as mount(8) takes them: lowerdir=…,upperdir=…,workdir=…,index=on",
  }),
  lower: Flags.string({
    helpGroup: OVERLAY_GROUP,
    helpValue: "A:B",
    description: "lower layers, the topmost first",
  }),
  upper: Flags.string({ helpGroup: OVERLAY_GROUP, helpValue: "DIR", description: "the upper layer" }),
  work: Flags.string({ helpGroup: OVERLAY_GROUP, helpValue: "DIR", description: "the work directory" }),
  root: Flags.string({
    helpGroup: OVERLAY_GROUP,
    helpValue: "DIR",
    description: "resolve all paths inside this image tree",
  }),
};

export const overlayArgs = {
  // oclif would take what a script has on stdin for the argument that is not given.
  mountpoint: Args.string({
    ignoreStdin: true,
    description: "where it is mounted, or where fstab would mount it",
  }),
};

export interface OverlayWords {
  readonly options?: readonly string[] | undefined;
  readonly lower?: string | undefined;
  readonly upper?: string | undefined;
  readonly work?: string | undefined;
  readonly root?: string | undefined;
  readonly mountpoint?: string | undefined;
}

export type ResolvedOverlay = { readonly spec: MountSpec } | { readonly usage: string };

const NOTHING =
  "which overlay? Give -o lowerdir=…,upperdir=…,workdir=…, or --lower, --upper and --work, or a mount point";

function result(made: SpecResult): ResolvedOverlay {
  return made.ok ? { spec: made.spec } : { usage: describeOptionError(made.error) };
}

/** Flags and arguments to one description of an overlay, or to the line that says what is wrong with them. */
export function resolveOverlay(words: OverlayWords): ResolvedOverlay {
  const place: Place & { files: typeof files } = {
    root: words.root === undefined ? null : argumentBytes(words.root),
    cwd: files.cwd(),
    files,
  };
  const bytes = (text: string | undefined): Buffer | null =>
    text === undefined ? null : argumentBytes(text);
  const parsed = parseOptions((words.options ?? []).map(argumentBytes));
  if (!parsed.ok) return { usage: describeOptionError(parsed.error) };
  const { lower, data, upper, work } = parsed.parsed;
  const named = lower.length + data.length > 0 || upper !== null || work !== null;
  const flagged = words.lower ?? words.upper ?? words.work;
  if (words.mountpoint !== undefined) {
    if (named || flagged !== undefined || words.options !== undefined) {
      return { usage: "a mount point says it all: leave out -o, --lower, --upper and --work" };
    }
    const made = specFromMountPoint(argumentBytes(words.mountpoint), place);
    return made.ok ? { spec: made.spec } : { usage: `${made.error.option}: ${made.error.reason}` };
  }
  if (flagged === undefined) {
    if (!named) return { usage: NOTHING };
    if (lower.length === 0) return { usage: "mount option lowerdir: is missing" };
    return result(specFromOptions(parsed.parsed, "-o", place));
  }
  if (named) return { usage: "layers are given twice: by -o and by --lower, --upper or --work" };
  const lowers = bytes(words.lower);
  if (lowers === null) return { usage: "--lower is missing" };
  return result(
    specFromLayers(
      { lower: lowers, upper: bytes(words.upper), work: bytes(words.work) },
      parsed.parsed.options,
      place,
    ),
  );
}
