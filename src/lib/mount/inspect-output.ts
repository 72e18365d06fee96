/** What container tools print about a container: where its layers are. Pure. */
import { SLASH, split } from "./bytes.js";

export interface GraphLayers {
  /** Topmost first. */
  readonly lower: readonly Buffer[];
  readonly upper: Buffer;
  readonly work: Buffer;
  /** Where it is mounted while it is in use; null where that is not said. */
  readonly merged: Buffer | null;
}

export type ContainerStorage =
  | { readonly kind: "layers"; readonly layers: GraphLayers }
  /** Docker with containerd's image store: the layers are a snapshot of containerd's. */
  | { readonly kind: "snapshot"; readonly snapshotter: string; readonly key: string }
  /** It is there, and is no overlay of the kernel's: why. */
  | { readonly kind: "other"; readonly why: string }
  /** The output is not what it is known to be: why. */
  | { readonly kind: "unclear"; readonly why: string };

/** "overlay" is podman's, and Docker's first one. */
const OVERLAY_DRIVERS: ReadonlySet<string> = new Set(["overlay", "overlay2"]);

type Json = Readonly<Record<string, unknown>>;

/** Output of `docker container inspect` or `podman container inspect` for one container. */
export function containerStorage(output: string): ContainerStorage {
  const parsed = parse(output);
  const container = Array.isArray(parsed) && parsed.length === 1 ? record(parsed[0]) : null;
  if (container === null) return unclear("its output is not the description of one container");
  const driver = record(container["GraphDriver"]);
  const name = text(driver?.["Name"]);
  const data = record(driver?.["Data"]);
  if (name !== null && data !== null && OVERLAY_DRIVERS.has(name)) return layersOf(data);
  // Version 29 tells a snapshot apart; before, it stood as a driver without data.
  const snapshotter =
    text(snapshotOf(container)?.["Name"]) ?? (name === "overlayfs" && data === null ? name : null);
  const key = text(container["Id"]);
  if (snapshotter !== null && key !== null) return { kind: "snapshot", snapshotter, key };
  if (name === null) return unclear("its output tells no storage driver");
  if (OVERLAY_DRIVERS.has(name)) return unclear("its output tells no layers");
  return { kind: "other", why: `its storage driver is ${name}, not overlay` };
}

/**
 * Output of `ctr containers info`: which snapshot a container has. `key` null: it is run by containerd, and its layers
 * are kept by somebody else, as Docker does. Null: not understood.
 */
export function snapshotOfContainer(
  output: string,
): { readonly snapshotter: string | null; readonly key: string | null } | null {
  const container = record(parse(output));
  if (container === null || text(container["ID"]) === null) return null;
  return { snapshotter: text(container["Snapshotter"]), key: text(container["SnapshotKey"]) };
}

export interface GraphOptions {
  /** Another program mounts, as fuse-overlayfs does: its path. */
  readonly program: string | null;
  /** Options that every mount gets, as after -o. */
  readonly mountOptions: string;
}

/** Output of `podman info --format '{{json .Store.GraphOptions}}'`; null: not understood. */
export function graphOptions(output: string): GraphOptions | null {
  const options = record(parse(output));
  if (options === null) return null;
  const program = options["overlay.mount_program"];
  return {
    program: text(program) ?? text(record(program)?.["Executable"]),
    mountOptions: text(options["overlay.mountopt"]) ?? "",
  };
}

/**
 * Output of `ctr snapshots mounts TARGET KEY`: the options of the one overlay, as after -o. Paths have no escapes:
 * containerd does not mount below a directory that would need them.
 */
export function snapshotMount(output: string, target: string): { options: string } | { why: string } {
  const lines = output.split("\n").filter((line) => line !== "");
  const [line = ""] = lines;
  const type = /^mount -t (\S+) /.exec(line)?.[1];
  if (lines.length === 0 || type === undefined) return { why: "it told no mount" };
  if (lines.length > 1) return { why: "it is put together from several mounts, not from one overlay" };
  if (type === "bind") return { why: "it is a single directory without a parent, not an overlay" };
  const begin = `mount -t overlay overlay ${target} -o `;
  if (type !== "overlay") return { why: `it is mounted as ${type}, not as overlay` };
  return line.startsWith(begin)
    ? { options: line.slice(begin.length) }
    : { why: "its mount is not understood" };
}

function layersOf(data: Json): ContainerStorage {
  const [lower, upper, work] = [data["LowerDir"], data["UpperDir"], data["WorkDir"]].map(text);
  if (!upper || !work) return unclear("its output tells no UpperDir or no WorkDir");
  if (!lower) return { kind: "other", why: "it has no lower layer, so it is no overlay" };
  const merged = text(data["MergedDir"]);
  const layers = {
    lower: splitLowerDir(Buffer.from(lower)),
    upper: Buffer.from(upper),
    work: Buffer.from(work),
    merged: merged === null ? null : Buffer.from(merged),
  };
  if (!areWhole([...layers.lower, layers.upper, layers.work])) return unclear(NOT_WHOLE);
  return { kind: "layers", layers };
}

export const NOT_WHOLE = "its output tells a path that is not absolute";

/** Paths as tools store them: what is anything else would lead somewhere below the working directory of whoever asks. */
export function areWhole(paths: readonly Buffer[]): boolean {
  return paths.every((path) => path[0] === SLASH && !path.includes(0));
}

/** Absolute paths, joined by colons without escapes: what does not begin with a slash belongs to the path before it. */
function splitLowerDir(list: Buffer): Buffer[] {
  const paths: Buffer[] = [];
  for (const part of split(list, 0x3a)) {
    const last = paths.at(-1);
    if (part[0] === SLASH || last === undefined) paths.push(part);
    else paths[paths.length - 1] = Buffer.concat([last, Buffer.from(":"), part]);
  }
  return paths;
}

function snapshotOf(container: Json): Json | null {
  return record(record(record(container["Storage"])?.["RootFS"])?.["Snapshot"]);
}

function unclear(why: string): ContainerStorage {
  return { kind: "unclear", why };
}

function parse(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return null;
  }
}

function record(value: unknown): Json | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
