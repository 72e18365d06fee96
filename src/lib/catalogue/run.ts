/** Codes about the check itself: what could not be read or decided. */
import type { Entries } from "./types.js";

export const RUN = {
  "layer-changed": {
    severity: "warning",
    title: "The overlay changed while it was read",
    message: (e) => e.what,
    explanation:
      "Two things that were read at different times do not fit together. The result is provisional.",
    cause: "The overlay is mounted, or something writes to its layers.",
    kernel: {
      effect: "none",
      source: [],
      detail: "Changes to layers of a mounted overlay are undefined for the kernel too.",
    },
    repair: {
      action: "Unmount the overlay, stop what writes to the layers, and check again.",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
  unreadable: {
    severity: "error",
    title: "An object could not be read",
    message: (e) => `${e.operation}: ${e.errno}`,
    explanation: "Whatever is in or below it is not known, so the overlay cannot be called clean.",
    cause: "Missing privilege, a damaged filesystem, or a vanished device.",
    kernel: {
      effect: "none",
      source: [],
      detail: "The kernel gives the same error to whoever opens it there.",
    },
    repair: {
      action: "Run as root; check the layer's filesystem (e2fsck, xfs_repair, btrfs check).",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
  "xattr-unreadable": {
    severity: "error",
    title: "An overlay xattr could not be read",
    message: (e) => `${e.name === "*" ? "the list of xattrs" : e.name}: ${e.errno}`,
    explanation: "What the kernel does with this object is not known, so the overlay cannot be called clean.",
    cause: "Missing privilege, a damaged filesystem, or a vanished device.",
    kernel: {
      effect: "lookup-fails",
      source: ["ovl_get_fh", "ovl_get_redirect_xattr", "ovl_check_metacopy_xattr"],
      detail:
        "For redirect and metacopy the lookup gives the errno; an origin counts as absent, with a warning.",
    },
    repair: {
      action: "Run as root; check the layer's filesystem (e2fsck, xfs_repair, btrfs check).",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
  "lookup-refused": {
    severity: "error",
    title: "A name cannot be looked up",
    message: (e) => `${e.errno}: ${e.reason}`,
    explanation: "The name is listed and cannot be opened.",
    cause:
      "A mount point or another thing in a layer that overlayfs does not go through, or a name too long for the overlay.",
    kernel: {
      effect: "lookup-fails",
      source: ["ovl_lookup", "ovl_dentry_weird"],
      detail: "The lookup gives the errno that is named, EREMOTE for what overlayfs does not support.",
    },
    repair: {
      action: "Remove the reason. A redirect through what is no name is mended as a malformed one is.",
      safety: "confirm",
      loses: "the redirect, if nothing says what was meant",
      command: "repair",
    },
  },
  "journal-unfinished": {
    severity: "error",
    title: "A run that changed the overlay was interrupted",
    message: (e) =>
      `${e.run} was interrupted ${e.state === "undoing" ? "while it was undone" : "in the middle"}`,
    explanation:
      "Some of what it was to do is done, and some is not. What this check says of the overlay is true of that state.",
    cause: "The machine stopped, or the process was killed, while ovl-index wrote to the layers.",
    kernel: {
      effect: "none",
      source: [],
      detail: "The kernel never looks into the folder of journals in the work directory.",
    },
    repair: {
      action:
        "Do not mount the overlay; any command that writes first finishes that run or takes back what it did.",
      safety: "auto",
      loses: null,
      command: "repair",
    },
  },
} satisfies Partial<Entries>;
