import { printable } from "./bytes.js";
import { isGeneric, isOverlayOption, nearestOption, OVERLAY_OPTIONS } from "./known-options.js";
import { type OptionError, OptionState, type ParsedOptions } from "./option-state.js";

export type OptionsResult =
  | { readonly ok: true; readonly parsed: ParsedOptions }
  | { readonly ok: false; readonly error: OptionError };

const COMMA = 0x2c;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Parse what follows -o, as mount(8) and overlayfs do. Several -o are one, joined by commas.
 * An option that is neither overlayfs' nor mount(8)'s own is an error, as it is to mount(2).
 */
export function parseOptions(given: readonly Buffer[]): OptionsResult {
  const state = new OptionState();
  for (const string of given) {
    for (const option of splitOptions(string)) {
      const error = applyOption(state, option);
      if (error !== undefined) return { ok: false, error };
    }
  }
  return { ok: true, parsed: state.result() };
}

/** One line for the user. */
export function describeOptionError(error: OptionError): string {
  const nearest = error.nearest === undefined ? "" : `; did you mean "${error.nearest}"?`;
  const what = error.option.startsWith("--") ? "" : "mount option ";
  return `${what}${error.option}: ${error.reason}${nearest}`;
}

/** Names to list beside an unknown one. */
export function knownOptions(): string[] {
  return [...Object.keys(OVERLAY_OPTIONS), "ro", "rw"];
}

function applyOption(state: OptionState, option: Buffer): OptionError | undefined {
  const equals = option.indexOf(EQUALS);
  // "=value" and nothing at all are skipped by vfs_parse_monolithic_sep().
  if (option.length === 0 || equals === 0) return undefined;
  const name = printable(equals === -1 ? option : option.subarray(0, equals));
  const value = equals === -1 ? null : option.subarray(equals + 1);
  if (isOverlayOption(name)) return state.apply(name, value);
  const text = printable(option);
  if (text === "ro" || text === "rw") {
    state.setReadonly(text === "ro");
    return undefined;
  }
  if (isGeneric(text)) {
    state.ignored.push(text);
    return undefined;
  }
  const nearest = nearestOption(name);
  return { option: name, reason: "unknown option", ...(nearest === undefined ? {} : { nearest }) };
}

/**
 * Options end at a comma that has no backslash before it (ovl_next_opt); a
 * backslash takes the next byte with it. Quotes protect commas in the values of
 * security contexts only, where mount(8) takes them off before the kernel sees them.
 */
export function splitOptions(string: Buffer): Buffer[] {
  const options: Buffer[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i <= string.length; i++) {
    if (i === string.length || (string[i] === COMMA && !quoted)) {
      options.push(string.subarray(start, i));
      start = i + 1;
    } else if (string[i] === BACKSLASH) {
      // Never beyond the end: the last option still has to be taken.
      if (i + 1 < string.length) i++;
    } else if (string[i] === QUOTE && isContext(string.subarray(start, i))) {
      quoted = !quoted;
    }
  }
  return options;
}

function isContext(begun: Buffer): boolean {
  return /^(fs|def|root)?context=/.test(begun.toString("latin1"));
}
