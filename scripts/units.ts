/** Unit files of the package, as values. */
import { CHECK_UNIT, checkUnit } from "../src/lib/export/check-unit.js";

/** systemd looks for a command without a path in /usr/local/bin and /usr/bin, and so serves every package. */
const PROGRAM = [Buffer.from("ovl-index")];

/** File name below systemd/ to its text. */
export const UNITS: ReadonlyMap<string, string> = new Map([
  [CHECK_UNIT, `${checkUnit(PROGRAM).join("\n")}\n`],
]);
