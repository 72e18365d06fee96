import { bashCompletion } from "./bash.js";
import { fishCompletion } from "./fish.js";
import { zshCompletion } from "./zsh.js";

/** File name below completions/ to its text; a shell finds them by these names. */
export const COMPLETIONS: ReadonlyMap<string, string> = new Map([
  ["ovl-index", bashCompletion()],
  ["ovl-index.fish", fishCompletion()],
  ["_ovl-index", zshCompletion()],
]);
