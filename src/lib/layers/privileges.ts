import type { Files } from "../host/files.js";
import type { Native } from "../host/native.js";
import { problem } from "./outcome.js";
import type { Problem } from "./types.js";

const CAP_DAC_READ_SEARCH = 2n;
const CAP_SYS_ADMIN = 21n;

/**
 * What this process lacks to see what the kernel sees. Without these rights
 * xattrs look absent and handles stale, and a judgement would be worth nothing.
 */
export function findPrivilegeProblems(native: Native, files: Pick<Files, "read">, prefix: string): Problem[] {
  const held = native.capabilities();
  const initial = inInitialUserNamespace(files);
  const has = (capability: bigint): boolean => initial && (held & (1n << capability)) !== 0n;
  const problems: Problem[] = [];
  if (prefix.startsWith("trusted.") && !has(CAP_SYS_ADMIN)) {
    problems.push(problem("no-privilege", { needs: "CAP_SYS_ADMIN", why: "trusted.* extended attributes" }));
  }
  if (!has(CAP_DAC_READ_SEARCH)) {
    problems.push(problem("no-privilege", { needs: "CAP_DAC_READ_SEARCH", why: "objects by file handle" }));
  }
  return problems;
}

/** Capabilities of a nested user namespace do not reach trusted xattrs or file handles. */
function inInitialUserNamespace(files: Pick<Files, "read">): boolean {
  const map = files.read(Buffer.from("/proc/self/uid_map"));
  // A kernel without user namespaces has no such file.
  if (typeof map === "number") return map === -2;
  return /^\s*0\s+0\s+4294967295\s*$/.test(map.toString("latin1"));
}
