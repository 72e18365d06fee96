/** What `export` prints, as values. */
import type { CheckResult } from "../report/index.js";

export const EXPORT_SCHEMA = "ovl-index/export/1";

export const BLOCKS = ["mount", "fstab", "exports", "ganesha", "systemd"] as const;
export type BlockName = (typeof BLOCKS)[number];

/** A part of some file, or a whole one. */
export interface Piece {
  /** Where it belongs; null for a command. */
  readonly file: string | null;
  readonly text: string;
}

export interface Block {
  readonly name: BlockName;
  /** One line each: what it is for, and why it is like that. */
  readonly why: readonly string[];
  readonly pieces: readonly Piece[];
}

/** A block that this overlay's paths cannot be written in. */
export interface Omitted {
  readonly name: BlockName;
  readonly why: string;
}

export interface ExportWishes {
  readonly mountpoint: Buffer;
  /** As exports(5) names them: "10.0.0.0/24", "*.example.org". */
  readonly clients: readonly string[];
  /** A number or a UUID in place of the derived one. */
  readonly fsid: string | null;
  /** The command that checks, word by word, up to where its arguments begin. */
  readonly program: readonly Buffer[];
}

export interface ExportResult {
  /** Of `check --require nfs-export`. */
  readonly check: CheckResult;
  readonly mountpoint: Buffer;
  readonly identity: Identity | null;
  /** None where the overlay is not ready. */
  readonly blocks: readonly Block[];
  readonly omitted: readonly Omitted[];
}

/** What clients' handles tell the export by. It must not change while somebody holds one. */
export interface Identity {
  /** For fsid= of exports(5). */
  readonly fsid: string;
  /** 1 to 65535, in each handle of nfs-ganesha. */
  readonly exportId: number;
  /** Two numbers of 32 bits. */
  readonly filesystemId: readonly [number, number];
}
