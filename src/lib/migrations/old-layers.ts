/** {@link OldLower} of directories, opened as layers are: read-only, and for as long as a command runs. */
import { decodeHandle } from "../format/fileHandle.js";
import { isNullUuid } from "../format/uuid.js";
import { HostError } from "../host/errno.js";
import type { Files } from "../host/files.js";
import type { Native, RawObject } from "../host/native.js";
import { ENOENT, ENOTDIR, isDir } from "../kernel/env.js";
import { openDirectory } from "../layers/directory.js";
import { mountTable } from "../layers/location.js";
import { InodeNames } from "../model/inode-names.js";
import { printable } from "../mount/bytes.js";
import type { Place } from "../plan/place.js";
import type { OldLower, OldObject } from "./old-lower.js";

interface OldLayer {
  readonly name: string;
  readonly fd: number;
  readonly prefix: string;
  /** s_uuid of its filesystem. */
  readonly uuid: Buffer;
}

interface Host {
  readonly native: Native;
  readonly files: Files;
}

/** `paths`: topmost first, one for each of today's lower layers. A line that says why it cannot be. */
export function openOldLower(
  { native, files }: Host,
  paths: readonly Buffer[],
  prefix: string,
  lowers: number,
): OldLayers | string {
  if (paths.length !== lowers) {
    return `--old-lower names ${paths.length} layers, and there are ${lowers} lower ones: name as many, in their order, also those that have not moved`;
  }
  const context = { native, files, table: mountTable(files), prefix };
  const layers: OldLayer[] = [];
  for (const [i, path] of paths.entries()) {
    const name = `old[${i + 1}]`;
    const opened = openDirectory(context, name, "lower", path);
    if ("fd" in opened) layers.push({ name, fd: opened.fd, prefix, uuid: opened.uuid });
    if (!("fd" in opened) || !opened.handles) {
      for (const { fd } of layers) native.close(fd);
      const why = "fd" in opened ? "its filesystem opens no file handles" : "it cannot be opened";
      return `--old-lower ${printable(path)}: ${why}`;
    }
  }
  return new OldLayers(native, layers);
}

export class OldLayers implements OldLower {
  readonly names: readonly string[];
  readonly #native: Native;
  readonly #layers: readonly OldLayer[];
  readonly #inodeNames: InodeNames;

  constructor(native: Native, layers: readonly OldLayer[]) {
    this.#native = native;
    this.#layers = layers;
    this.#inodeNames = new InodeNames(native, layers);
    this.names = layers.map(({ name }) => name);
  }

  decode(fh: Buffer): readonly OldObject[] {
    const verdict = decodeHandle(fh);
    if (verdict.kind !== "valid" || verdict.handle.upper) return [];
    const { type, uuid, fid } = verdict.handle;
    for (const { name, fd, prefix, uuid: own } of this.#layers) {
      // Stored with uuid=off it may be of any filesystem.
      if (!uuid.equals(own) && !isNullUuid(uuid)) continue;
      const object = this.#native.examineHandle(fd, type, fid, prefix);
      if (typeof object === "number") continue;
      if (isDir(object)) {
        if (object.pathError === 0) return [{ place: { layer: name, path: object.path }, object }];
        continue;
      }
      const names = this.#inodeNames.of(object);
      if (names.length > 0) return names.map((place) => ({ place, object }));
    }
    return [];
  }

  examine(at: Place): RawObject | null {
    const layer = this.#layers.find(({ name }) => name === at.layer);
    if (layer === undefined) return null;
    const object = this.#native.examine(layer.fd, at.path, layer.prefix);
    if (typeof object !== "number") return object;
    if (object === -ENOENT || object === -ENOTDIR) return null;
    throw new HostError("stat", `${at.layer} ${at.path.toString()}`, object);
  }

  close(): void {
    for (const { fd } of this.#layers) this.#native.close(fd);
  }
}
