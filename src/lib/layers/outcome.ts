import type { Evidence } from "../catalogue/evidence.js";
import type { Code } from "../catalogue/types.js";
import type { Fallback, Refusal } from "./types.js";

/** Makers that hold a finding's evidence to what the catalogue says it is. */

export function refusal<C extends Code>(errno: string, cause: C, evidence: Evidence[C]): Refusal {
  return { errno, cause, evidence: { ...evidence } };
}

/** Something that is no refusal of the kernel's: the overlay cannot be judged, or not as it should be. */
export interface Problem {
  /** Finding code. */
  readonly cause: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

export function problem<C extends Code>(cause: C, evidence: Evidence[C]): Problem {
  return { cause, evidence: { ...evidence } };
}

export function fallback<C extends Code>(
  change: { readonly option: string; readonly requested: string; readonly effective: string },
  cause: C,
  evidence: Evidence[C],
): Fallback {
  return { ...change, cause, evidence: { ...evidence } };
}

/** An option that another option, or the lack of an upper layer, turns into something else. */
export function optionFallback(
  option: string,
  requested: string,
  effective: string,
  reason: string,
): Fallback {
  const change = { option, requested, effective };
  return fallback(change, "option-fallback", { ...change, reason });
}
