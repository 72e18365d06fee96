import type { Code, Evidence } from "../catalogue/index.js";
import type { Fallback, OptionChange, Problem, Refusal } from "./types.js";

/** Makers that hold a finding's evidence to what the catalogue says it is. */

export function refusal<C extends Code>(errno: string, cause: C, evidence: Evidence[C]): Refusal<C> {
  return { errno, cause, evidence };
}

export function problem<C extends Code>(cause: C, evidence: Evidence[C]): Problem<C> {
  return { cause, evidence };
}

export function fallback<C extends Code>(change: OptionChange, cause: C, evidence: Evidence[C]): Fallback<C> {
  return { ...change, cause, evidence };
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
