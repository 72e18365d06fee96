/** Which overlay the arguments are about. */
import { argumentBytes } from "../commands/support/argument-bytes.js";
import { files } from "../lib/host/files.js";
import { specFromOptions } from "../lib/mount/build-spec.js";
import { isOverlayOption } from "../lib/mount/known-options.js";
import { specFromMountPoint } from "../lib/mount/lookup.js";
import { describeOptionError, parseOptions, splitOptions } from "../lib/mount/options.js";
import type { MountSpec } from "../lib/mount/spec.js";
import type { Arguments } from "./arguments.js";

export type FoundOverlay = { readonly spec: MountSpec } | { readonly usage: string };

const FORMS = "-o lowerdir=...,upperdir=...,workdir=..., or a mount point";
const NOTHING = `which overlay? Give ${FORMS}`;

/** Layers of -o win over what the device says: mount(8) takes any word for one. */
export function findOverlay({ options, device }: Pick<Arguments, "options" | "device">): FoundOverlay {
  const parsed = parseOptions(options.map((text) => knownOptions(argumentBytes(text))));
  if (!parsed.ok) return { usage: describeOptionError(parsed.error) };
  const { lower, data, upper, work } = parsed.parsed;
  const place = { root: null, cwd: files.cwd(), files };
  if (lower.length + data.length > 0 || upper !== null || work !== null) {
    const made = specFromOptions(parsed.parsed, "-o", place);
    return made.ok ? checked(made.spec) : { usage: describeOptionError(made.error) };
  }
  if (device === null || device === "") return { usage: NOTHING };
  const found = specFromMountPoint(argumentBytes(device), place);
  if (!found.ok) return { usage: `${found.error.option}: ${found.error.reason}; give ${FORMS}` };
  return checked({ ...found.spec, options: { ...found.spec.options, ...parsed.parsed.options } });
}

/** What mount(8) or another filesystem knows says nothing here. */
function knownOptions(given: Buffer): Buffer {
  const known = splitOptions(given).filter((option) => {
    const equals = option.indexOf("=");
    return isOverlayOption((equals < 0 ? option : option.subarray(0, equals)).toString("latin1"));
  });
  return Buffer.concat(known.flatMap((option, i) => (i === 0 ? [option] : [Buffer.from(","), option])));
}

/** Enough layers to be an overlay. */
function checked(spec: MountSpec): FoundOverlay {
  const { lower, data, upper, work } = spec;
  if (lower.length === 0) return { usage: "mount option lowerdir: is missing" };
  if (upper !== null && work === null) return { usage: "mount option workdir: is missing" };
  if (upper === null && lower.length + data.length < 2)
    return { usage: "one lower layer is no overlay: give upperdir and workdir, or more of lowerdir" };
  return { spec };
}
