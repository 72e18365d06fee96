/** Layers as a program writes them down. Its shape is schemas/layers-1.schema.json. */
import { isUtf8 } from "node:buffer";
import { refuse, type SpecResult, specFromOptions } from "./build-spec.js";
import type { ParsedOptions } from "./option-state.js";
import { parseOptions } from "./options.js";
import type { RequestedOptions } from "./spec.js";
import type { LookupPlace } from "./tree-files.js";

export const LAYERS_SCHEMA = "ovl-index/layers/1";

/** What the file is not: which member, and what it should be. */
class Malformed extends Error {}

const MEMBERS: ReadonlySet<string> = new Set(["schema", "lower", "data", "upper", "work", "options"]);
/** Options that name layers, which the file has members for. */
const LAYER_OPTIONS = /^(lowerdir\+?|datadir\+|upperdir|workdir)$/;
/** Options without a value: "on" stands for their presence. */
export const WORDS: ReadonlySet<string> = new Set(["userxattr", "volatile", "ro"]);

/**
 * @param name Of the file, for what is wrong with it.
 * @param options Given beside it: they outrank the file's.
 */
export function specFromLayersFile(
  bytes: Buffer,
  name: string,
  options: RequestedOptions,
  place: LookupPlace,
): SpecResult {
  try {
    if (!isUtf8(bytes)) throw new Malformed("it is no UTF-8");
    const parsed = parseLayers(bytes.toString("utf8"));
    return specFromOptions({ ...parsed, options: { ...parsed.options, ...options } }, "--layers", place);
  } catch (error) {
    if (error instanceof Malformed) return refuse(name, error.message);
    throw error;
  }
}

function parseLayers(text: string): ParsedOptions {
  const file = record(parseJson(text), "it");
  const odd = Object.keys(file).find((member) => !MEMBERS.has(member));
  if (odd !== undefined) throw new Malformed(`"${odd}" is none of ${[...MEMBERS].join(", ")}`);
  if (file["schema"] !== LAYERS_SCHEMA) throw new Malformed(`"schema" is not "${LAYERS_SCHEMA}"`);
  const lower = paths(file["lower"], "lower");
  if (lower.length === 0) throw new Malformed(`"lower" names no layer`);
  const data = file["data"] === undefined ? [] : paths(file["data"], "data");
  const [upper, work] = [optionalPath(file["upper"], "upper"), optionalPath(file["work"], "work")];
  const { options, ignored } = optionsOf(file["options"] ?? {});
  const newer = data.length === 0 ? options : { ...options, newer: [...(options.newer ?? []), "::"] };
  return { lower, data, upper, work, options: newer, ignored, order: ["lower", "upper", "work"] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Malformed(`it is no JSON: ${(error as SyntaxError).message}`);
  }
}

/** As mount(2) takes them, so that what is wrong is told in the same words. */
function optionsOf(value: unknown): Pick<ParsedOptions, "options" | "ignored"> {
  const words = Object.entries(record(value, `"options"`)).flatMap(([option, chosen]) => {
    if (!/^[\w+]+$/.test(option)) throw new Malformed(`"options" has "${option}", which is no option`);
    if (LAYER_OPTIONS.test(option)) {
      throw new Malformed(`"options" has ${option}, which "lower", "upper" and "work" say`);
    }
    if (typeof chosen !== "string" || !/^\w+$/.test(chosen))
      throw new Malformed(`option ${option} is no word`);
    if (!WORDS.has(option)) return [`${option}=${chosen}`];
    if (chosen !== "on" && chosen !== "off") throw new Malformed(`option ${option} is neither on nor off`);
    return chosen === "on" ? [option] : [];
  });
  const result = parseOptions([Buffer.from(words.join(","))]);
  if (!result.ok) throw new Malformed(`option ${result.error.option}: ${result.error.reason}`);
  return result.parsed;
}

function paths(value: unknown, member: string): Buffer[] {
  if (!Array.isArray(value)) throw new Malformed(`"${member}" is no list of paths`);
  return value.map((item, i) => path(item, `${member}[${i}]`));
}

function optionalPath(value: unknown, member: string): Buffer | null {
  return value === undefined || value === null ? null : path(value, member);
}

/** A string; or, for bytes that are no UTF-8, what the tool's own documents have: `pathHex` beside `path`. */
function path(value: unknown, member: string): Buffer {
  if (typeof value === "string") return nonEmpty(Buffer.from(value), member);
  const { path: text, pathHex: hex, ...rest } = record(value, `"${member}"`);
  const odd = Object.keys(rest)[0];
  if (odd !== undefined) throw new Malformed(`"${member}" has "${odd}": it takes path and pathHex`);
  if (hex === undefined && typeof text === "string") return nonEmpty(Buffer.from(text), member);
  if (typeof hex === "string" && /^([0-9a-f]{2})+$/.test(hex))
    return nonEmpty(Buffer.from(hex, "hex"), member);
  throw new Malformed(`"${member}" is no path: neither a text nor bytes in hex`);
}

function nonEmpty(bytes: Buffer, member: string): Buffer {
  if (bytes.length === 0) throw new Malformed(`"${member}" is empty`);
  if (bytes.includes(0)) throw new Malformed(`"${member}" has a zero byte, which no path has`);
  return bytes;
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new Malformed(`${what} is no JSON object`);
}
