/** An index entry that is the last link of a file, and to which no name of the overlay leads. */
import type { RawObject } from "../host/native.js";
import { getNlink } from "../kernel/index-entry.js";
import type { IndexState } from "./index-state.js";

/**
 * Has the kernel seen each of its names go? What it goes on counting then are links of the lower file that never showed,
 * for a lower layer covers them, or they are in no layer: it opens the deleted file by its handle, and always has. Else
 * a name was deleted without the index.
 */
export function deletedWithIndex(
  index: IndexState,
  row: number,
  lower: RawObject,
  entry: RawObject,
): boolean {
  return getNlink(lower, entry, 0) <= lower.nlink - index.hiddenLinks(row);
}
