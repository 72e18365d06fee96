/** Stored handles with the UUID that their filesystem has now: nothing else in them is different. */
import { FLAG_UPPER, HEADER_SIZE } from "../../format/fileHandle.js";
import type { Facts } from "../../plan/facts.js";
import { UPPER_ROOT } from "../../plan/planners/index-directory.js";

const UUID = 5;

/** Equal but for the UUID. */
export function onlyUuidDiffers(stored: Buffer, expected: Buffer): boolean {
  return (
    stored.length === expected.length &&
    stored.length >= HEADER_SIZE &&
    stored.subarray(0, UUID).equals(expected.subarray(0, UUID)) &&
    stored.subarray(HEADER_SIZE).equals(expected.subarray(HEADER_SIZE)) &&
    !uuidOf(stored).equals(uuidOf(expected))
  );
}

/** Knows the UUIDs that handles are stored with now, of the upper and of each lower filesystem. */
export class Handles {
  readonly #facts: Facts;
  /** As they are stored now: zeros with uuid=off. */
  readonly #lower: readonly Buffer[];
  readonly #upper: readonly Buffer[];

  constructor(facts: Facts) {
    this.#facts = facts;
    const roots = facts.lowers.map((layer) => facts.encode({ layer, path: UPPER_ROOT.path }));
    this.#lower = distinct(roots);
    this.#upper = distinct([facts.encode(UPPER_ROOT)]);
  }

  /**
   * The handle as it would be stored today; null for one that is so already, and where several filesystems
   * could be meant.
   */
  renew(fh: Buffer): Buffer | null {
    if (fh.length < HEADER_SIZE) return null;
    const known = ((fh[3] ?? 0) & FLAG_UPPER) === 0 ? this.#lower : this.#upper;
    if (known.some((uuid) => uuid.equals(uuidOf(fh)))) return null;
    const candidates = known.map((uuid) => withUuid(fh, uuid));
    const leading = candidates.length === 1 ? candidates : candidates.filter((one) => this.leads(one));
    return leading.length === 1 ? (leading[0] ?? null) : null;
  }

  /** There is an object that has this handle. */
  leads(fh: Buffer): boolean {
    return ((fh[3] ?? 0) & FLAG_UPPER) === 0
      ? this.#facts.decode(fh) !== null
      : this.#facts.decodeUpper(fh) !== null;
  }
}

const uuidOf = (fh: Buffer): Buffer => fh.subarray(UUID, HEADER_SIZE);

function withUuid(fh: Buffer, uuid: Buffer): Buffer {
  return Buffer.concat([fh.subarray(0, UUID), uuid, fh.subarray(HEADER_SIZE)]);
}

function distinct(roots: readonly (Buffer | null)[]): Buffer[] {
  const uuids = new Map<string, Buffer>();
  for (const root of roots) {
    if (root !== null) uuids.set(uuidOf(root).toString("hex"), uuidOf(root));
  }
  return [...uuids.values()];
}
