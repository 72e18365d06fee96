/** Where systemd looks for units, the first one wins (systemd.unit(5)); what generators make of fstab is left out. */
export const UNIT_DIRECTORIES = [
  "/etc/systemd/system.control",
  "/run/systemd/system.control",
  "/run/systemd/transient",
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
] as const;

/** Name of the unit for a path, as `systemd-escape --path` makes it, without a suffix. */
export function unitName(path: Buffer): string {
  const text = path
    .toString("latin1")
    .replace(/\/+/g, "/")
    .replace(/^\/|\/$/g, "");
  if (text === "") return "-";
  return text.replace(/^\.|[^A-Za-z0-9:_./]/g, escapeByte).replaceAll("/", "-");
}

function escapeByte(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

/** The unit that mounts at a path: whole name. */
export function mountUnitName(path: Buffer): string {
  return `${unitName(path)}.mount`;
}

/**
 * Directories of drop-ins of a unit, the most specific first: "srv-data.mount.d", "srv-.mount.d", "mount.d"
 * (systemd.unit(5)).
 */
export function dropInDirectories(unit: string): string[] {
  const stem = unit.replace(/\.mount$/, "");
  const names = [`${unit}.d`];
  for (let at = stem.lastIndexOf("-", stem.length - 2); at > 0; at = stem.lastIndexOf("-", at - 1)) {
    names.push(`${stem.slice(0, at + 1)}.mount.d`);
  }
  return [...names, "mount.d"];
}

export interface MountUnit {
  readonly isOverlay: boolean;
  /** Null where it is not said. */
  readonly where: Buffer | null;
  /** As after -o. A string where they cannot be told: why. */
  readonly options: Buffer | string;
}

/** A .mount unit: the file and its drop-ins, in the order in which systemd reads them. Later assignments win. */
export function parseMountUnit(files: readonly Buffer[]): MountUnit {
  const values = new Map<string, string>();
  for (const file of files) {
    let section = "";
    for (const line of joinedLines(file.toString("latin1"))) {
      section = /^\[(.*)\]$/.exec(line)?.[1] ?? section;
      const [, name, value] = /^([A-Za-z]+)\s*=\s*(.*)$/s.exec(line) ?? [];
      if (section === "Mount" && name !== undefined) values.set(name, value ?? "");
    }
  }
  const where = withoutSpecifiers(values.get("Where") ?? "");
  const options = withoutSpecifiers(values.get("Options") ?? "");
  return {
    isOverlay: values.get("Type") === "overlay",
    where: where === null || where.length === 0 ? null : where,
    options: options ?? "has a specifier in its Options=",
  };
}

/** The mount options of a .mount unit; undefined where it mounts no overlay. A string where they cannot be told: why. */
export function optionsOfUnit(unit: Buffer): Buffer | string | undefined {
  const { isOverlay, options } = parseMountUnit([unit]);
  return isOverlay ? options : undefined;
}

/** A backslash at a line's end joins the next one that is no comment. */
function* joinedLines(text: string): Generator<string> {
  let begun = "";
  for (const raw of text.split("\n")) {
    if (/^\s*[#;]/.test(raw)) continue;
    if (raw.endsWith("\\")) {
      begun += `${raw.slice(0, -1)} `;
      continue;
    }
    yield (begun + raw).trim();
    begun = "";
  }
  yield begun.trim();
}

/** `%%` is a percent sign; null: there are others, whose meaning only systemd knows. */
function withoutSpecifiers(value: string): Buffer | null {
  if (value.replaceAll("%%", "").includes("%")) return null;
  return Buffer.from(value.replaceAll("%%", "%"), "latin1");
}
