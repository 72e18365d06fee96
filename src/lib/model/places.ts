import type { DirStack, LayerPath } from "../kernel/env.js";

/** Upper first, then the lower ones: the order in which names are found. */
export function placesOf(stack: DirStack): LayerPath[] {
  return stack.upper === null ? [...stack.lower] : [stack.upper, ...stack.lower];
}
