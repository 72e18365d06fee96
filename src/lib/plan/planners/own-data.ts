/**
 * A metadata-only file becomes one with data of its own. In two rounds: its data is copied up, and once that is on the disk
 * and found equal to the lower file's, to the byte, the mark goes. Until then the kernel reads the lower file.
 * ovl_copy_up_meta_inode_data()
 */
import { decodeMetacopy } from "../../format/metacopy.js";
import { errnoName, HostError } from "../../host/errno.js";
import type { Content } from "../../host/native.js";
import { EIO, ESTALE } from "../../kernel/env.js";
import { plural } from "../../report/text.js";
import type { Cause } from "../cause.js";
import type { Facts } from "../facts.js";
import type { Action, Place, Proposal } from "../types.js";
import { answer, describe, removeXattr } from "./changes.js";

const ENODATA = -61;

/** `at`: where the file is; `path`: a name that it shows under. */
export function giveOwnData(at: Place, path: Buffer, because: Cause, facts: Facts): Proposal {
  try {
    return propose(at, path, because, facts);
  } catch (error) {
    if (error instanceof HostError) return { left: `It cannot be read: ${error.message}.` };
    throw error;
  }
}

function propose(at: Place, path: Buffer, because: Cause, facts: Facts): Proposal {
  if (facts.options.userxattr) return { left: ANYBODY };
  const file = facts.examine(at);
  const raw = file?.xattrs.get("metacopy");
  if (file === null || !Buffer.isBuffer(raw)) return answer();
  const data = facts.dataOf(path);
  if (typeof data === "number") return { left: WHY_NOT_FOUND.get(data) ?? notFound(data) };
  const { place, object } = data;
  if (object.size !== file.size)
    return {
      left: `Compare the two by hand: ${describe(place)}, which has its data, is ${object.size} bytes long, and the file ${file.size}.`,
    };
  if (!Number.isSafeInteger(file.size)) return { left: TOO_LARGE };
  const distrust = digestProblem(raw, place, facts);
  if (distrust !== null) return { left: distrust };
  const [own, below] = [facts.content(at), facts.content(place)];
  if (own === null || below === null) return answer();
  if (own.data === 0 && below.data > 0) return answer(copyData(at, own, place, below, because));
  return isEqual(facts, at, own, place, below)
    ? answer(unmark(facts, at, place, because))
    : { left: `Compare the two by hand: it has data of its own, and that of ${describe(place)} is another.` };
}

function copyData(at: Place, own: Content, from: Place, below: Content, because: Cause): Action {
  const { size, mode, capability, atimeNs, mtimeNs } = own;
  return {
    action: "copy-data",
    target: at,
    because,
    evidence: `it has no data; ${describe(from)}, which it shows, has ${plural(below.data, "byte")} in a file of ${size}`,
    safety: "confirm",
    loses: null,
    steps: [
      {
        op: "fill",
        at,
        seen: { ino: own.ino, ctimeNs: own.ctimeNs },
        from,
        source: { ino: below.ino, ctimeNs: below.ctimeNs },
        size,
        data: below.data,
        looks: { mode, capability, atimeNs, mtimeNs },
      },
    ],
  };
}

/** The mark, and the redirect to the data, which means nothing without it. In this order: the kernel reads either right. */
export function unmark(facts: Facts, at: Place, data: Place, because: Cause): Action {
  return {
    action: "remove-mark",
    target: at,
    because,
    evidence: `its own data is that of ${describe(data)}, to the byte`,
    safety: "confirm",
    loses: null,
    steps: [...removeXattr(facts, at, "metacopy"), ...removeXattr(facts, at, "redirect")],
  };
}

/** Two holes of one size are equal without being read. */
export function isEqual(facts: Facts, at: Place, own: Content, other: Place, below: Content): boolean {
  if (own.size !== below.size) return false;
  return (own.data === 0 && below.data === 0) || facts.sameData(at, other);
}

/** The mark may say how the data has to be; ovl_validate_verity(), which the kernel does with verity=on. Null: it is so. */
function digestProblem(raw: Buffer, data: Place, facts: Facts): string | null {
  const mark = decodeMetacopy(raw);
  if (mark.kind === "invalid") return "Run repair first: its metacopy mark is malformed.";
  if (mark.digest === null) return null;
  const measured = facts.verity(data);
  const needs = `its mark has an fs-verity digest`;
  if (measured === ENODATA)
    return `Bring back the lower file with fs-verity enabled: ${needs}, and ${describe(data)} has fs-verity off.`;
  if (typeof measured === "number")
    return `Do it where that filesystem has fs-verity: ${needs}, and that of ${describe(data)} cannot be asked for (${errnoName(measured)}).`;
  const { algorithm, bytes } = mark.digest;
  return measured.algorithm === algorithm && measured.bytes.equals(bytes)
    ? null
    : `Bring back the lower file that it was copied from: ${needs}, and that of ${describe(data)} is another.`;
}

const ANYBODY =
  "Copy it by hand: with userxattr anybody may have named any lower file as its data, so that the kernel never follows it.";

const TOO_LARGE = "Copy it by hand: its size is above 2^53, which no journal can hold.";

const WHY_NOT_FOUND: ReadonlyMap<number, string> = new Map([
  [EIO, "Bring the lower file back, or restore this one from a backup: its data is nowhere in the layers."],
  [ESTALE, "Run repair with --require index first: the lower file of its name is not its origin."],
]);

const notFound = (errno: number): string =>
  `Make sure that it can be opened with metacopy=on,redirect_dir=on first: its lookup fails with ${errnoName(-errno)}.`;
