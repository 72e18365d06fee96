import { type OverlayPrefix, overlayPrefix } from "../format/xattrNames.js";
import { errnoName } from "../host/errno.js";
import type { Files } from "../host/files.js";
import type { Native } from "../host/native.js";
import type { LayerRole, MountSpec } from "../mount/spec.js";
import { type Directory, type DirectoryRole, type OpenContext, openDirectory } from "./directory.js";
import type { StackFacts } from "./facts.js";
import { gatherFacts } from "./gather.js";
import type { UseTable } from "./inuse.js";
import { mountTable } from "./location.js";
import { problem } from "./outcome.js";
import { findPrivilegeProblems } from "./privileges.js";
import type { Filesystem, Layer, Problem, Refusal, Stack } from "./types.js";

export interface Opened {
  /** Null where a directory cannot be opened: then there is nothing to read. */
  readonly stack: Stack | null;
  /** For params(); null together with `stack`. */
  readonly facts: StackFacts | null;
  /** Where mount(2) resolves paths, in its order; those of options and layers come from params(), after these. */
  readonly refusals: readonly Refusal[];
  /** What keeps this process from judging the overlay, or is worth a warning; no errors of mount(2). */
  readonly problems: readonly Problem[];
}

const NO_USES: UseTable = { directories: [], complete: true, unknown: [] };
const DEFAULT_ORDER: readonly LayerRole[] = ["lower", "upper", "work"];

/**
 * Open every layer and ask what the kernel would ask of it. Nothing is written.
 * `uses`: from scanUses(); without it nothing counts as in use. Close with {@link closeStack}.
 */
export function openStack(native: Native, files: Files, spec: MountSpec, uses: UseTable = NO_USES): Opened {
  const prefix = overlayPrefix(spec.options.userxattr ?? false);
  const context: OpenContext = { native, files, table: mountTable(files), prefix };
  const refusals: Refusal[] = [];
  const problems: Problem[] = findPrivilegeProblems(native, files, prefix);
  const { errno } = context.table;
  if (errno !== 0) {
    problems.push(problem("layer-unreadable", { path: "/proc/self/mountinfo", errno: errnoName(errno) }));
  }
  const directories = new Map<string, Directory>();
  const wanted = inOrder(spec);
  for (const { name, role, path } of wanted) {
    const result = openDirectory(context, name, role, path);
    if ("fd" in result) directories.set(name, result);
    refusals.push(...result.refusals);
    problems.push(...result.problems);
  }
  if (directories.size < wanted.length) {
    for (const { fd } of directories.values()) native.close(fd);
    return { stack: null, facts: null, refusals, problems };
  }
  const facts = gatherFacts(context, directories, uses, problems);
  return { stack: buildStack(spec, directories, prefix, native), facts, refusals, problems };
}

export function closeStack(native: Native, stack: Stack): void {
  for (const layer of [stack.upper, stack.work, ...stack.lower, ...stack.data]) {
    if (layer !== null) native.close(layer.fd);
  }
}

/** Lower-only mounts resolve workdir= too, and then ignore it. */
function inOrder(spec: MountSpec): { name: string; role: DirectoryRole; path: Buffer }[] {
  const named = {
    lower: [
      ...spec.lower.map((path, i) => ({ name: `lower[${i + 1}]`, role: "lower" as const, path })),
      ...spec.data.map((path, i) => ({
        name: `data[${spec.lower.length + i + 1}]`,
        role: "data" as const,
        path,
      })),
    ],
    upper: spec.upper === null ? [] : [{ name: "upper", role: "upper" as const, path: spec.upper }],
    work: spec.work === null ? [] : [{ name: "work", role: "work" as const, path: spec.work }],
  };
  const order = new Set([...(spec.order ?? []), ...DEFAULT_ORDER]);
  return [...order].flatMap((role): { name: string; role: DirectoryRole; path: Buffer }[] => named[role]);
}

function buildStack(
  spec: MountSpec,
  directories: ReadonlyMap<string, Directory>,
  prefix: OverlayPrefix,
  native: Native,
): Stack {
  const filesystems = new Map<string, { fs: Filesystem; fsid: number }>();
  const upper = directories.get("upper");
  // fsid 0 is upper's, and stays reserved without one.
  let next = 1;
  const layer = (directory: Directory, index: number, role: Layer["role"]): Layer => {
    let known = filesystems.get(directory.device);
    if (known === undefined) {
      known = { fs: toFilesystem(directory), fsid: role === "upper" ? 0 : next++ };
      filesystems.set(directory.device, known);
    }
    const { path, fd, root, readonly } = directory;
    // Whether UUIDs are good enough depends on options: see withUuids().
    return {
      index,
      role,
      path,
      fd,
      dev: root.dev,
      ino: root.ino,
      fs: known.fs,
      readonly,
      fsid: known.fsid,
      badUuid: false,
    };
  };
  const top = upper === undefined ? null : layer(upper, 0, "upper");
  const all = [...directories.values()];
  const lower = pick(all, "lower").map((directory, i) => layer(directory, i + 1, "lower"));
  const data = pick(all, "data").map((directory, i) => layer(directory, lower.length + i + 1, "data"));
  const work = directories.get("work");
  if (top === null && work !== undefined) native.close(work.fd);
  return {
    spec,
    upper: top,
    lower,
    data,
    work:
      work === undefined || top === null
        ? null
        : { path: work.path, fd: work.fd, dev: work.root.dev, ino: work.root.ino },
    prefix,
  };
}

function pick(directories: readonly Directory[], role: "lower" | "data"): Directory[] {
  return directories.filter((directory) => directory.name.startsWith(`${role}[`));
}

function toFilesystem(directory: Directory): Filesystem {
  const { dev, uuid, magic, filesystem, handles, namelen, readonly, dtype } = directory;
  return { dev, uuid, magic, name: filesystem, handles, namelen, readonly, dtype };
}

/** The stack with what params() found out about the UUIDs of its lower layers, for the options in force. */
export function withUuids(
  stack: Stack,
  lower: readonly { readonly fsid: number; readonly badUuid: boolean }[],
): Stack {
  return { ...stack, lower: stack.lower.map((layer, i) => ({ ...layer, ...lower[i] })) };
}
