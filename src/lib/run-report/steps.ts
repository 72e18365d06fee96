/** Single changes, for who wants to see them. */
import type { Step } from "../plan/types.js";
import { jsonPath } from "../report/json.js";
import { showPlace } from "./words.js";

/** Bytes of a value that are shown. */
const SHOWN = 32;

function value(bytes: Buffer | null): string {
  if (bytes === null) return "none";
  if (bytes.length === 0) return "empty";
  const more = bytes.length > SHOWN ? `... (${bytes.length} bytes)` : "";
  return `${bytes.subarray(0, SHOWN).toString("hex")}${more}`;
}

/** A step as one line, values in hex. */
export function stepText(step: Step): string {
  const at = showPlace(step.at, true);
  switch (step.op) {
    case "xattr":
      return `xattr ${at} ${step.prefix ?? ""}${step.name}: ${value(step.old)} -> ${value(step.value)}`;
    case "fill":
      return `fill ${at} from ${showPlace(step.from, true)}: ${step.data} bytes of data`;
    case "link":
      return `link ${at} to ${showPlace(step.from, true)}`;
    case "unlink":
      return `unlink ${at}, which stays as ${showPlace(step.other, true)}`;
    case "move":
      return `move ${at} to ${showPlace(step.to, true)}`;
    case "uncover":
      return `uncover ${at}`;
    case "keep":
      return `keep ${at} aside`;
    case "make":
      return `make ${at}, a ${step.what.kind}`;
  }
}

function place(at: Step["at"]): object {
  return { layer: at.layer, ...jsonPath(at.path) };
}

const hex = (bytes: Buffer | null): string | null => (bytes === null ? null : bytes.toString("hex"));

/** A step in JSON: places as everywhere, values in hex. */
export function stepJson(step: Step): object {
  const about = { op: step.op, at: place(step.at) };
  switch (step.op) {
    case "xattr":
      return { ...about, name: (step.prefix ?? "") + step.name, old: hex(step.old), value: hex(step.value) };
    case "fill":
      return { ...about, from: place(step.from), data: step.data };
    case "link":
      return { ...about, from: place(step.from) };
    case "unlink":
      return { ...about, other: place(step.other) };
    case "move":
      return { ...about, to: place(step.to) };
    case "uncover":
    case "keep":
      return about;
    case "make":
      return { ...about, what: step.what.kind };
  }
}
