import { bashCompletion } from "./bash.js";
import { fishCompletion } from "./fish.js";
import { fsckBashCompletion } from "./fsck-bash.js";
import { fsckFishCompletion } from "./fsck-fish.js";
import { fsckZshCompletion } from "./fsck-zsh.js";
import { zshCompletion } from "./zsh.js";

/** File name below completions/ to its text; a shell finds them by these names. */
export const COMPLETIONS: ReadonlyMap<string, string> = new Map([
  ["ovl-index", bashCompletion()],
  ["ovl-index.fish", fishCompletion()],
  ["_ovl-index", zshCompletion()],
  ["fsck.overlay", fsckBashCompletion()],
  ["fsck.overlay.fish", fsckFishCompletion()],
  ["_fsck.overlay", fsckZshCompletion()],
]);
