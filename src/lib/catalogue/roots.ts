/** Codes about the overlay's roots: upper's origin and the index directory's upper. */
import { notHandle } from "./reasons.js";
import type { Entries } from "./types.js";

/** All of upper and work in one go, for a hard link between the two is one only within one copy. */
export const COPY_AGAIN =
  "Copy upper and work again from where they were, both with one command and as root: cp -a UPPER WORK DEST/, or rsync -aHAX UPPER WORK DEST/, or tar --xattrs --xattrs-include='*' -cf - UPPER WORK, unpacked with the same two options.";

export const ROOTS = {
  "root-origin-missing": {
    severity: "info",
    title: "Upper's root has no origin yet",
    message: () => "the next mount with index=on ties upper to the top lower layer",
    explanation: "This overlay has not been mounted with index=on yet, or the mark was removed.",
    cause: "Normal before the first mount with index=on.",
    kernel: {
      effect: "changed-at-mount",
      source: ["ovl_get_indexdir", "ovl_verify_set_fh"],
      detail: "Sets the origin of upper's root to the handle of the top lower layer's root.",
    },
    repair: {
      action: "Nothing; the kernel sets it.",
      safety: "auto",
      loses: null,
      command: "build",
    },
  },
  "root-origin-mismatch": {
    severity: "error",
    title: "Upper belongs to another lower layer",
    message: (e) => `origin ${e.stored} is not the handle of the top lower layer's root, ${e.expected}`,
    explanation:
      "Upper's root remembers a lower layer that is not the one given, so every origin and every index entry is about objects elsewhere.",
    cause:
      "The lower layer was copied, restored or made anew; or another layer is now on top; or the order has changed.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_get_indexdir", "ovl_verify_set_fh"],
      detail: "With index=on mount(2) fails with ESTALE.",
    },
    repair: {
      action:
        "Give the lower layers as they were. Where objects of upper show that these are the right ones, set the mark anew. If layers were copied or restored, ovl-index migrate stores all origins anew, exactly so where --old-lower gives it the old lower layers; removing the index and this xattr alone makes lower content vanish.",
      safety: "confirm",
      loses: "handles that clients hold",
      command: "migrate",
    },
  },
  "root-origin-invalid": {
    severity: "error",
    title: "Upper's root origin is not a valid handle",
    message: (e) => `origin ${e.stored || "(empty)"}: ${notHandle(e.reason)}`,
    explanation: "The mark that ties upper to its lower layer cannot be read.",
    cause: "Damage, a program that wrote the xattr, or a kernel of the other endianness.",
    kernel: {
      effect: "changed-at-mount",
      source: ["ovl_get_fh", "ovl_verify_set_fh"],
      detail:
        "Counts as absent: with index=on the mount succeeds and overwrites it with the handle of the top lower layer's root.",
    },
    repair: {
      action: "Set it anew, unless upper shows that it was made on other layers.",
      safety: "confirm",
      loses: "the proof that the layers belong together",
      command: "repair",
    },
  },
  "index-upper-missing": {
    severity: "info",
    title: "The index directory is not tied to upper yet",
    message: () => "the next mount with index=on ties it to upper",
    explanation: "The index directory was made without the mark, or the mark was removed.",
    cause: "An empty index directory made by hand, or an older kernel.",
    kernel: {
      effect: "changed-at-mount",
      source: ["ovl_get_indexdir", "ovl_verify_set_fh"],
      detail: "Sets xattr upper of the index directory to the handle of upper's root.",
    },
    repair: { action: "Nothing; the kernel sets it.", safety: "auto", loses: null, command: "build" },
  },
  "index-upper-mismatch": {
    severity: "error",
    title: "The index belongs to another upper layer",
    message: (e) => `xattr ${e.xattr} ${e.stored} is not the handle of upper's root, ${e.expected}`,
    explanation:
      "Index and upper are two halves of one thing. An index of another upper leads to wrong objects.",
    cause:
      "Upper or the work directory was copied or restored, or work directories of two overlays were mixed up.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_get_indexdir", "ovl_verify_set_fh"],
      detail:
        "With index=on mount(2) fails with ESTALE. The xattr origin of older kernels, where it is the one that differs, is only warned about.",
    },
    repair: {
      action:
        "Give the work directory that belongs to this upper. If that is the one, set the xattr anew where the entries stand for objects of this upper; else move the index away and build it anew.",
      safety: "confirm",
      loses:
        "handles that clients hold, where the index is built anew; the old one is kept in the journal's folder",
      command: "repair",
    },
  },
  "index-upper-invalid": {
    severity: "error",
    title: "The index directory's upper is not a valid handle",
    message: (e) => `upper ${e.stored || "(empty)"}: ${notHandle(e.reason)}`,
    explanation: "The mark that ties the index to upper cannot be read.",
    cause: "Damage, a program that wrote the xattr, or a kernel of the other endianness.",
    kernel: {
      effect: "changed-at-mount",
      source: ["ovl_get_fh", "ovl_verify_set_fh"],
      detail:
        "Counts as absent: with index=on the mount succeeds and overwrites it with the handle of upper's root.",
    },
    repair: {
      action:
        "Set it anew where the entries stand for objects of this upper; else move the index away and build it anew.",
      safety: "confirm",
      loses: "the proof that index and upper belong together",
      command: "repair",
    },
  },
  "index-missing": {
    severity: "error",
    title: "The index is gone",
    message: (e) => `there is no index directory, but ${e.because}`,
    explanation:
      "The overlay has been mounted with index=on before. The kernel would start with an empty index, and old handles of copied-up objects would lead to the lower ones.",
    cause:
      "The work directory was replaced or emptied, often on the kernel's own advice to delete the index.",
    kernel: {
      effect: "wrong-object",
      source: ["ovl_get_indexdir", "ovl_workdir_create", "ovl_lower_fh_to_d"],
      detail:
        "Makes an empty index and mounts. No entry means that a lower handle opens the lower object, also where it was copied up or deleted.",
    },
    repair: {
      action:
        "Bring back the work directory that belongs to this upper, or build the index anew before the next export.",
      safety: "confirm",
      loses: null,
      command: "build",
    },
  },
  "index-not-directory": {
    severity: "error",
    title: "The index is not a directory",
    message: (e) => `"index" in the work directory is a ${e.type}`,
    explanation: "Something else has the index directory's name.",
    cause: "A program wrote into the work directory.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_get_indexdir", "ovl_workdir_create", "ovl_indexdir_cleanup"],
      detail: "With index=on mount(2) fails with ENOTDIR.",
    },
    repair: {
      action: "Move it away; then build the index.",
      safety: "confirm",
      loses: "it; it is kept in the journal's folder",
      command: "repair",
    },
  },
  "uuid-mode-changed": {
    severity: "error",
    title: "The option uuid has changed",
    message: (e) => `${e.on} was stored with UUID ${e.stored}, this mount expects ${e.expected}`,
    explanation:
      "Handles are stored with the filesystem's UUID, or with zeros for uuid=off. Those stored the other way do not match any more; nothing else is wrong.",
    cause:
      "The overlay was mounted with uuid=off before and is not now, or the reverse; or the filesystem was given a new UUID.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_encode_real_fh", "ovl_verify_set_fh", "ovl_decode_real_fh"],
      detail: "With index=on mount(2) fails with ESTALE.",
    },
    repair: {
      action:
        "Mount with the uuid option as before. To change it for good, all stored handles have to be restamped.",
      safety: "confirm",
      loses: "handles that clients hold",
      command: "migrate",
    },
  },
  "xattrs-lost": {
    severity: "error",
    title: "Upper has no overlay xattrs at all",
    message: (e) =>
      e.entries > 0
        ? `no object has an overlay xattr, and of the index entries (${e.entries}) none has the origin or upper that it was made with`
        : `no object has an overlay xattr, though directories are merged (${e.merged}) and there are whiteouts (${e.whiteouts}): it was made by hand, or copied without xattrs`,
    explanation:
      "This is a copy without the xattrs that make it an overlay: what was renamed stands empty under its new name, directories that were deleted and made anew show what they hid, and nothing tells any more what was copied up from where. None of that can be worked out again. A warning where upper alone looks so, and no index bears witness: one that was made by hand never had any.",
    cause:
      "cp without -a, rsync without -X or tar without --xattrs; or a copy made without root, which keeps no trusted.* xattrs.",
    kernel: {
      effect: "changed-at-mount",
      source: ["ovl_verify_index", "ovl_indexdir_cleanup", "ovl_get_index_name"],
      detail:
        "Removes the entries of directories, and refuses the mount (ENODATA) for the first of anything else. Without such entries it mounts, and merges every directory by its name.",
    },
    repair: {
      action: `${COPY_AGAIN} An upper that was made by hand needs none.`,
      safety: "never",
      loses: null,
      command: null,
    },
  },
} satisfies Partial<Entries>;
