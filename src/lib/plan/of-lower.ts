import type { Action } from "./types.js";

/** Does it change a lower layer, which other overlays may share? */
export const isOfLower = ({ steps }: Action): boolean => steps.some(({ at }) => at.layer.startsWith("lower"));
