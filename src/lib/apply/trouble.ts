/** Failed system calls as one line for people. */
import { errnoName, HostError } from "../host/errno.js";
import type { Errno } from "../host/native.js";
import type { Place } from "../plan/types.js";
import { showPath } from "../report/text.js";
import { Trouble, type TroubleKind } from "./types.js";

const KINDS: Readonly<Record<string, TroubleKind>> = {
  ENOSPC: "no-space",
  EDQUOT: "no-space",
  EROFS: "read-only",
  ENOENT: "changed",
  EEXIST: "changed",
  ENODATA: "changed",
  ENOTDIR: "changed",
  EISDIR: "changed",
  ELOOP: "changed",
  ESTALE: "changed",
  ENOTEMPTY: "changed",
  EXDEV: "unsupported",
  EOPNOTSUPP: "unsupported",
  ENOTSUP: "unsupported",
  EMLINK: "unsupported",
};

/** Not allowed to this process. */
const DENIED: ReadonlySet<string> = new Set(["EPERM", "EACCES"]);

const ADVICE: Readonly<Partial<Record<TroubleKind, string>>> = {
  "no-space": "make room on that filesystem and run again",
  "read-only": "remount it read-write and run again",
  changed: "something else writes to the layers: check again",
  unsupported: "the filesystem cannot do it",
  io: "check that filesystem",
};

/** What root is refused, too. */
const FLAGS =
  "where lsattr shows it, or its directory, as immutable or append-only, take that off (chattr -i -a) and run again; else run as root of the initial user namespace";

/** `what`: the call and its object, "link work:index/00fb…". */
export function troubleOf(errno: Errno, what: string): Trouble {
  const name = errnoName(errno);
  const kind = KINDS[name] ?? "io";
  return new Trouble(kind, `${what}: ${name}; ${DENIED.has(name) ? "run as root" : (ADVICE[kind] ?? "")}`);
}

/** The same of a call of a session, which was not opened without root's privileges. */
export function refusalOf(errno: Errno, what: string): Trouble {
  return errnoName(errno) === "EPERM"
    ? new Trouble("io", `${what}: EPERM; ${FLAGS}`)
    : troubleOf(errno, what);
}

/** What a call threw, where it is about the host; anything else is a fault of this program and goes on up. */
export function caught(error: unknown): Trouble {
  if (error instanceof Stop) return error.trouble;
  if (error instanceof HostError) return troubleOf(error.errno, `${error.operation} ${error.where}`);
  throw error;
}

/** What a call gives, or the trouble that it threw. */
export function attempt<T>(call: () => T): T | Trouble {
  try {
    return call();
  } catch (error) {
    return caught(error);
  }
}

/** @throws Stop for an errno. */
export function must(result: 0 | Errno, what: string): void {
  if (result !== 0) throw new Stop(refusalOf(result, what));
}

/** Something is not as the plan has it. */
export function changed(at: Place, why: string): Stop {
  return new Stop(new Trouble("changed", `${showPlace(at)}: ${why}; check again`));
}

/** Trouble on its way to whoever returns it; never leaves `apply/`. */
export class Stop extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble.message);
  }
}

export function showPlace({ layer, path }: Place): string {
  return `${layer}:${path.length === 0 ? "/" : showPath(path)}`;
}
