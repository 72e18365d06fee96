/** What `inspect` tells: things made of fields, in the order of their bytes. */

export const INSPECT_SCHEMA = "ovl-index/inspect/1";

/** One field. `offset` and `size` are in bytes; null where the field is not bytes of its own. */
export interface InspectedField {
  readonly name: string;
  readonly offset: number | null;
  readonly size: number | null;
  /** The bytes in hex; null where the field is not bytes of its own. */
  readonly hex: string | null;
  readonly meaning: string;
}

/**
 * How the kernel takes it: `valid`; `unknown` (not damage: newer, foreign, or deliberately not recorded);
 * `invalid`; `ignored` (as if it were not there). `unread`: nobody can tell, for it could not be read.
 */
export type InspectedVerdict = "valid" | "unknown" | "invalid" | "ignored" | "unread";

export interface InspectedThing {
  /** "xattr trusted.overlay.origin", "index name", "client's handle", "object". */
  readonly what: string;
  readonly verdict: InspectedVerdict;
  /** One line. */
  readonly meaning: string;
  readonly fields: readonly InspectedField[];
}

export interface Inspection {
  readonly schema: typeof INSPECT_SCHEMA;
  readonly tool: { readonly version: string };
  /** What was asked for, as given. */
  readonly subject: string;
  readonly kind: "path" | "xattr" | "handle" | "client-handle";
  readonly things: readonly InspectedThing[];
}

/** A field that is not bytes of its own. */
export function note(name: string, meaning: string): InspectedField {
  return { name, offset: null, size: null, hex: null, meaning };
}
