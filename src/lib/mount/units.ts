/** Mount units of systemd: of this system, or of an image tree. */
import { refuse, type SpecResult, specFromOptions } from "./build-spec.js";
import { printable, resolvePath, SLASH } from "./bytes.js";
import { parseOptions } from "./options.js";
import {
  dropInDirectories,
  type MountUnit,
  mountUnitName,
  parseMountUnit,
  UNIT_DIRECTORIES,
} from "./systemd.js";
import { type LookupPlace, listDirectoryOf, readFileOf } from "./tree-files.js";

const SUFFIX = ".mount";

/** A unit that was read, or why it could not be; undefined: there is none. */
type UnitRead = { readonly unit: MountUnit; readonly file: Buffer } | SpecResult | undefined;

export function isUnitName(name: Buffer): boolean {
  const text = name.toString("latin1");
  return text.length > SUFFIX.length && text.endsWith(SUFFIX);
}

/** The overlay that a unit mounts at a path; undefined: no unit has one for it. */
export function specFromUnitAt(path: Buffer, place: LookupPlace): SpecResult | undefined {
  const read = readUnit(mountUnitName(path), place);
  if (read === undefined || "ok" in read) return read;
  return read.unit.isOverlay ? specOf(read.unit, read.file, place) : undefined;
}

/** A unit by its name ("srv-data.mount"), or by the path of its file. */
export function specFromUnit(name: Buffer, place: LookupPlace): SpecResult | undefined {
  const isPath = name.includes(SLASH);
  const read = isPath ? readUnitFile(name, place) : readUnit(printable(name), place);
  if (read === undefined || "ok" in read) return read;
  if (!read.unit.isOverlay) return refuse(read.file, "mounts no overlay: its Type= is another");
  return specOf(read.unit, read.file, place);
}

export interface NamedUnit {
  readonly name: string;
  /** Null where the unit does not say it, or could not be read. */
  readonly mountPoint: Buffer | null;
  readonly result: SpecResult;
}

/** Every unit that mounts an overlay, by name; and those of which it cannot be told. */
export function overlayUnits(place: LookupPlace): NamedUnit[] {
  const names = new Set<string>();
  for (const directory of UNIT_DIRECTORIES) {
    const found = listDirectoryOf(place, Buffer.from(directory));
    if (typeof found === "number") continue;
    for (const name of found) if (isUnitName(name)) names.add(name.toString("utf8"));
  }
  return [...names].sort().flatMap((name): NamedUnit[] => {
    const read = readUnit(name, place);
    if (read === undefined) return [];
    if ("ok" in read) return read.ok ? [] : [{ name, mountPoint: null, result: read }];
    const { unit, file } = read;
    return unit.isOverlay ? [{ name, mountPoint: unit.where, result: specOf(unit, file, place) }] : [];
  });
}

function readUnit(name: string, place: LookupPlace): UnitRead {
  for (const directory of UNIT_DIRECTORIES) {
    const path = Buffer.from(`${directory}/${name}`);
    const read = readFileOf(place, path);
    if (read.found) return { unit: parseMountUnit([read.bytes, ...dropIns(name, place)]), file: path };
    // Masked: systemd takes it as absent, and looks no further.
    if (isMasked(path, place)) return undefined;
    if (!read.absent) return refuse(read.name, read.why);
  }
  return undefined;
}

function isMasked(path: Buffer, { root, files }: LookupPlace): boolean {
  const at = root === null ? path : resolvePath(root, path.subarray(1));
  const target = files.readlink(at);
  return typeof target !== "number" && target.toString("latin1") === "/dev/null";
}

/** Drop-ins by the names of their files, wherever they are; of two of one name the more specific, then the earlier. */
function dropIns(unit: string, place: LookupPlace): Buffer[] {
  const files = new Map<string, Buffer>();
  for (const folder of dropInDirectories(unit)) {
    for (const directory of UNIT_DIRECTORIES) addDropIns(files, `${directory}/${folder}`, place);
  }
  return inOrder(files);
}

function addDropIns(files: Map<string, Buffer>, directory: string, place: LookupPlace): void {
  const names = listDirectoryOf(place, Buffer.from(directory));
  if (typeof names === "number") return;
  for (const bytes of names) {
    const name = bytes.toString("latin1");
    if (!name.endsWith(".conf") || files.has(name)) continue;
    const read = readFileOf(place, resolvePath(Buffer.from(directory), bytes));
    files.set(name, read.found ? read.bytes : Buffer.alloc(0));
  }
}

function inOrder(files: ReadonlyMap<string, Buffer>): Buffer[] {
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, bytes]) => bytes);
}

/** A file that need not be where systemd looks; what stands in FILE.d beside it counts. */
function readUnitFile(name: Buffer, place: LookupPlace): UnitRead {
  const path = resolvePath(place.root === null ? place.cwd : Buffer.from("/"), name);
  const read = readFileOf(place, path);
  if (!read.found) return refuse(read.name, read.why);
  const files = new Map<string, Buffer>();
  addDropIns(files, `${path.toString("utf8")}.d`, place);
  return { unit: parseMountUnit([read.bytes, ...inOrder(files)]), file: path };
}

function specOf(unit: MountUnit, file: Buffer, place: LookupPlace): SpecResult {
  const { options, where } = unit;
  if (typeof options === "string") return refuse(file, options);
  const name = file.subarray(file.lastIndexOf(SLASH) + 1).toString("latin1");
  if (where !== null && mountUnitName(where) !== name) {
    return refuse(file, `its name does not match its Where=: systemd wants ${mountUnitName(where)}`);
  }
  const result = parseOptions([options]);
  return result.ok ? specFromOptions(result.parsed, "systemd", { ...place, cwd: Buffer.from("/") }) : result;
}
