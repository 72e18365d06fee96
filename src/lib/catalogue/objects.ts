/** Codes about origins of upper objects and about link counts. */
import { notHandle } from "./reasons.js";
import type { Entries } from "./types.js";

export const OBJECTS = {
  "copied-up-not-indexed": {
    severity: "error",
    title: "Copied up, but not in the index",
    message: (e) =>
      e.era
        ? `this ${e.type} was copied up and has no index entry: ${
            e.type === "directory"
              ? "old handles lead to it by its old name only"
              : "old handles lead to the lower one"
          }`
        : `this ${e.type} was copied up and has no index entry; it gets an upper handle`,
    explanation:
      "A client that got a handle before the copy-up reads the lower object, old data included, and writes into a copy that nobody sees. That of a directory is stale once the directory, or one above it, was renamed.",
    cause:
      "The overlay was exported, then mounted without nfs_export (or without index) and changed, and shall be exported again; or it has a past without the index.",
    kernel: {
      effect: "wrong-object",
      source: ["ovl_lower_fh_to_d", "ovl_get_index_fh", "ovl_lookup_real", "ovl_check_encode_origin"],
      detail:
        "No entry in the index: a lower handle opens the lower object although it has been copied up; new handles point into upper. That of a directory is followed by its old names: to it while it has them, else to ESTALE.",
    },
    repair: {
      action: "Make an index entry for it before the next export.",
      safety: "auto",
      loses: null,
      command: "build",
    },
  },
  "origin-duplicate": {
    severity: "error",
    title: "Two upper objects claim the same origin",
    message: (e) => `this ${e.type} has the same origin as ${e.other}`,
    explanation:
      "One handle cannot lead to two objects. Only the one in the index is found, and a directory that is not gives an I/O error.",
    cause:
      "An upper object was copied with its xattrs (cp -a, rsync -X), or a lower hard link was broken by a mount with index=off.",
    kernel: {
      effect: "lookup-fails",
      source: ["ovl_lookup_index", "ovl_verify_upper"],
      detail:
        "A directory that the index entry does not point at gives EIO with nfs_export=on (suspected multiply redirected dir); for other types the entry is ignored.",
    },
    repair: {
      action:
        "Take the origin off all but one: the index entry keeps it, else the object at the lower object's own path, else the first by name.",
      safety: "confirm",
      loses: "the tie of the others to the lower object",
      command: "repair",
    },
  },
  "origin-invalid": {
    severity: "warning",
    title: "An origin is not a valid handle",
    message: (e) => `origin ${e.stored}: ${notHandle(e.reason)}`,
    explanation: "The kernel does not know where the object came from, so it is not found by its old handle.",
    cause: "Damage, or a program that wrote the xattr.",
    kernel: {
      effect: "ignored",
      source: ["ovl_get_fh", "ovl_check_origin"],
      detail:
        "Warns (invalid origin) and goes on as if it were unknown. A merge directory does not match and with nfs_export=on is not merged.",
    },
    repair: {
      action:
        "Take the origin from an index entry that is this inode, or from the lower object of the same path; else remove it.",
      safety: "confirm",
      loses: null,
      command: "repair",
    },
  },
  "origin-unknown": {
    severity: "info",
    title: "An origin is unknown",
    message: (e) => (e.stored === "" ? "origin is empty" : `origin ${e.stored}: ${notHandle(e.reason)}`),
    explanation:
      "The object was copied up, and it is not known from where. It keeps no inode number over the copy-up.",
    cause:
      "It was copied up from a filesystem without handles, or by another kernel (newer, or of the other endianness).",
    kernel: {
      effect: "ignored",
      source: ["ovl_get_fh", "ovl_check_fb_len"],
      detail:
        "Treated as pure upper, except that a merge directory with an unknown origin is not merged with nfs_export=on.",
    },
    repair: {
      action: "Nothing; its handle is an upper handle and stable.",
      safety: "never",
      loses: null,
      command: null,
    },
  },
  "origin-stale": {
    severity: "warning",
    title: "An origin leads to nothing",
    message: (e) => `origin ${e.stored} does not decode in any lower layer`,
    explanation:
      "The lower object is gone, so the object's inode number changes and handles of the lower object give ESTALE.",
    cause: "The lower layer was changed, copied or restored, or the layer it came from is not in the stack.",
    kernel: {
      effect: "ignored",
      source: ["ovl_check_origin", "ovl_check_origin_fh"],
      detail: "A non-directory becomes pure upper. (A directory's origin is compared, not decoded.)",
    },
    repair: {
      action:
        "If layers were copied, all origins have to be restamped; else take the origin off, and the index entry with it.",
      safety: "confirm",
      loses: "the mark of where it came from",
      command: "repair",
    },
  },
  "origin-type-mismatch": {
    severity: "warning",
    title: "An origin leads to an object of another type",
    message: (e) => `this is a ${e.type}, its origin is a ${e.originType}`,
    explanation: "An upper object never has another type than what it was copied from.",
    cause:
      "Lower's inode number was used again after lower was changed, or upper's object was replaced and kept the xattr.",
    kernel: {
      effect: "ignored",
      source: ["ovl_check_origin_fh"],
      detail: "Warns (invalid origin) and treats a non-directory as pure upper.",
    },
    repair: {
      action: "Take the origin off, and the index entry with it.",
      safety: "confirm",
      loses: null,
      command: "repair",
    },
  },
  "origin-outside-layers": {
    severity: "warning",
    title: "An origin leads to an object outside the layers",
    message: (e) => `origin ${e.stored} is ${e.found}, which is in no lower layer`,
    explanation:
      "The object is on a layer's filesystem but not in a layer. Its inode number is used; no name leads there.",
    cause:
      "The lower object was moved out of the layer, or the layer it came from is not in the stack any more.",
    kernel: {
      effect: "ignored",
      source: ["ovl_check_origin_fh", "ovl_acceptable"],
      detail:
        "A non-directory's origin is accepted wherever it is on the filesystem; a directory outside the layer is not.",
    },
    repair: {
      action:
        "Give all layers; or make an index entry for it, so that its handles stay good; without an export take the origin off.",
      safety: "confirm",
      loses: "handles of the lower object, and its inode number",
      command: "repair",
    },
  },
  "merge-origin-missing": {
    severity: "warning",
    title: "A merged directory has no origin",
    message: (e) => `it is merged with ${e.lower}; the kernel will set its origin at the first lookup`,
    explanation: "The directory is found by name only, and it is not in the index. Its content is complete.",
    cause: "It was made by another program in upper, or copied without xattrs.",
    kernel: {
      effect: "changed-at-mount",
      source: ["ovl_fix_origin"],
      detail:
        "The first lookup sets the origin to the lower directory found by path, and impure on its parent; it makes no index entry.",
    },
    repair: {
      action: "Set the origin and make an index entry for it before the next export.",
      safety: "auto",
      loses: null,
      command: "build",
    },
  },
  "merge-origin-mismatch": {
    severity: "error",
    title: "A merged directory will lose its lower content",
    message: (e) => `its origin is not ${e.lower}: with nfs_export=on all that is only there vanishes`,
    explanation:
      "With nfs_export=on the kernel merges a directory only with the lower directory that it came from. Without it, it merges by name.",
    cause:
      "The lower layer was copied, restored or changed; or the upper directory was moved or copied offline. The kernel never replaces an origin that does not match.",
    kernel: {
      effect: "content-hidden",
      source: ["ovl_lookup", "ovl_verify_lower", "ovl_verify_set_fh"],
      detail:
        "With nfs_export=on the directory is not merged: its lower content is gone, with only a warning in the log (failed to verify origin).",
    },
    repair: {
      action:
        "Lead it back to the lower directory that it came from, if index or redirect tell which; else set the origin to the lower directory found by path.",
      safety: "confirm",
      loses: "handles of the old origin, or what the wrong directory shows",
      command: "repair",
    },
  },
  "hardlink-split": {
    severity: "warning",
    title: "Hard links of one lower file have gone apart",
    message: (e) =>
      `it was one file with ${e.other}, and was copied up alone: handles from before lead to the lower file, with the data of then`,
    explanation:
      "Names that are one file in lower are two in the overlay: what is written through one is not seen through the others. A handle that a client got through this name before leads to the lower file, which is what the other names show.",
    cause: "One of the names was copied up by a mount with index=off, which breaks hard links.",
    kernel: {
      effect: "wrong-object",
      source: ["ovl_copy_up_one", "ovl_get_inode"],
      detail: "Takes them as two files. The lower one's handle leads to the lower data.",
    },
    repair: {
      action: "Decide whether they shall be one file; if so, which data is right.",
      safety: "never",
      loses: "one of the two contents",
      command: null,
    },
  },
  "nlink-malformed": {
    severity: "warning",
    title: "A link count cannot be read",
    message: (e) => `nlink "${e.stored}" is not U+N, U-N, L+N or L-N`,
    explanation:
      "The kernel shows upper's own link count, and where the entry is the last name, takes the object for deleted.",
    cause: "Damage, or a program that wrote the xattr.",
    kernel: {
      effect: "ignored",
      source: ["ovl_get_nlink"],
      detail:
        "Falls back to upper's link count with a warning; for an index entry with link count 1 to zero, which makes it an orphan.",
    },
    repair: { action: "Write the right value.", safety: "auto", loses: null, command: "repair" },
  },
  "nlink-wrong": {
    severity: "warning",
    title: "A link count is wrong",
    message: (e) =>
      `nlink ${e.stored} gives ${e.gives}, the overlay has ${e.expected} ${e.expected === 1 ? "name" : "names"}`,
    explanation:
      "stat shows a wrong number; when names are deleted the count may reach zero too early or never. An index entry that no name leads to then opens what was deleted: an error for an export where a name was deleted without the index, a warning where kernels come to it by themselves, as a lower file has links that never showed.",
    cause: "Names were added or removed offline, or in lower, or a crash came between two steps.",
    kernel: {
      effect: "wrong-object",
      source: ["ovl_get_nlink", "ovl_cleanup_index"],
      detail:
        "Shown as it is. At zero the kernel drops the index entry; too high, and the entry is never cleaned up.",
    },
    repair: {
      action: "Write the right value; an entry that no name leads to gives way to a tombstone.",
      safety: "auto",
      loses: null,
      command: "repair",
    },
  },
} satisfies Partial<Entries>;
