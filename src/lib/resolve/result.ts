/** What `resolve` tells: each handle field by field, the kernel's way with it, and where that ends. Paths are bytes. */
import type { ClientForm } from "../format/clientHandle.js";
import type { HandleField } from "../format/describeHandle.js";
import type { StaleReason } from "../kernel/decode.js";
import type { OverlayReport, Prediction } from "../report/index.js";

export const RESOLVE_SCHEMA = "ovl-index/resolve/1";

export interface ResolveResult {
  readonly schema: typeof RESOLVE_SCHEMA;
  readonly tool: { readonly version: string };
  readonly overlay: OverlayReport;
  /** Whether the overlay can be mounted for export at all. */
  readonly mount: MountVerdict;
  readonly handles: readonly ResolvedHandle[];
  /** The walk for the names of files; null where none was needed. */
  readonly search: { readonly complete: boolean; readonly names: number } | null;
}

export type MountVerdict = Prediction["mount"];

export interface ResolvedHandle {
  /** As it was given. */
  readonly given: string;
  readonly form: ClientForm;
  readonly fields: readonly HandleField[];
  readonly steps: readonly Step[];
  readonly end: End;
}

/** One thing that the kernel finds out. */
export interface Step {
  /** The function that does. */
  readonly by: string;
  readonly text: string;
}

export type End = Stale | Directory | Other;

/** ESTALE for the client. */
export interface Stale {
  readonly leads: "nowhere";
  readonly because: StaleReason | "not-mounted";
  readonly why: string;
}

export interface Directory {
  readonly leads: "directory";
  /** From the overlay's root; empty for the root. */
  readonly path: Buffer;
}

/** Anything but a directory: found without a name, so that its names had to be searched. */
export interface Other {
  readonly leads: "object";
  /** "file", "symlink", … */
  readonly type: string;
  readonly layer: string;
  readonly ino: number;
  readonly size: number;
  readonly nlink: number;
  /** Names of the overlay that show this very object; there may be more where the search ended early. */
  readonly paths: readonly Buffer[];
}
