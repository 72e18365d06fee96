/** Finding codes and all that is known about each. */
export {
  CATALOGUE,
  CODES,
  entryOf,
  finding,
  GROUPS,
  type Group,
  groupOf,
  isCode,
  isFatal,
  messageOf,
} from "./catalogue.js";
export type { Evidence } from "./evidence.js";
export {
  KERNEL_MESSAGES,
  overlayText,
  type RecognisedMessage,
  recogniseMessage,
} from "./kernel-messages.js";
export { COPY_AGAIN } from "./roots.js";
export type {
  AnyFinding,
  Code,
  Entries,
  Entry,
  Finding,
  FindingBytes,
  KernelEffect,
  KernelFact,
  KernelMessage,
  LayerName,
  Repair,
  RepairCommand,
  Safety,
  Severity,
} from "./types.js";
