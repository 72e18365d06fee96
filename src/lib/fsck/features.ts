/** Nobody tells fsck.overlay how the overlay is mounted: what it has lived with is read off its layers. */
import { decodeHandle } from "../format/fileHandle.js";
import { DT_CHR, DT_DIR } from "../format/fileType.js";
import { isTemporaryName } from "../format/indexName.js";
import { overlayPrefix } from "../format/xattrNames.js";
import { eachName } from "../host/listing.js";
import { isDir, isWhiteoutDevice } from "../kernel/env.js";
import { join } from "../kernel/path.js";
import { closeStack, openStack } from "../layers/open.js";
import type { Stack } from "../layers/types.js";
import type { MountSpec, RequestedOptions, Require } from "../mount/spec.js";
import type { WriteHost } from "../repair/workplace.js";

export interface Features {
  /** What the kernel's view of the overlay is judged with. */
  readonly require: Require;
  /** There is an index, or there are origins: what hangs on them counts. */
  readonly index: boolean;
  readonly options: RequestedOptions;
}

const ROOT = Buffer.alloc(0);
const INDEX = Buffer.from("index");
const NULL_UUID = Buffer.alloc(16);
/** Index entries of device nodes that were copied up look like tombstones in a listing. */
const MOST_DEVICES = 1000;

/** Options that were given win. Where layers cannot be opened, nothing is known, and the check tells why. */
export function readFeatures({ native, files }: WriteHost, spec: MountSpec): Features {
  const { stack } = openStack(native, files, spec);
  const traces = stack === null ? NO_TRACES : tracesIn(native, stack);
  if (stack !== null) closeStack(native, stack);
  const given = spec.options;
  const require = requireOf(given, traces);
  return {
    require,
    index: require !== "plain" || traces.origins,
    options: {
      // The kernel refuses userxattr with any other way to treat redirects.
      ...(traces.userxattr ? { userxattr: true } : { redirectDir: "on" }),
      ...(traces.nullUuid ? { uuid: "off" } : {}),
      ...given,
      index: require !== "plain",
      nfsExport: require === "nfs-export",
    },
  };
}

function requireOf(given: RequestedOptions, { tied, exported }: Traces): Require {
  const index = given.index ?? (given.nfsExport === true || tied);
  const isExported = given.nfsExport ?? (exported && given.metacopy !== true);
  return !index ? "plain" : isExported ? "nfs-export" : "index";
}

/** Metadata-only files are there. They, and an export, exclude each other. */
export function withMetacopy(features: Features): Features {
  const { require, options } = features;
  return {
    ...features,
    require: require === "nfs-export" ? "index" : require,
    options: { ...options, metacopy: true, nfsExport: false },
  };
}

interface Traces {
  /** A mount with index=on has left the index, or the origin of upper's root. */
  readonly tied: boolean;
  /** Only a mount with nfs_export=on indexes directories, and leaves tombstones. */
  readonly exported: boolean;
  /** Something was copied up. */
  readonly origins: boolean;
  /** The xattrs are in the namespace of users. */
  readonly userxattr: boolean;
  /** The handles that are stored were made with uuid=off. */
  readonly nullUuid: boolean;
}

const NO_TRACES: Traces = {
  tied: false,
  exported: false,
  origins: false,
  userxattr: false,
  nullUuid: false,
};

function tracesIn(native: WriteHost["native"], { spec, upper, lower, work }: Stack): Traces {
  const top = upper ?? lower[0];
  if (top === undefined) return NO_TRACES;
  const rootWith = (prefix: string): ReadonlyMap<string, Buffer | number> => {
    const root = native.examine(top.fd, ROOT, prefix);
    return typeof root === "number" ? new Map() : root.xattrs;
  };
  const [trusted, user] = [rootWith(overlayPrefix(false)), rootWith(overlayPrefix(true))];
  const userxattr = spec.options.userxattr === true || (trusted.size === 0 && user.size > 0);
  if (upper === null || work === null) return { ...NO_TRACES, userxattr };
  const xattrs = userxattr ? user : trusted;
  const origin = xattrs.get("origin");
  const indexDir = native.examine(work.fd, INDEX, overlayPrefix(userxattr));
  const isIndex = typeof indexDir !== "number" && isDir(indexDir);
  return {
    tied: isIndex || origin !== undefined,
    exported: isIndex && isExported(native, work.fd),
    // Each copy-up marks its parent, up to the root.
    origins: origin !== undefined || xattrs.has("impure"),
    userxattr,
    nullUuid: hasNullUuid(origin) && !upper.fs.uuid.equals(NULL_UUID),
  };
}

function isExported(native: WriteHost["native"], work: number): boolean {
  const devices: Buffer[] = [];
  let directories = 0;
  eachName(native, work, INDEX, (name, type) => {
    if (isTemporaryName(name)) return;
    if (type === DT_DIR) directories++;
    if (type === DT_CHR && devices.length < MOST_DEVICES) devices.push(Buffer.from(name));
  });
  return directories > 0 || devices.some((name) => isTombstone(native, work, name));
}

function isTombstone(native: WriteHost["native"], work: number, name: Buffer): boolean {
  const object = native.examine(work, join(INDEX, name), overlayPrefix(false));
  return typeof object !== "number" && isWhiteoutDevice(object);
}

function hasNullUuid(origin: Buffer | number | undefined): boolean {
  if (!Buffer.isBuffer(origin)) return false;
  const verdict = decodeHandle(origin);
  return verdict.kind === "valid" && verdict.handle.uuid.equals(NULL_UUID);
}
