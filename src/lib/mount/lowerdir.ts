import { unescapeBackslash } from "./bytes.js";

const COLON = 0x3a;
const BACKSLASH = 0x5c;
/** OVL_MAX_STACK. */
export const MAX_LAYERS = 500;

export interface LowerLayers {
  /** Topmost first. */
  readonly lower: Buffer[];
  readonly data: Buffer[];
}

/**
 * The value of lowerdir=: paths separated by `:`, data-only layers after `::`,
 * `\:` a colon in a path. A string where the kernel would refuse the value: why.
 * Source: ovl_parse_param_lowerdir(), ovl_parse_param_split_lowerdirs().
 */
export function parseLowerdir(value: Buffer): LowerLayers | string {
  const layers: LowerLayers = { lower: [], data: [] };
  if (value.length === 0) return layers;
  if (value[0] === COLON) return "the list begins with a colon";
  let data = false;
  for (const part of parts(value)) {
    if (part === "many-colons") return "more than two colons in a row";
    if (part.path.length === 0) return "the list ends with a colon";
    if (data && !part.data) return "a regular lower layer follows a data-only layer";
    data ||= part.data;
    (part.data ? layers.data : layers.lower).push(unescapeBackslash(part.path));
  }
  if (layers.lower.length + layers.data.length > MAX_LAYERS) {
    return `more than ${MAX_LAYERS} lower layers`;
  }
  return layers;
}

function* parts(value: Buffer): Generator<{ path: Buffer; data: boolean } | "many-colons"> {
  let start = 0;
  let data = false;
  for (let i = 0; i < value.length; i++) {
    if (value[i] === BACKSLASH) {
      i++;
    } else if (value[i] === COLON) {
      yield { path: value.subarray(start, i), data };
      let colons = 1;
      while (value[i + 1] === COLON) {
        i++;
        colons++;
      }
      if (colons > 2) return yield "many-colons";
      data = colons === 2;
      start = i + 1;
    }
  }
  yield { path: value.subarray(start), data };
}

/** The opposite: a value for lowerdir=, with `\`, `:` and `,` escaped, so that it also stands in an option string. */
export function formatLowerdir(layers: { lower: readonly Buffer[]; data: readonly Buffer[] }): Buffer {
  const lower = layers.lower.map((path, i) =>
    Buffer.concat([Buffer.from(i === 0 ? "" : ":"), escapePath(path)]),
  );
  const data = layers.data.map((path) => Buffer.concat([Buffer.from("::"), escapePath(path)]));
  return Buffer.concat([...lower, ...data]);
}

/** A path for upperdir=, workdir= or one part of lowerdir=. */
export function escapePath(path: Buffer): Buffer {
  return Buffer.from(path.toString("latin1").replace(/[\\:,]/g, "\\$&"), "latin1");
}
