/** Why a value is none, in words: evidence has the codecs' own short ones. */

const HANDLE: Readonly<Record<string, string>> = {
  short: "too short for a handle",
  length: "longer than it says, or shorter",
  magic: "it does not begin as a handle does",
  "not-hex": "not all of it are hex digits",
  empty: "empty",
  "newer-version": "a handle of a newer version",
  "unknown-flag": "a handle with a flag that is not known",
  "foreign-endian": "a handle of a machine of the other byte order",
};

const REDIRECT: Readonly<Record<string, string>> = {
  empty: "it is empty",
  "empty-segment": "a name in it is empty",
  "relative-with-slash": "it has a slash and does not begin with one",
};

const METACOPY: Readonly<Record<string, string>> = {
  short: "too short",
  long: "longer than any digest",
  version: "of a version that is not known",
  length: "longer than it says, or shorter",
};

const ENTRY_NAME: Readonly<Record<string, string>> = {
  "upper-case": "it has hex digits in upper case",
  "odd-length": "it has an odd number of digits",
  "trailing-bytes": "it goes on behind the handle",
  "short-length-field": "it says a length below that of any handle",
};

const wordsOf =
  (words: Readonly<Record<string, string>>) =>
  (reason: string): string =>
    words[reason] ?? reason;

export const notHandle = wordsOf(HANDLE);
export const notRedirect = wordsOf(REDIRECT);
export const notMetacopy = wordsOf(METACOPY);
export const notCanonical = wordsOf(ENTRY_NAME);
