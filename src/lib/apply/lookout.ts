/** Is an overlay mounted while much is copied? A look takes some milliseconds, and hours may go into one batch. */
import type { Trouble } from "./types.js";

/** How much is copied, of how many files, between two looks. */
const UNSEEN_BYTES = 512 << 10;
const UNSEEN_FILES = 64;

/** Asks `findMount` once so much has been copied unseen. */
export class Lookout {
  #bytes = 0;
  #files = 0;
  readonly #findMount: () => Trouble | null;

  /** Its own first look has just been taken. */
  constructor(findMount: () => Trouble | null) {
    this.#findMount = findMount;
  }

  /** Before a file of this size is copied: the one before it is whole, and nothing has to be taken back. */
  before(size: number): Trouble | null {
    const isDue = this.#bytes >= UNSEEN_BYTES || this.#files >= UNSEEN_FILES;
    this.#bytes = isDue ? size : this.#bytes + size;
    this.#files = isDue ? 1 : this.#files + 1;
    return isDue ? this.#findMount() : null;
  }
}
