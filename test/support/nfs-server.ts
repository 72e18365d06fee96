import { describe } from "vitest";
import { whyNoGanesha } from "../../src/lib/demo/ganesha.js";
import { needsRoot } from "./root.js";

/** needsRoot() for what needs a real NFS server: skipped where none is installed, too, but never with CI=true. */
export function needsNfsServer(name: string, body: () => void): void {
  const reason = whyNoGanesha();
  if (reason === null) needsRoot(name, body);
  else if (process.env["CI"]) throw new Error(`"${name}": ${reason}`);
  else describe.skip(`${name} (${reason})`, body);
}
