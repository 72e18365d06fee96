/** What the demonstration needs of this machine. */
import { files } from "../host/files.js";
import { runProgram } from "../host/processes.js";
import { scratchPlace } from "../host/scratch.js";

const PROGRAMS = ["unshare", "mount", "umount", "truncate", "mkfs.ext4", "cp"] as const;
/** Bits of capability(7): file handles, and mounting. */
const CAP_DAC_READ_SEARCH = 2n;
const CAP_SYS_ADMIN = 21n;

function hasOverlay(): boolean {
  const known = files.read(Buffer.from("/proc/filesystems"));
  if (typeof known !== "number" && /\boverlay\b/.test(known.toString("latin1"))) return true;
  return runProgram("modprobe", ["overlay"]).code === 0;
}

/** Why the demonstration cannot run here, as one line; null where it can. */
export function whyNoDemo(capabilities: bigint): string | null {
  if (process.platform !== "linux") return "it needs Linux";
  for (const capability of [CAP_SYS_ADMIN, CAP_DAC_READ_SEARCH]) {
    if ((capabilities & (1n << capability)) === 0n)
      return "it mounts and opens file handles, which needs root";
  }
  // They separate mount options, and layers in one.
  if (/[,:\\"]/.test(scratchPlace()))
    return `${scratchPlace()} has a comma, a colon, a quote or a backslash in its name; set TMPDIR to another place`;
  const missing = PROGRAMS.filter((program) => runProgram(program, ["--version"]).code === 127);
  if (missing.length > 0) return `these programs are missing: ${missing.join(", ")}`;
  // unshare(2) makes the mounts private from "/" on, so that has to be one.
  if (runProgram("unshare", ["-m", "--propagation", "private", "unshare", "--version"]).code !== 0)
    return "it cannot have mounts of its own (in a chroot, its root has to be a mount point)";
  return hasOverlay() ? null : "this kernel has no overlayfs";
}
