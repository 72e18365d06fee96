/** The layers as they are written: descriptors, and every call of the host by the place that it is about. */
import type { LayerName } from "../catalogue/index.js";
import type { OverlayPrefix } from "../format/xattrNames.js";
import { HostError } from "../host/errno.js";
import { eachName } from "../host/listing.js";
import type { Attributes, Content, Errno, Glance, RawObject } from "../host/native.js";
import type { Likeness, Looked } from "../host/writer.js";
import { JOURNAL, type Place } from "../plan/place.js";
import type { XattrName } from "./change.js";
import { Held, type Reached } from "./held.js";
import { Stop, showPlace } from "./trouble.js";
import { type ApplyHost, type Root, type Target, Trouble } from "./types.js";

const ENOENT = -2;
const ENOTDIR = -20;
const EISDIR = -21;
const EINVAL = -22;
const ELOOP = -40;
const ESTALE = -116;
/** No regular file there. */
const NO_FILE: ReadonlySet<Errno> = new Set([ENOENT, ENOTDIR, ELOOP, EISDIR, EINVAL]);
const SLASH = Buffer.from("/");

/** A root that is open: its descriptor, and st_dev of what that leads to. */
export interface OpenLayer {
  readonly fd: number;
  readonly dev: number;
}

/** Of access and of modification. */
interface Times {
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
}

/**
 * What a session, or a reader, has open. Who acts here has judged before: nothing is compared, and nothing is journaled. A
 * call that fails gives its errno, where nothing else is said.
 */
export class Ground {
  /** Folder of the run under way, below the folder of journals. */
  private folder: Buffer = Buffer.alloc(0);
  private readonly held: Held;
  /** Of xattrs that are named without one. */
  private prefix: OverlayPrefix;
  /** Layers that are only read. */
  private readonly below = new Map<LayerName, OpenLayer>();

  constructor(
    readonly host: ApplyHost,
    readonly target: Target,
    /** By name; "work" and "upper" among them, and {@link JOURNAL}, the folder of journals, once it is there. */
    private readonly layers: Map<LayerName, OpenLayer>,
  ) {
    this.held = new Held(host.native);
    this.prefix = target.prefix;
  }

  /** From now on this is where places of {@link JOURNAL} are. Gives where they were. */
  enter(folder: Buffer): Buffer {
    const before = this.folder;
    this.folder = folder;
    return before;
  }

  /** Do something with xattrs named as after this prefix, be it the one of the options or not. */
  named<T>(prefix: OverlayPrefix, act: () => T): T {
    const before = this.prefix;
    this.prefix = prefix;
    try {
      return act();
    } finally {
      this.prefix = before;
    }
  }

  private nameOf({ prefix = this.prefix, name }: XattrName): string {
    return prefix + name;
  }

  get upper(): number {
    return this.layer("upper").fd;
  }

  get work(): number {
    return this.layer("work").fd;
  }

  has(layer: LayerName): boolean {
    return this.layers.has(layer);
  }

  /** Inode of a layer's root; null where the overlay has no such layer. */
  rootIno(name: LayerName): number | null {
    const { upper, work, lower } = this.target;
    const root =
      name === "upper" ? upper : name === "work" ? work : lower.find((layer) => layer.name === name);
    return root?.ino ?? null;
  }

  /** Of the filesystem of upper and work, in hex; null where it has none. */
  get uuid(): string | null {
    const uuid = this.host.native.fsUuid(this.work);
    return Buffer.isBuffer(uuid) ? uuid.toString("hex") : null;
  }

  add(name: LayerName, layer: OpenLayer): void {
    this.layers.set(name, layer);
  }

  dev(layer: LayerName): number {
    return this.layer(layer).dev;
  }

  /** @throws Stop where the session may not write to that layer. */
  private layer(name: LayerName): OpenLayer {
    const found = this.layers.get(name);
    if (found !== undefined) return found;
    throw new Stop(
      new Trouble("unsupported", `${name} is not open to be written; --write-lower allows lower layers`),
    );
  }

  /** To read from; opened when it is first asked for. @throws HostError where another directory is at its path now. */
  private readable(name: LayerName): OpenLayer {
    const known = this.layers.get(name) ?? this.below.get(name);
    if (known !== undefined) return known;
    const root = [...this.target.lower, ...this.target.data].find((layer) => layer.name === name);
    if (root === undefined) return this.layer(name);
    const opened = openToRead(this.host, root);
    if (opened < 0) throw new HostError("open", name, opened);
    const layer = { fd: opened, dev: root.dev };
    this.below.set(name, layer);
    return layer;
  }

  private path({ layer, path }: Place): Buffer {
    if (layer !== JOURNAL || this.folder.length === 0) return path;
    return path.length === 0 ? this.folder : Buffer.concat([this.folder, SLASH, path]);
  }

  /** By way of a directory that stays open until the next {@link letGo}. */
  private reach(at: Place): Reached | Errno {
    return this.held.reach(this.layer(at.layer).fd, this.path(at));
  }

  /** Walk to everything anew from now on. */
  letGo(): void {
    this.held.letGo();
  }

  /**
   * What stands there, and the value of one overlay xattr.
   * @throws HostError where it cannot be told. A symlink on the way is as good as nothing there.
   */
  readonly look = (at: Place, xattr: XattrName | null = null): Glance | null => {
    const way = this.reach(at);
    const name = xattr === null ? null : this.nameOf(xattr);
    const found = typeof way === "number" ? way : this.host.native.glance(way.fd, way.path, name);
    if (typeof found !== "number") return found;
    if (found === ENOENT || found === ENOTDIR || found === ELOOP) return null;
    throw new HostError("read", showPlace(at), found);
  };

  /** All that it is besides its content. @throws HostError */
  readonly attributes = (at: Place): Attributes | null => {
    const way = this.reach(at);
    const found = typeof way === "number" ? way : this.host.native.attributes(way.fd, way.path);
    if (typeof found !== "number") return found;
    if (found === ENOENT || found === ENOTDIR || found === ELOOP) return null;
    throw new HostError("read", showPlace(at), found);
  };

  /** What stands there, with its handle. */
  examine(at: Place): RawObject | Errno {
    return this.host.native.examine(this.layer(at.layer).fd, this.path(at), this.prefix);
  }

  /** The same of the data of a regular file, in whichever layer; null for anything else. @throws HostError */
  readonly content = (at: Place): Content | null => {
    const found = this.host.native.content(this.readable(at.layer).fd, this.path(at));
    if (typeof found !== "number") return found;
    if (NO_FILE.has(found)) return null;
    throw new HostError("read", showPlace(at), found);
  };

  /** Also false where one of them is not there, or no regular file. @throws HostError */
  readonly isPart = (at: Place, from: Place): boolean => {
    const [own, other] = [this.readable(at.layer).fd, this.readable(from.layer).fd];
    const found = this.host.native.isPart(own, this.path(at), other, this.path(from));
    if (typeof found !== "number") return found;
    if (NO_FILE.has(found)) return false;
    throw new HostError("read", showPlace(at), found);
  };

  /** Each name in a directory; `take` gets a view. 0, or the errno that ended it. */
  eachName(at: Place, take: (name: Buffer) => void): 0 | Errno {
    return eachName(this.host.native, this.layer(at.layer).fd, this.path(at), take);
  }

  /** Names in a directory; none in what is none. @throws HostError where they cannot be told. */
  readonly list = (at: Place): Buffer[] => {
    const names: Buffer[] = [];
    const errno = this.eachName(at, (name) => {
      names.push(Buffer.from(name));
    });
    if (errno === 0 || errno === ENOENT || errno === ENOTDIR || errno === ELOOP) return names;
    throw new HostError("list", showPlace(at), errno);
  };

  /** What only root and this process's user write to, opened to be read ({@link Writer.openOwned}). */
  openOwned(at: Place): number | Errno {
    return this.host.writer.openOwned(this.layer(at.layer).fd, this.path(at));
  }

  setXattr(at: Place, xattr: XattrName, value: Buffer | null): 0 | Errno {
    const way = this.reach(at);
    if (typeof way === "number") return way;
    return this.host.writer.setXattr(way.fd, way.path, this.nameOf(xattr), value);
  }

  link(from: Place, at: Place): 0 | Errno {
    const source = this.reach(from);
    if (typeof source === "number") return source;
    const goal = this.reach(at);
    if (typeof goal === "number") return goal;
    return this.host.writer.link(source.fd, source.path, goal.fd, goal.path);
  }

  unlink(at: Place): 0 | Errno {
    const way = this.reach(at);
    return typeof way === "number" ? way : this.host.writer.unlink(way.fd, way.path);
  }

  rmdir(at: Place): 0 | Errno {
    const { fd } = this.layer(at.layer);
    this.held.leave(fd, this.path(at));
    return this.host.writer.rmdir(fd, this.path(at));
  }

  rename(at: Place, to: Place): 0 | Errno {
    const source = this.reach(at);
    if (typeof source === "number") return source;
    const goal = this.reach(to);
    if (typeof goal === "number") return goal;
    const result = this.host.writer.rename(source.fd, source.path, goal.fd, goal.path);
    this.held.leave(this.layer(at.layer).fd, this.path(at));
    return result;
  }

  mkdir(at: Place, mode: number): 0 | Errno {
    return this.host.writer.mkdir(this.layer(at.layer).fd, this.path(at), mode);
  }

  dress(at: Place, like: Likeness): 0 | Errno {
    return this.host.writer.dress(this.layer(at.layer).fd, this.path(at), like);
  }

  whiteout(at: Place): 0 | Errno {
    return this.host.writer.whiteout(this.layer(at.layer).fd, this.path(at));
  }

  append(at: Place, bytes: Buffer): 0 | Errno {
    return this.host.writer.append(this.layer(at.layer).fd, this.path(at), bytes);
  }

  read(at: Place): Buffer | Errno {
    return this.host.writer.read(this.layer(at.layer).fd, this.path(at));
  }

  sync(at: Place): 0 | Errno {
    return this.host.writer.sync(this.layer(at.layer).fd, this.path(at));
  }

  /** Everything that was changed, in whichever layer, is on the disk. */
  syncAll(): 0 | Errno {
    const done = new Set<number>();
    for (const { fd, dev } of this.layers.values()) {
      if (done.has(dev)) continue;
      done.add(dev);
      const result = this.host.writer.syncAll(fd);
      if (result !== 0) return result;
    }
    return 0;
  }

  times(at: Place): Times | Errno {
    return this.host.writer.times(this.layer(at.layer).fd, this.path(at));
  }

  setTimes(at: Place, times: Times): 0 | Errno {
    return this.host.writer.setTimes(this.layer(at.layer).fd, this.path(at), times);
  }

  /** Offset to go on at ({@link Writer.copyData}). @throws HostError where `from` is in a layer that is not open. */
  copyData(from: Place, at: Place, ino: number, offset: number, most: number): number | Errno {
    const source = this.readable(from.layer);
    const goal = this.layer(at.layer);
    const [here, there] = [this.path(from), this.path(at)];
    return this.host.writer.copyData(source.fd, here, goal.fd, there, ino, offset, most);
  }

  settle(at: Place, was: Looked): 0 | Errno {
    return this.host.writer.settle(this.layer(at.layer).fd, this.path(at), was);
  }

  empty(at: Place, was: Looked): 0 | Errno {
    return this.host.writer.empty(this.layer(at.layer).fd, this.path(at), was);
  }

  close(): void {
    this.letGo();
    for (const { fd } of this.below.values()) this.host.native.close(fd);
    this.below.clear();
    for (const { fd } of this.layers.values()) this.host.writer.close(fd);
    this.layers.clear();
  }
}

/** A layer as a check has seen it, opened to be read; -ESTALE where another directory is there now. */
export function openToRead({ native }: ApplyHost, { path, dev, ino }: Root): number | Errno {
  const opened = native.openLayer(path);
  if (typeof opened === "number") return opened;
  const found = native.glance(opened.fd, Buffer.alloc(0), null);
  if (typeof found !== "number" && found.dev === dev && found.ino === ino) return opened.fd;
  native.close(opened.fd);
  return typeof found === "number" ? found : ESTALE;
}
