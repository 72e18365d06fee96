/** One option string, twice: what is foretold from it, and what mount(2) does with it. */
import { native } from "../../src/lib/host/addon.js";
import { files } from "../../src/lib/host/files.js";
import { params } from "../../src/lib/layers/effective.js";
import { scanUses } from "../../src/lib/layers/inuse.js";
import { closeStack, openStack } from "../../src/lib/layers/open.js";
import type { Refusal } from "../../src/lib/layers/types.js";
import { specFromOptions } from "../../src/lib/mount/build-spec.js";
import { type ModuleDefaults, moduleDefaults } from "../../src/lib/mount/defaults.js";
import { mountAt, overlayOptions, parseMountinfo } from "../../src/lib/mount/mountinfo.js";
import { parseOptions } from "../../src/lib/mount/options.js";
import { errnoName, sys } from "./sys.js";

/** The options in force, of a mount that succeeds. */
export interface InForce {
  readonly index: boolean;
  readonly nfsExport: boolean;
  readonly metacopy: boolean;
  readonly redirect: string;
  readonly uuidOff: boolean;
  readonly userxattr: boolean;
}

export interface Outcome {
  /** "0", or the errno of mount(2). */
  readonly errno: string;
  readonly inForce: InForce | null;
}

export interface Forecast extends Outcome {
  /** Finding codes of all refusals, the kernel's first one first. */
  readonly causes: string[];
  readonly fallbacks: string[];
  readonly problems: string[];
}

export function forecast(data: Buffer): Forecast {
  const result = parseOptions([data]);
  if (!result.ok)
    return { errno: "EINVAL", inForce: null, causes: ["mount-option-invalid"], fallbacks: [], problems: [] };
  const spec = specFromOptions(result.parsed, "-o", { root: null, cwd: files.cwd(), files });
  if (!spec.ok) throw new Error(spec.error.reason);
  const opened = openStack(native, files, spec.spec, scanUses(files));
  const problems = opened.problems.map(({ cause }) => cause);
  if (opened.stack === null || opened.facts === null) {
    return { ...outcome(opened.refusals, null), fallbacks: [], problems };
  }
  closeStack(native, opened.stack);
  const found = params(spec.spec.options, moduleDefaults(files), opened.facts);
  const { effective } = found;
  const inForce: InForce = {
    index: effective.index,
    nfsExport: effective.nfsExport,
    metacopy: effective.metacopy,
    redirect: effective.redirectMode,
    uuidOff: effective.uuid === "off",
    userxattr: effective.userxattr,
  };
  const refusals = [...opened.refusals, ...found.refusals, ...found.late];
  const fallbacks = found.fallbacks.map(({ option, cause }) => `${option}: ${cause}`);
  return { ...outcome(refusals, inForce), fallbacks, problems };
}

function outcome(
  refusals: readonly Refusal[],
  inForce: InForce | null,
): { errno: string; inForce: InForce | null; causes: string[] } {
  const errno = refusals[0]?.errno ?? "0";
  return { errno, inForce: errno === "0" ? inForce : null, causes: refusals.map(({ cause }) => cause) };
}

/** Mounts, looks, and unmounts. */
export function mountOutcome(target: Buffer, data: Buffer): Outcome {
  const result = sys.mount(Buffer.from("overlay"), target, Buffer.from("overlay"), 0, data);
  if (result < 0) return { errno: errnoName(result), inForce: null };
  const bytes = files.read(Buffer.from("/proc/self/mountinfo"));
  sys.umount(target, 0);
  if (typeof bytes === "number") throw new Error("mountinfo cannot be read");
  const entry = mountAt(parseMountinfo(bytes), target);
  const parsed = entry === undefined ? undefined : overlayOptions(entry);
  if (parsed === undefined || "reason" in parsed) throw new Error("the overlay is not in mountinfo");
  return { errno: "0", inForce: inForceOf(parsed.options, moduleDefaults(files)) };
}

function inForceOf(options: Parameters<typeof params>[0], defaults: ModuleDefaults): InForce {
  return {
    index: options.index ?? defaults.index,
    nfsExport: options.nfsExport ?? defaults.nfsExport,
    metacopy: options.metacopy ?? defaults.metacopy,
    redirect: options.redirectDir ?? defaults.redirectDir,
    uuidOff: options.uuid === "off",
    userxattr: options.userxattr ?? false,
  };
}
