/** What a check is given besides the model: where to report, and what the overlay is wanted for. */
import type { AnyFinding, Finding, FindingBytes } from "../catalogue/index.js";
import { TYPE_NAMES, typeOfMode } from "../format/fileType.js";
import type { LayerPath } from "../kernel/env.js";
import type { RootVerdict } from "../kernel/roots.js";
import type { Layer } from "../layers/types.js";
import type { Ground } from "../model/ground.js";
import type { Group } from "../model/groups.js";
import type { NameObservation } from "../model/merged.js";
import type { Stranger } from "../model/other-prefix.js";
import type { Sighting } from "../model/seek.js";
import type { Survey } from "../model/survey.js";
import type { ForeignEntry, NamelessEntry } from "../model/wanted.js";
import type { Require } from "../mount/spec.js";

export interface CheckContext {
  readonly require: Require;
  readonly survey: Survey;
  /** The overlay has been mounted with index=on before: its root has an origin, or there is an index directory. */
  readonly era: boolean;
  report(finding: Finding): void;
}

/** Looks at one name that is not plainly well. */
export type NameCheck = (seen: NameObservation, context: CheckContext) => void;
/** Looks at the tables when everything has been read. */
export type TableCheck = (
  context: CheckContext,
  late: {
    readonly sightings: readonly Sighting[];
    readonly foreign: readonly ForeignEntry[];
    /** Names that share one lower object. */
    readonly groups: readonly Group[];
    /** Rows of index entries to which no upper name leads, and the link count of their lower object. */
    readonly nameless: readonly NamelessEntry[];
    /** Objects with overlay xattrs of the other prefix, the roots first. */
    readonly strangers: readonly Stranger[];
    /** Merge directories below which encoding copies up. */
    readonly copiesUp: readonly Buffer[];
  },
) => void;
/** Looks at the roots; `errno` where the kernel refuses the mount. */
export type RootCheck = (
  context: CheckContext,
  ground: Ground,
  ties: readonly RootVerdict[],
) => readonly { readonly found: AnyFinding; readonly errno: number | null }[];

/** The layer's name in findings: "upper", "lower[1]". */
export function layerName(layer: Pick<Layer, "role" | "index">): string {
  return layer.role === "upper" ? "upper" : `${layer.role}[${layer.index}]`;
}

/** Of the lower object that a finding is about; without a handle it is known by its place. */
export function lowerBytes(fh: Buffer | null, place: LayerPath | null): Pick<FindingBytes, "fh" | "at"> {
  if (fh !== null) return { fh };
  return place === null ? {} : { at: { layer: layerName(place.layer), path: place.path } };
}

export const hex = (raw: Buffer | number | undefined): string =>
  Buffer.isBuffer(raw) ? raw.toString("hex") : "";

/** For evidence only: bytes that are not UTF-8 become U+FFFD. */
export const text = (raw: Buffer | number | undefined | null): string =>
  Buffer.isBuffer(raw) ? raw.toString("utf8") : "";

/** "directory", "file", …: of a mode, or of a d_type. */
export const typeName = (mode: number): string => dtypeName(typeOfMode(mode));
export const dtypeName = (type: number): string => TYPE_NAMES[type] ?? "unknown";
