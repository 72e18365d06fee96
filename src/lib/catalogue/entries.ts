/** Codes about entries of the index directory. */
import { notCanonical, notHandle } from "./reasons.js";
import type { Entries } from "./types.js";

export const ENTRIES = {
  "entry-name-invalid": {
    severity: "error",
    title: "An index entry's name is not a handle",
    message: (e) => `its name is no handle: ${notHandle(e.reason)}`,
    explanation:
      "Every name in the index has to be a file handle in hex. One that is not blocks the overlay.",
    cause: "A file put or renamed there by a person or a program, or a damaged directory.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_indexdir_cleanup", "ovl_verify_index", "ovl_check_fb_len"],
      detail: "mount(2) fails with EINVAL.",
    },
    repair: {
      action:
        "Rename the entry to its object's own origin, where that name is free; else move it out of the index.",
      safety: "confirm",
      loses: "what has no other name; it is kept in the journal's folder",
      command: "repair",
    },
  },
  "entry-name-unknown": {
    severity: "error",
    title: "An index entry is of a kind this kernel does not know",
    message: (e) => `its name is ${notHandle(e.reason)}`,
    explanation:
      "The handle in the name has a newer version, an unknown flag or the other endianness. It is not damage.",
    cause: "The index was written by a newer kernel or on a machine of the other endianness.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_indexdir_cleanup", "ovl_verify_index", "ovl_check_fb_len"],
      detail: "mount(2) fails with ENODATA.",
    },
    repair: {
      action: "Use the kernel that wrote it, or have the index made anew.",
      safety: "never",
      loses: null,
      command: null,
    },
  },
  "entry-name-noncanonical": {
    severity: "error",
    title: "An index entry has a name that no lookup finds",
    message: (e) => `${notCanonical(e.reason)}; lookups use ${e.canonical}`,
    explanation:
      "The mount accepts the name, yet whoever looks for the object looks for another name. The object is as good as not indexed.",
    cause: "The entry was renamed, for instance to upper case by a filesystem or a program.",
    kernel: {
      effect: "wrong-object",
      source: ["ovl_verify_index", "ovl_get_index_name", "ovl_lookup_index"],
      detail:
        "Kept at mount; lookups by the canonical name find nothing, so a lower handle opens the lower object.",
    },
    repair: {
      action: "Rename the entry to the canonical name, where that is free; else move it out of the index.",
      safety: "auto",
      loses: null,
      command: "repair",
    },
  },
  "entry-upper-missing": {
    severity: "warning",
    title: "A directory's index entry does not say which directory",
    message: () => "it has no xattr upper",
    explanation: "The entry leads nowhere. The directory that it was made for is not indexed.",
    cause: "The xattr was lost when the index was copied, or a crash came between two steps.",
    kernel: {
      effect: "changed-at-mount",
      source: ["ovl_verify_index", "ovl_index_upper"],
      detail: "With nfs_export=on the mount removes the entry.",
    },
    repair: {
      action:
        "Set the xattr from the upper directory that has this origin; where there is none, remove the entry.",
      safety: "auto",
      loses: null,
      command: "repair",
    },
  },
  "entry-upper-unknown": {
    severity: "warning",
    title: "A directory's index entry has an upper that cannot be read",
    message: (e) => `upper ${e.stored || "(empty)"}: ${notHandle(e.reason)}`,
    explanation: "The entry leads nowhere that this kernel knows.",
    cause: "Damage, or a kernel of the other endianness or a newer one.",
    kernel: {
      effect: "changed-at-mount",
      source: ["ovl_verify_index", "ovl_index_upper", "ovl_get_fh"],
      detail: "With nfs_export=on the mount removes the entry.",
    },
    repair: {
      action:
        "Set the xattr from the upper directory that has this origin; where there is none, remove the entry.",
      safety: "auto",
      loses: null,
      command: "repair",
    },
  },
  "entry-upper-stale": {
    severity: "warning",
    title: "A directory's index entry leads to a directory that is gone",
    message: (e) => `upper ${e.stored} does not decode`,
    explanation:
      "The kernel takes it that the directory was deleted and turns the entry into a tombstone. That is right after a deletion, and wrong where upper was copied.",
    cause:
      "The upper directory was removed while the overlay was mounted without nfs_export, by a crash, or offline.",
    kernel: {
      effect: "changed-at-mount",
      source: ["ovl_verify_index", "ovl_index_upper", "ovl_indexdir_cleanup"],
      detail:
        "With nfs_export=on the mount replaces the entry by a tombstone; a lower directory that is still visible gives EIO from then on.",
    },
    repair: {
      action:
        "If an upper directory has this origin, point the entry at it; else make it a tombstone, as the kernel would, or remove it where the lower directory is still visible.",
      safety: "auto",
      loses: null,
      command: "repair",
    },
  },
  "entry-upper-not-directory": {
    severity: "error",
    title: "A directory's index entry leads to something else",
    message: (e) => `upper ${e.stored} is a ${e.type}`,
    explanation: "The entry blocks the overlay.",
    cause: "Damage, or an inode number that was used again after upper was restored.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_index_upper", "ovl_verify_index"],
      detail: "With nfs_export=on mount(2) fails with EIO.",
    },
    repair: {
      action:
        "Point the entry at the upper directory with this origin; where there is none, remove the entry.",
      safety: "confirm",
      loses: null,
      command: "repair",
    },
  },
  "entry-origin-mismatch": {
    severity: "warning",
    title: "An index entry's object has another origin",
    message: (e) => `its object has origin ${e.stored}${e.object === null ? "" : ` (${e.object})`}`,
    explanation: "Name and object contradict each other, so the object is not found under its own origin.",
    cause: "The entry was renamed, an origin was overwritten, or upper and index are from different times.",
    kernel: {
      effect: "changed-at-mount",
      source: ["ovl_verify_index", "ovl_verify_fh"],
      detail: "The mount removes the entry; a file whose only name it is, is lost.",
    },
    repair: {
      action:
        "Set the origin to the handle in the name, where the lower object of that handle is at the upper object's own path; else rename the entry to the origin's handle, where that is free; else remove it.",
      safety: "confirm",
      loses: "what has no other name; it is kept in the journal's folder",
      command: "repair",
    },
  },
  "entry-origin-missing": {
    severity: "error",
    title: "An index entry's object has no origin that can be read",
    message: (e) => `the ${e.type}${e.object === null ? "" : ` ${e.object}`} has none`,
    explanation: "The entry blocks the overlay.",
    cause: "The xattr was lost in a copy, is empty or damaged, or the entry was put there by a program.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_verify_index", "ovl_verify_fh"],
      detail: "mount(2) fails with ENODATA.",
    },
    repair: {
      action:
        "Set the origin to the handle in the entry's name, if the lower object has the same type and nothing else came from it; else remove the entry.",
      safety: "confirm",
      loses: "what has no other name; it is kept in the journal's folder",
      command: "repair",
    },
  },
  "entry-origin-stale": {
    severity: "warning",
    title: "An index entry is for a lower object that is gone",
    message: (e) => `the lower ${e.type} does not decode`,
    explanation:
      "No handle can lead to this entry any more. The kernel removes it where it is the only name.",
    cause: "The lower layer was changed or replaced under the overlay.",
    kernel: {
      effect: "changed-at-mount",
      source: ["ovl_verify_index", "ovl_check_origin_fh"],
      detail:
        "A non-directory with link count 1: the mount removes the entry. Others are kept and never found.",
    },
    repair: {
      action: "Make sure that the right lower layer is given; then remove the entry.",
      safety: "confirm",
      loses: "what has no other name; it is kept in the journal's folder",
      command: "repair",
    },
  },
  "entry-type-wrong": {
    severity: "error",
    title: "An index entry is of another type than its lower object",
    message: (e) => `the entry is a ${e.type}, the lower object is a ${e.originType}`,
    explanation: "The lower object cannot be reached by name.",
    cause: "An inode number of lower was used again after it was changed, or the entry was replaced.",
    kernel: {
      effect: "lookup-fails",
      source: ["ovl_lookup_index"],
      detail:
        "Looking up the lower object gives EIO (bad index found). A non-directory with link count 1 is removed by the mount first; a directory is kept with index=on alone.",
    },
    repair: {
      action: "Remove the entry.",
      safety: "confirm",
      loses: "what has no other name; it is kept in the journal's folder",
      command: "repair",
    },
  },
  "entry-orphan": {
    severity: "warning",
    title: "An index entry has outlived all names of its object",
    message: (e) =>
      `link count 1, ${e.nlink === null ? "no nlink" : `nlink ${e.nlink}`}: the next mount ${e.becomes === "tombstone" ? "makes it a tombstone" : "removes it"}`,
    explanation: "All names of the object are gone. The entry keeps its data and nobody can reach it.",
    cause:
      "The last name was deleted without index=on or offline, a crash came before the clean-up; or a client wrote through an old handle into a disconnected copy.",
    kernel: {
      effect: "changed-at-mount",
      source: ["ovl_verify_index", "ovl_get_nlink", "ovl_indexdir_cleanup"],
      detail:
        "With nfs_export=on the mount replaces it by a tombstone, which makes the lower path give EIO if it is still reachable; else the mount removes it.",
    },
    repair: {
      action:
        "Keep the entry's data aside; where the lower object is not visible any more, leave a tombstone, as the kernel would.",
      safety: "confirm",
      loses: "the data of the entry, which has no other name; it is kept in the journal's folder",
      command: "repair",
    },
  },
  "entry-foreign": {
    severity: "warning",
    title: "An index entry is for an object that is not this overlay's",
    message: (e) => e.reason,
    explanation: "The entry has no part in this overlay.",
    cause: "The index was copied or mixed with another's, or lower layers were taken out of the stack.",
    kernel: {
      effect: "ignored",
      source: ["ovl_verify_index", "ovl_lookup_index"],
      detail: "Kept or cleaned up at mount like any other entry; no lookup by path asks for it.",
    },
    repair: {
      action: "Make sure that all layers are given; then remove the entry.",
      safety: "confirm",
      loses: "what has no other name; it is kept in the journal's folder",
      command: "repair",
    },
  },
  "tombstone-over-reachable": {
    severity: "error",
    title: "A tombstone stands over an object that is still reachable",
    message: (e) => `${e.lower === "" ? "its object" : e.lower} is still visible and cannot be looked up`,
    explanation:
      "The index says that the object was deleted, the names say that it was not. Its path gives an I/O error.",
    cause:
      "After a life without the index: an orphan entry was turned into a tombstone while its lower object could still be reached; or a whiteout or upper object was removed offline.",
    kernel: {
      effect: "lookup-fails",
      source: ["ovl_lookup_index"],
      detail: "Looking up the name gives EIO (bad index found); its handle gives ESTALE.",
    },
    repair: {
      action: "Remove the tombstone. Should the object be gone, delete it once more in the mounted overlay.",
      safety: "confirm",
      loses: null,
      command: "repair",
    },
  },
  "tombstone-missing": {
    severity: "error",
    title: "A deleted object can still be opened by its handle",
    message: (e, path) => {
      // Below a directory that was renamed it lies elsewhere in its layer.
      const place = e.lower === path ? "" : `, there ${e.lower},`;
      return `this ${e.type} of the lower layer${place} has no name in the overlay and no tombstone`;
    },
    explanation:
      "A client that holds a handle from before the deletion opens the lower object and reads data that was deleted.",
    cause:
      "The object was deleted while the overlay was mounted without nfs_export, or the index was removed since.",
    kernel: {
      effect: "wrong-object",
      source: ["ovl_lower_fh_to_d", "ovl_get_index_fh"],
      detail: "No entry in the index: the handle opens the lower object instead of giving ESTALE.",
    },
    repair: {
      action: "Make a tombstone for it before the next export.",
      safety: "auto",
      loses: null,
      command: "build",
    },
  },
  "index-temporary": {
    severity: "info",
    title: "The index holds one of the kernel's temporaries",
    message: (e) => `a ${e.type} that is not an entry`,
    explanation: "The kernel prepares entries and its shared whiteout under names that begin with #.",
    cause: "Normal while mounted and after a mount that ended without a clean unmount.",
    kernel: {
      effect: "changed-at-mount",
      source: ["ovl_indexdir_cleanup", "ovl_workdir_cleanup"],
      detail: "The next mount with index=on removes it.",
    },
    repair: {
      action: "Nothing has to be done: the kernel removes it, and a repair moves it aside.",
      safety: "auto",
      loses: null,
      command: "repair",
    },
  },
  "entry-other-inode": {
    severity: "error",
    title: "The index entry is another file than the one in upper",
    message: (e) => `${e.entry} is inode ${e.entryInode}, the upper object is inode ${e.upperInode}`,
    explanation:
      "By its path one sees one file, by a client's handle another. They have gone different ways.",
    cause:
      "Upper or index was copied without hard links, the file was replaced offline, or a client wrote through an old handle of an object that was not indexed.",
    kernel: {
      effect: "wrong-object",
      source: ["ovl_lookup_index", "ovl_lower_fh_to_d"],
      detail: "A lookup by path ignores the entry; the lower object's handle leads to the entry's inode.",
    },
    repair: {
      action:
        "Keep the entry's content aside, so that the file that is seen gets the entry; where other names of the lower file show the entry, take the origin off the file instead.",
      safety: "confirm",
      loses: "the entry's content, which only handles lead to; it is kept in the journal's folder",
      command: "repair",
    },
  },
} satisfies Partial<Entries>;
