/** What a journal says, to lines and back. docs/journal-format.md describes it. */
import { isOverlayPrefix, type OverlayPrefix } from "../format/xattrNames.js";
import type { Place } from "../plan/types.js";
import type { Change } from "./change.js";
import { likeFrom, likeToJson } from "./likeness.js";
import { asciiJson, bytesFromJson, bytesToJson, hexFromJson, line, text, whole } from "./line.js";
import { Stop, showPlace } from "./trouble.js";
import { Trouble } from "./types.js";

/** Of this program's journals; a larger number is somebody's who knows more. */
export const VERSION_OF_FORMAT = 3;
/** Those that can be read. Since 2 there are "prefixed-xattr" and "fill", since 3 "uncover". */
const READABLE: readonly string[] = [1, 2, 3].map((version) => `ovl-index/journal/${version}`);
const SCHEMA = "ovl-index/journal/";

/** The directory work/work, which the kernel makes anew whenever it mounts the overlay to be written. */
export interface Stamp {
  readonly ino: number;
  readonly ctimeNs: bigint;
}

/** First line of a journal: whose run it is, and on which layers. */
export interface Header {
  readonly tool: string;
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly prefix: OverlayPrefix;
  /** UUID of the filesystem of upper and work, in hex; null where it has none. */
  readonly uuid: string | null;
  readonly layers: readonly HeaderLayer[];
  /** Null: there is no work/work. */
  readonly stamp: Stamp | null;
}

/** A layer as the run had it open; `ino` is that of its root. */
export interface HeaderLayer {
  readonly name: string;
  readonly path: Buffer;
  readonly ino: number;
}

/** A directory in which the batch changes names, and its times. */
export interface Touched {
  readonly at: Place;
  readonly ino: number;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
}

/** One line of a journal; docs/journal-format.md has them as they are written. */
export type Entry =
  | { readonly kind: "header"; readonly header: Header }
  /** All changes before number `first` are on the disk; what follows may be. */
  | { readonly kind: "batch"; readonly first: number }
  | { readonly kind: "directory"; readonly touched: Touched }
  /** The changes that follow are of this action. */
  | { readonly kind: "action"; readonly action: string; readonly code: string }
  | { readonly kind: "change"; readonly change: Change }
  /** The first `changes` are on the disk, and no others. */
  | {
      readonly kind: "finished";
      readonly changes: number;
      readonly actions: number;
      readonly stamp: Stamp | null;
    }
  /** Lines before this one that cannot be read came from a crash: their changes were never begun. */
  | { readonly kind: "recovered" }
  /** All from number `to` on are taken back, on the disk. */
  | { readonly kind: "back"; readonly to: number }
  | { readonly kind: "undone"; readonly stamp: Stamp | null };

/** @throws Stop where an inode number is one that could not be read back. */
export function encode(entry: Entry): string {
  return line(toJson(entry));
}

function toJson(entry: Entry): string {
  switch (entry.kind) {
    case "header":
      return headerToJson(entry.header);
    case "batch":
      return `["batch",${entry.first}]`;
    case "directory": {
      const { at, ino, atimeNs, mtimeNs } = entry.touched;
      return `["directory",${place(at)},${inodeAt(at, ino)},"${atimeNs}","${mtimeNs}"]`;
    }
    case "action":
      return `["action",${asciiJson(entry.action)},${asciiJson(entry.code)}]`;
    case "change":
      return changeToJson(entry.change);
    case "finished":
      return `["finished",${entry.changes},${entry.actions},${stamp(entry.stamp)}]`;
    case "recovered":
      return '["recovered"]';
    case "back":
      return `["back",${entry.to}]`;
    case "undone":
      return `["undone",${stamp(entry.stamp)}]`;
  }
}

function changeToJson(change: Change): string {
  const { op, at } = change;
  const ino = inodeAt(at, change.ino);
  switch (op) {
    case "xattr":
      return change.prefix === undefined
        ? `["xattr",${place(at)},${ino},${asciiJson(change.name)},${values(change)}]`
        : `["prefixed-xattr",${place(at)},${ino},"${change.prefix}",${asciiJson(change.name)},${values(change)}]`;
    case "fill": {
      const { mode, capability, atimeNs, mtimeNs } = change.looks;
      const looks = `${mode},${value(capability)},"${atimeNs}","${mtimeNs}"`;
      return `["fill",${place(at)},${ino},${place(change.from)},${change.size},${looks}]`;
    }
    case "uncover": {
      const { other } = change;
      return `["uncover",${place(at)},${ino},${likeToJson(change.like)},${other === null ? "null" : bytesToJson(other)}]`;
    }
    case "link":
      return `["link",${place(at)},${ino},${place(change.from)}]`;
    case "unlink":
      return `["unlink",${place(at)},${ino},${place(change.other)}]`;
    case "rename":
      return `["rename",${place(at)},${ino},${place(change.to)}]`;
  }
}

const place = ({ layer, path }: Place): string => `"${layer}",${bytesToJson(path)}`;
const values = ({ old, value: to }: Change & { readonly op: "xattr" }): string =>
  `${value(old)},${value(to)}`;
const value = (bytes: Buffer | null): string => (bytes === null ? "null" : `"${bytes.toString("hex")}"`);
const stamp = (mark: Stamp | null): string =>
  mark === null ? "null" : `[${inode(mark.ino, "work:work")},"${mark.ctimeNs}"]`;

/** `where` has a number that JSON does not give back exactly. */
export function tooLarge(where: string, what = "inode number"): Trouble {
  return new Trouble("unsupported", `${where}: its ${what} is above 2^53, which no journal can hold`);
}

function inode(ino: number, where: string): number {
  if (Number.isSafeInteger(ino)) return ino;
  throw new Stop(tooLarge(where));
}

const inodeAt = (at: Place, ino: number): number =>
  Number.isSafeInteger(ino) ? ino : inode(ino, showPlace(at));

function headerToJson(header: Header): string {
  const { layers, stamp: mark, ...rest } = header;
  const shown = layers.map(
    ({ name, path, ino }) =>
      `{"name":${asciiJson(name)},"path":${bytesToJson(path)},"ino":${inode(ino, name)}}`,
  );
  const plain = asciiJson(rest).slice(1, -1);
  return `["${SCHEMA}${VERSION_OF_FORMAT}",{${plain},"stamp":${stamp(mark)},"layers":[${shown.join(",")}]}]`;
}

/** The number of the format that a first line claims; null where it claims none. Its checksum is not looked at. */
export function formatOf(first: string): number | null {
  const found = /"ovl-index\/journal\/([0-9]+)"/.exec(first.slice(0, 100));
  return found === null ? null : Number(found[1]);
}

/** @throws Error where it is no entry. */
export function decode(json: string): Entry {
  const parts: unknown = JSON.parse(json);
  if (!Array.isArray(parts)) throw new Error("no entry");
  const [kind, ...rest] = parts as unknown[];
  if (typeof kind === "string" && READABLE.includes(kind))
    return { kind: "header", header: headerFromJson(rest[0]) };
  switch (kind) {
    case "batch":
      return { kind, first: whole(rest[0]) };
    case "directory":
      return {
        kind,
        touched: {
          at: placeFrom(rest[0], rest[1]),
          ino: whole(rest[2]),
          atimeNs: BigInt(text(rest[3])),
          mtimeNs: BigInt(text(rest[4])),
        },
      };
    case "action":
      return { kind, action: text(rest[0]), code: text(rest[1]) };
    case "finished":
      return { kind, changes: whole(rest[0]), actions: whole(rest[1]), stamp: stampFrom(rest[2]) };
    case "recovered":
      return { kind };
    case "back":
      return { kind, to: whole(rest[0]) };
    case "undone":
      return { kind, stamp: stampFrom(rest[0]) };
    default:
      return { kind: "change", change: changeFrom(kind, rest) };
  }
}

function changeFrom(op: unknown, [layer, path, inode, ...rest]: unknown[]): Change {
  const at = placeFrom(layer, path);
  const ino = whole(inode);
  switch (op) {
    case "xattr":
      return { op, at, ino, name: text(rest[0]), old: valueFrom(rest[1]), value: valueFrom(rest[2]) };
    case "prefixed-xattr": {
      const [prefix, name, old, value] = rest;
      const values = { old: valueFrom(old), value: valueFrom(value) };
      return { op: "xattr", at, ino, prefix: prefixFrom(prefix), name: text(name), ...values };
    }
    case "fill":
      return {
        op,
        at,
        ino,
        from: placeFrom(rest[0], rest[1]),
        size: whole(rest[2]),
        looks: {
          mode: whole(rest[3]),
          capability: valueFrom(rest[4]),
          atimeNs: BigInt(text(rest[5])),
          mtimeNs: BigInt(text(rest[6])),
        },
      };
    case "uncover": {
      const [like, other] = rest;
      return { op, at, ino, like: likeFrom(like), other: other === null ? null : bytesFromJson(other) };
    }
    case "link":
      return { op, at, ino, from: placeFrom(rest[0], rest[1]) };
    case "unlink":
      return { op, at, ino, other: placeFrom(rest[0], rest[1]) };
    case "rename":
      return { op, at, ino, to: placeFrom(rest[0], rest[1]) };
    default:
      throw new Error(`no entry of this format: ${String(op)}`);
  }
}

function headerFromJson(json: unknown): Header {
  if (typeof json !== "object" || json === null) throw new Error("no header");
  const all = json as Record<string, unknown>;
  const layers = Array.isArray(all["layers"]) ? (all["layers"] as Record<string, unknown>[]) : [];
  return {
    tool: text(all["tool"]),
    command: text(all["command"]),
    started: text(all["started"]),
    prefix: prefixFrom(all["prefix"]),
    uuid: all["uuid"] === null ? null : text(all["uuid"]),
    layers: layers.map((layer) => ({
      name: text(layer["name"]),
      path: bytesFromJson(layer["path"]),
      ino: whole(layer["ino"]),
    })),
    stamp: stampFrom(all["stamp"]),
  };
}

const placeFrom = (layer: unknown, path: unknown): Place => ({
  layer: text(layer),
  path: bytesFromJson(path),
});
const valueFrom = (json: unknown): Buffer | null => (json === null ? null : hexFromJson(json));

function stampFrom(json: unknown): Stamp | null {
  if (json === null) return null;
  if (!Array.isArray(json)) throw new Error("no stamp");
  return { ino: whole(json[0]), ctimeNs: BigInt(text(json[1])) };
}

function prefixFrom(json: unknown): OverlayPrefix {
  const prefix = text(json);
  if (isOverlayPrefix(prefix)) return prefix;
  throw new Error("no prefix of overlay xattrs");
}
