import { printable, split, unescapeOctal } from "./bytes.js";
import { isOverlayOption } from "./known-options.js";
import { type OptionError, OptionState, type ParsedOptions } from "./option-state.js";

/** One line of /proc/PID/mountinfo (proc(5)), octal escapes resolved but for `superOptions`. */
export interface MountEntry {
  readonly id: number;
  readonly parent: number;
  /** st_dev of the superblock: the same for all subvolumes of a btrfs. */
  readonly major: number;
  readonly minor: number;
  /** Which directory of the filesystem is mounted here. */
  readonly root: Buffer;
  readonly mountPoint: Buffer;
  /** Per-mount options: "ro", "noatime", … */
  readonly options: readonly string[];
  readonly fsType: string;
  readonly source: Buffer;
  /** Superblock options, still escaped: commas in values are \054. */
  readonly superOptions: Buffer;
}

const NEWLINE = 0x0a;
const SPACE = 0x20;
const COMMA = 0x2c;
const EQUALS = 0x3d;

/** Lines that are no mountinfo are left out. Never throws. */
export function parseMountinfo(bytes: Buffer): MountEntry[] {
  const entries: MountEntry[] = [];
  for (const line of split(bytes, NEWLINE)) {
    const entry = parseLine(line);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function parseLine(line: Buffer): MountEntry | undefined {
  const fields = split(line, SPACE);
  const dash = fields.findIndex((field, i) => i >= 6 && field.length === 1 && field[0] === 0x2d);
  const [id, parent, device, root, mountPoint, options] = fields;
  const [fsType, source, superOptions] = dash === -1 ? [] : fields.slice(dash + 1);
  const numbers = /^(\d+):(\d+)$/.exec(device?.toString("latin1") ?? "");
  if (!id || !parent || !root || !mountPoint || !options || !fsType || !source || !numbers) return undefined;
  return {
    id: Number(id.toString("latin1")),
    parent: Number(parent.toString("latin1")),
    major: Number(numbers[1]),
    minor: Number(numbers[2]),
    root: unescapeOctal(root),
    mountPoint: unescapeOctal(mountPoint),
    options: options.toString("latin1").split(","),
    fsType: printable(unescapeOctal(fsType)),
    source: unescapeOctal(source),
    superOptions: superOptions ?? Buffer.alloc(0),
  };
}

/** Is nothing to be written through this mount: by its own flag or its superblock's (__mnt_is_readonly)? */
export function isReadonlyMount(entry: MountEntry): boolean {
  return entry.options.includes("ro") || superOptions(entry).some((option) => option.name === "ro");
}

/** What is on top at a path: mounts made later hide earlier ones. `path`: as mountinfo has it, symlinks resolved. */
export function mountAt(entries: readonly MountEntry[], path: Buffer): MountEntry | undefined {
  return entries.findLast((entry) => entry.mountPoint.equals(path));
}

/**
 * The options that an overlay has in force, as far as it prints them: those equal to
 * the module's default are left out. Values are octal-escaped, and below that as mount(2) got them:
 * lowerdir, upperdir and workdir with backslash escapes, lowerdir+ and datadir+ without.
 * Options that are not known here belong to a newer kernel and are ignored.
 * Source: ovl_show_options().
 */
export function overlayOptions(entry: MountEntry): ParsedOptions | OptionError {
  const state = new OptionState(true);
  for (const { name, value } of superOptions(entry)) {
    if (name === "ro" || name === "rw") state.setReadonly(name === "ro");
    else if (!isOverlayOption(name)) state.ignored.push(name);
    else {
      const error = state.apply(name, value);
      if (error !== undefined) return error;
    }
  }
  return state.result();
}

function superOptions(entry: MountEntry): { name: string; value: Buffer | null }[] {
  return split(entry.superOptions, COMMA).map((option) => {
    const equals = option.indexOf(EQUALS);
    if (equals === -1) return { name: printable(unescapeOctal(option)), value: null };
    const name = printable(unescapeOctal(option.subarray(0, equals)));
    return { name, value: unescapeOctal(option.subarray(equals + 1)) };
  });
}
