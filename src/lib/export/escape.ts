/** Bytes of paths as each file that a block goes into has to have them. Pure. */
import { isUtf8, safeText } from "../report/index.js";

/** What a format has no way to say: why. */
export class Inexpressible extends Error {}

const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, "0")}`;

/** A field of fstab(5) or exports(5): blanks, backslash, quotes, # and what is not plain ASCII as three octal digits. */
export function octalField(bytes: Buffer): string {
  return bytes.toString("latin1").replace(/[^!$-[\]-~]/g, (c) => octal(c.charCodeAt(0)));
}

/**
 * A whole value of a unit file, which has no quotes (Where=, Options=): only % is special.
 * @throws Inexpressible for what is not UTF-8, for control characters, and where the line's end would be misread
 */
export function unitValue(bytes: Buffer): string {
  const text = unitText(bytes);
  if (/^\s|[\s\\]$/.test(text))
    throw new Inexpressible("a unit file cannot have a blank or a backslash there");
  return text;
}

/** One word of several in a unit file, in quotes where it needs them. `command`: of ExecStart=, where $ is special, too. */
export function unitWord(bytes: Buffer, command = false): string {
  const text = unitText(bytes);
  const plain = command ? text.replaceAll("$", "$$$$") : text;
  return /^[\w@%+=:,./$-]+$/.test(plain) ? plain : `"${plain.replace(/[\\"]/g, "\\$&")}"`;
}

function unitText(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (!isUtf8(bytes)) throw new Inexpressible("a unit file is UTF-8, and the path is not");
  if (safeText(text) !== text)
    throw new Inexpressible("a unit file cannot have control characters in a path");
  return text.replaceAll("%", "%%");
}

/** A string of nfs-ganesha's configuration: nothing is special between single quotes. */
export function ganeshaString(bytes: Buffer): string {
  const text = bytes.toString("latin1");
  if (!/^[ -~]*$/.test(text)) {
    throw new Inexpressible("nfs-ganesha's configuration takes plain ASCII paths only");
  }
  return text.includes("'") ? `"${text.replace(/[\\"]/g, "\\$&")}"` : `'${text}'`;
}
