/** Actions, places and safety in plain words. */
import type { ActionKind, Place } from "../plan/types.js";
import { showPath } from "../report/text.js";

/** What each kind of action does, as an imperative about one. */
export const ACTION_WORDS: Readonly<Record<ActionKind, string>> = {
  "convert-marks": "set marks in the namespace that is read",
  "set-opaque": "mark a directory opaque",
  "remove-opaque": "take an opaque mark away",
  "set-redirect": "set a redirect",
  "remove-redirect": "drop a redirect",
  "set-origin": "set an origin",
  "remove-origin": "take an origin away",
  "set-impure": "mark a directory impure",
  "set-nlink": "set a link count",
  "set-upper": "set the upper handle of a directory's index entry",
  "set-metacopy": "set a metacopy mark",
  "copy-data": "copy a file's data up",
  "remove-mark": "take a mark away",
  "remove-entry": "remove an index entry",
  "keep-entry": "move an index entry aside",
  "rename-entry": "give an index entry its right name",
  "make-index": "make the index directory",
  "keep-index": "move the index directory aside",
  "add-entry": "make an index entry",
  "replace-entry": "replace an index entry",
  "remove-tombstone": "remove a tombstone",
  "add-tombstone": "make a tombstone",
  "add-whiteout": "make a whiteout",
  "remove-whiteout": "remove a whiteout",
  "clear-volatile": "remove the mark of a volatile mount",
};

/** Hex digits of an index entry's name that are shown at both ends: filesystem and inode differ there. */
const SHOWN_HEX = 12;

/** Text with only both ends of the long names of index entries. */
export function shortenNames(text: string): string {
  return text.replace(/[0-9a-f]{32,}/gi, (hex) => `${hex.slice(0, SHOWN_HEX)}...${hex.slice(-SHOWN_HEX)}`);
}

/** `layer:path`; of an index entry's long name only both ends, unless all is wanted. */
export function showPlace({ layer, path }: Place, verbose: boolean): string {
  const text = `${layer}:${showPath(path)}`;
  return verbose ? text : shortenNames(text);
}
