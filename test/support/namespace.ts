/** Real mounts are made in a private mount namespace only. */
import { readFileSync, readlinkSync } from "node:fs";

/**
 * True where an ancestor of this process sees other mounts: somebody unshared for us. A
 * process whose ancestors have gone cannot tell, and is told by OVL_PRIVATE_MOUNTS=1.
 */
function inOwnNamespace(): boolean {
  if (process.env["OVL_PRIVATE_MOUNTS"] === "1") return true;
  const own = readlinkSync("/proc/self/ns/mnt");
  for (let pid = process.ppid; pid > 0; ) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/mnt`) !== own) return true;
    } catch {
      // Not ours to look at, as pid 1 of a container often is: go on with its parent.
    }
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    pid = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  }
  return false;
}

/** Why real mounts cannot be made by this process, or null where they can. */
export function whyNoMounts(): string | null {
  if (process.getuid?.() !== 0) return "real mounts need root";
  if (!inOwnNamespace()) {
    return "real mounts are made only under: unshare -m --propagation private";
  }
  const shared = readFileSync("/proc/self/mountinfo", "latin1")
    .split("\n")
    .some((line) => line.split(" ")[4] === "/" && line.includes(" shared:"));
  return shared ? "mounts made here would propagate: unshare -m --propagation private" : null;
}
