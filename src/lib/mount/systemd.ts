import { split } from "./bytes.js";

/** Where systemd looks for units that somebody wrote, the first one wins (systemd.unit(5)). */
export const UNIT_DIRECTORIES = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
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

/**
 * The mount options of a .mount unit, as after -o; undefined where it mounts no overlay. A string where they cannot be told:
 * why. Later assignments win; a backslash at a line's end joins the next one.
 */
export function optionsOfUnit(unit: Buffer): Buffer | string | undefined {
  const values = new Map<string, string>();
  let section = "";
  const joined = unit.toString("latin1").replaceAll("\\\n", " ");
  for (const raw of split(Buffer.from(joined, "latin1"), NEWLINE)) {
    const line = raw.toString("latin1").trim();
    section = /^\[(.*)\]$/.exec(line)?.[1] ?? section;
    const [, name, value] = /^([A-Za-z]+)\s*=\s*(.*)$/s.exec(line) ?? [];
    if (section === "Mount" && name !== undefined) values.set(name, value ?? "");
  }
  if (values.get("Type") !== "overlay") return undefined;
  const options = values.get("Options") ?? "";
  const plain = options.replaceAll("%%", "");
  if (plain.includes("%")) return "has a specifier in its Options=";
  return Buffer.from(options.replaceAll("%%", "%"), "latin1");
}

const NEWLINE = 0x0a;
