/** Log messages about options that exclude or weaken each other. */
import type { KernelMessage } from "./types.js";

export const LOG_OPTIONS = [
  {
    pattern: /^conflicting options: (?<options>.*)$/,
    sample: "conflicting options: nfs_export=on,metacopy=on",
    means: "Both options were asked for, and they exclude each other.",
    does: "The mount fails with EINVAL.",
    action: "Drop one. For NFS export: index=on,nfs_export=on,metacopy=off.",
    codes: ["options-conflict"],
  },
  {
    pattern: /^disabling (?<option>metacopy|nfs_export|verity) due to (?<reason>.*)$/,
    sample: "disabling nfs_export due to metacopy=on",
    means: "An option gives way to another.",
    does: "The mount goes on without it.",
    action: "Ask for what is needed explicitly.",
    codes: ["option-fallback"],
  },
  {
    pattern:
      /^NFS export (?:requires (?<needs>"index=on"|an index dir)|is not supported with metadata only copy up), falling back to nfs_export=off\.$/,
    sample: 'NFS export requires "index=on", falling back to nfs_export=off.',
    means: "nfs_export was asked for and cannot be had.",
    does: "The mount goes on and cannot be exported.",
    action: "Find out with check why the index is not in force.",
    codes: ["option-fallback", "fs-no-handles", "uuid-null", "uuid-conflict"],
  },
  {
    pattern:
      /^NFS export requires "redirect_dir=nofollow" on non-upper mount, falling back to nfs_export=off\.$/,
    sample: 'NFS export requires "redirect_dir=nofollow" on non-upper mount, falling back to nfs_export=off.',
    means: "An overlay without upper is exported only where redirects are not followed.",
    does: "The mount goes on and cannot be exported.",
    action: "Mount with redirect_dir=nofollow, if no layer has redirects.",
    codes: ["option-fallback"],
  },
  {
    pattern: /^The uuid=off requires a single fs for lower and upper, falling back to uuid=(?<to>on|null)\.$/,
    sample: "The uuid=off requires a single fs for lower and upper, falling back to uuid=null.",
    means: "uuid=off was asked for with layers on several filesystems.",
    does: "The mount goes on as if it had not been asked for; handles stored with uuid=off do not match.",
    action: "Mount without uuid=off.",
    codes: ["option-fallback", "uuid-mode-changed"],
  },
  {
    pattern:
      /^option "(?<option>.*)" (?:is useless in a non-upper mount, ignore|is meaningless in a non-upper mount, ignoring it\.|requires an upper fs, falling back to uuid=null\.)$/,
    sample: 'option "index=on" is useless in a non-upper mount, ignore',
    means: "The option needs an upper layer and there is none.",
    does: "The mount goes on without it.",
    action: "Leave the option out.",
    codes: ["option-fallback"],
  },
  {
    pattern:
      /^(?:unrecognized mount option "(?<option>.*)" or missing value|bad mount option "(?<bad>.*)"|Unknown parameter '(?<unknown>.*)'|Bad value for '(?<value>.*)')$/,
    sample: 'unrecognized mount option "nfs_exports=on" or missing value',
    means: "This kernel does not know the option or its value.",
    does: "The mount fails with EINVAL.",
    action: "Correct the option.",
    codes: ["mount-option-invalid"],
  },
  {
    pattern:
      /^(?:empty lowerdir|cannot append lower layer|unescaped trailing colons in lowerdir mount option\.|only single ':' or double '::' sequences of unescaped colons in lowerdir mount option allowed\.|regular lower layers cannot follow data (?:lower )?layers\.?|too many lower directories, limit is \d+|lower data-only dirs require metacopy support\.)$/,
    sample: "only single ':' or double '::' sequences of unescaped colons in lowerdir mount option allowed.",
    means: "The list of lower layers is not written as the kernel reads it.",
    does: "The mount fails with EINVAL.",
    action:
      "Escape colons in paths with a backslash; data-only layers come last, behind two colons, and need metacopy.",
    codes: ["mount-option-invalid"],
  },
] as const satisfies readonly KernelMessage[];
