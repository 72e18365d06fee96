/**
 * What a catalogue entry is. The catalogue is the one list of finding codes:
 * the types of checks, `explain`, the pages in docs/findings, the JSON schema
 * and the tests are all derived from it.
 */
import type { Evidence } from "./evidence.js";

/** A finding code, in the kernel's own words where it has any. */
export type Code = keyof Evidence;

/**
 * - `error`: the overlay is not what somebody believes it is; exit bit 4.
 * - `warning`: works, but not as well as it could; exit bit 4 with `--strict` only.
 * - `info`: worth knowing, nothing to do.
 */
export type Severity = "error" | "warning" | "info";

/**
 * The worst thing the kernel does about it.
 * - `mount-fails`: mount(2) returns an errno.
 * - `changed-at-mount`: the mount itself, or the first lookup, writes to the upper or work directory.
 * - `lookup-fails`: a name of the overlay gives an errno other than ENOENT.
 * - `content-hidden`: names that the plain view shows are gone.
 * - `wrong-object`: a handle or a path leads to another object than it should.
 * - `ignored`: the kernel sees it and goes on without it (falls back, or never looks).
 * - `none`: it is not about the kernel.
 */
export type KernelEffect =
  | "mount-fails"
  | "changed-at-mount"
  | "lookup-fails"
  | "content-hidden"
  | "wrong-object"
  | "ignored"
  | "none";

export interface KernelFact {
  readonly effect: KernelEffect;
  /** Functions of fs/overlayfs that decide it; empty where the kernel has no part in it. */
  readonly source: readonly string[];
  /** What exactly happens, errno included. */
  readonly detail: string;
}

/**
 * How far a repair may go without a person.
 * - `auto`: changes nothing that anybody can see, or only what the kernel would do itself.
 * - `confirm`: a person must have seen the plan.
 * - `never`: no program can know what is right.
 */
export type Safety = "auto" | "confirm" | "never";

/** Commands that mend things. Which of them exist is known by the command line, not here. */
export type RepairCommand = "repair" | "build" | "migrate";

export interface Repair {
  /** What has to be done, as an imperative. */
  readonly action: string;
  readonly safety: Safety;
  /** What is given up by the repair; null where nothing is. */
  readonly loses: string | null;
  /** The ovl-index command that does it; null where it is a matter of mount options or of a person. */
  readonly command: RepairCommand | null;
}

export interface Entry<C extends Code> {
  readonly severity: Severity;
  /** A heading for a group of findings: no evidence, no full stop. */
  readonly title: string;
  /** One line about one finding; the path is printed in front of it. */
  /** `path`: of the finding, which is told before it; as text that evidence can be compared with. */
  readonly message: (evidence: Evidence[C], path: string | null) => string;
  /** What it means for whoever uses the overlay. */
  readonly explanation: string;
  /** How it comes about. */
  readonly cause: string;
  readonly kernel: KernelFact;
  readonly repair: Repair;
  /**
   * Set where the check could not be carried through, be it that something cannot be read or that
   * the stack is refused before anything in it is: exit bit 8, never clean.
   */
  readonly fatal?: true;
}

/** Where in the stack: "upper", "work", "index", "lower[1]" (the topmost lower layer), … */
export type LayerName = string;

/** One thing found, as a value. Everything that is the same for all findings of a code is in the catalogue. */
export interface Finding<C extends Code = Code> {
  readonly code: C;
  /** The entry's, unless the check knows better: the same code may weigh less in another context. */
  readonly severity: Severity;
  readonly layer: LayerName | null;
  /**
   * Bytes of the path, relative to the overlay's root, without a leading slash; the empty Buffer is the root.
   * In layer "index" it is the entry's name. Null where no one object is meant.
   */
  readonly path: Buffer | null;
  readonly evidence: Evidence[C];
  /** What the evidence shows for people, as bytes: what a plan goes by. Reports leave it out. */
  readonly bytes?: FindingBytes;
}

/** What is behind a finding's evidence. */
export interface FindingBytes {
  /** Handle structure of the lower object that the finding is about: the name of its index entry. */
  readonly fh?: Buffer;
  /** Where that lower object is, if its filesystem gives no handle of it: named as in the stack that was looked at. */
  readonly at?: { readonly layer: LayerName; readonly path: Buffer };
  /** Path below the root of the lower layer that {@link Finding.layer} or the evidence names. */
  readonly lower?: Buffer;
  /** Path of the other object of the overlay that the finding is about. */
  readonly other?: Buffer;
  /** Value of the `nlink` xattr that gives as many links as the overlay has names, once the index entry is there. */
  readonly nlink?: Buffer;
  /** Inode and st_ctime of the file, where no more is to be known of it: its origin is `fh`, and it has no `nlink`. */
  readonly file?: { readonly ino: number; readonly ctimeNs: bigint };
}

/** Any finding, told apart by `code`. */
export type AnyFinding = { [C in Code]: Finding<C> }[Code];

/** An entry for each code. */
export type Entries = { readonly [C in Code]: Entry<C> };

/** A message of the kernel log, and what it means. */
export interface KernelMessage {
  /** Matches the text behind "overlayfs: "; named groups are what the message tells. */
  readonly pattern: RegExp;
  /** How it looks. */
  readonly sample: string;
  readonly means: string;
  readonly does: string;
  readonly action: string;
  /** Codes with which `check` finds the cause; empty where it has none. */
  readonly codes: readonly Code[];
}
