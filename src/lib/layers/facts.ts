/**
 * What the kernel looks at when it puts layers together, as plain values: so
 * that its decisions (effective.ts) are pure and can be tried without a filesystem.
 */

/** Where a directory is in its own filesystem, whatever is mounted over or bound around it. */
export interface Location {
  /** Superblock, "major:minor" of mountinfo. */
  readonly device: string;
  /** From that filesystem's root; no slash at the end. */
  readonly path: Buffer;
}

/** An overlay, in any mount namespace, that has a directory as upper or work; as lower where that was asked. */
export interface Use {
  readonly role: "upper" | "work" | "lower";
  readonly mountpoint: string;
  /** A process that sees that mount; null: this one does. */
  readonly pid: number | null;
  /** The directory could not be opened, or not for certain: only its path is the same. */
  readonly byPathOnly: boolean;
}

export interface DirectoryFacts {
  /** "upper", "work", "lower[1]", "data[1]" */
  readonly name: string;
  /** For a reader. */
  readonly path: string;
  /** Identity of the directory, "dev:ino". */
  readonly object: string;
  /** Null where it could not be found out (a mount of another namespace). */
  readonly location: Location | null;
  /** The overlay that has this very directory as upper or work. */
  readonly use: Use | null;
  /** The overlay that has a directory above this one as upper or work. */
  readonly useAbove: Use | null;
}

export interface LayerFacts extends DirectoryFacts {
  /** Superblock identity. */
  readonly device: string;
  /** 16 bytes, zeros for none. */
  readonly uuid: Buffer;
  readonly filesystem: string;
  /** ovl_can_decode_fh(). */
  readonly handles: boolean;
}

export interface UpperFacts extends LayerFacts {
  /** Errno name with which overlay xattrs are refused; null where they can be stored. */
  readonly xattrError: string | null;
}

export interface WorkFacts extends DirectoryFacts {
  /** On the same mount as upper (not only the same filesystem). */
  readonly sameMount: boolean;
  /** Names in work/incompat. */
  readonly incompat: readonly string[];
  /** A leftover in work/work that the mount cannot remove; null where there is none. */
  readonly stuck: string | null;
}

export interface StackFacts {
  readonly kernel: KernelVersion;
  readonly upper: UpperFacts | null;
  /** Null also where upper is null: a lower-only mount ignores workdir=. */
  readonly work: WorkFacts | null;
  readonly lower: readonly LayerFacts[];
  readonly data: readonly LayerFacts[];
}

export interface KernelVersion {
  readonly major: number;
  readonly minor: number;
  /** The third number, of stable releases; not all distributions tell it. */
  readonly patch?: number;
}

/** From utsname.release; what cannot be read counts as the newest. */
export function kernelVersion(release: string): KernelVersion {
  const [, major, minor, patch] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release) ?? [];
  if (major === undefined) return { major: 999, minor: 0 };
  const told = { major: Number(major), minor: Number(minor) };
  return patch === undefined ? told : { ...told, patch: Number(patch) };
}

export function atLeast(kernel: KernelVersion, major: number, minor: number): boolean {
  return kernel.major > major || (kernel.major === major && kernel.minor >= minor);
}
