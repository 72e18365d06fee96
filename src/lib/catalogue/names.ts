/** Codes about what decides names: redirects, whiteouts, opaque, metacopy. */
import { notMetacopy, notRedirect } from "./reasons.js";
import type { Entries } from "./types.js";

const SHOWS_NOTHING = "the directory is plain upper and its lower content is gone, without a word in the log";

export const NAMES = {
  "redirect-malformed": {
    severity: "error",
    title: "A redirect is malformed",
    message: (e) => `redirect "${e.redirect}": ${notRedirect(e.reason)}`,
    explanation: "The object cannot be reached by name.",
    cause: "A program wrote the xattr.",
    kernel: {
      effect: "lookup-fails",
      source: ["ovl_get_redirect_xattr", "ovl_check_redirect"],
      detail:
        'Looking up the name gives EINVAL (invalid redirect). A value with an empty name, "." or ".." in it passes that test and gives EACCES where it is followed; one with a NUL byte ends there.',
    },
    repair: {
      action:
        "Set it to where the directory's origin, its index entry, or its name and content say that the lower directory is; else remove it, and set opaque first where lower has another directory of its name.",
      safety: "confirm",
      loses: "the redirect, if nothing says what was meant",
      command: "repair",
    },
  },
  "redirect-dangling": {
    severity: "error",
    title: "A redirect leads nowhere",
    message: (e) => `redirect "${e.redirect}" resolves to ${e.resolved}, which is in no lower layer`,
    explanation:
      "The directory was renamed in the overlay and its lower part is not where the redirect says. What was only in lower is missing.",
    cause:
      "A lower directory was renamed or removed under the overlay, or a layer is missing from the stack.",
    kernel: {
      effect: "content-hidden",
      source: ["ovl_lookup", "ovl_lookup_layer"],
      detail: `A redirect to nothing: ${SHOWS_NOTHING}.`,
    },
    repair: {
      action:
        "Set it to where the directory's origin, its index entry, or its name and content say that the lower directory is; else remove it, and set opaque first where lower has another directory of its name.",
      safety: "confirm",
      loses: "the redirect, if nothing says what was meant",
      command: "repair",
    },
  },
  "redirect-not-directory": {
    severity: "error",
    title: "A redirect leads to something that is not a directory",
    message: (e) => `redirect "${e.redirect}" resolves to ${e.resolved}, a ${e.type}`,
    explanation: "The lower part of the directory is not found; what was only there is missing.",
    cause: "Lower was changed under the overlay.",
    kernel: {
      effect: "content-hidden",
      source: ["ovl_lookup_single", "ovl_lookup"],
      detail: `A redirect to a non-directory or a whiteout: ${SHOWS_NOTHING}.`,
    },
    repair: {
      action:
        "Set it to where the directory's origin, its index entry, or its name and content say that the lower directory is; else remove it, and set opaque first where lower has another directory of its name.",
      safety: "confirm",
      loses: "the redirect, if nothing says what was meant",
      command: "repair",
    },
  },
  "redirect-hidden": {
    severity: "warning",
    title: "A redirect goes through something that hides its target",
    message: (e) =>
      `redirect "${e.redirect}": ${e.ancestor} is ${e.by === "whiteout" ? "a whiteout" : "an opaque directory"} in a layer between`,
    explanation: "What the redirect leads to is hidden by a layer in between, so the merge ends there.",
    cause: "Layers were stacked in another order, or the middle layer was changed.",
    kernel: {
      effect: "content-hidden",
      source: ["ovl_lookup_single", "ovl_lookup_layer"],
      detail: "The lookup stops at the whiteout or opaque directory: layers below it do not take part.",
    },
    repair: {
      action: "Decide whether the hidden content shall be visible.",
      safety: "never",
      loses: null,
      command: null,
    },
  },
  "redirect-duplicate": {
    severity: "error",
    title: "Two directories redirect to the same lower directory",
    message: (e) =>
      e.redirect === ""
        ? `the lower directory that it shows is that of ${e.other}, too`
        : `redirect "${e.redirect}" is also the redirect of ${e.other}`,
    explanation: "Two names show the same lower content. Only one can have its handle.",
    cause: "An upper directory was copied with its xattrs, or two lives of upper were mixed.",
    kernel: {
      effect: "lookup-fails",
      source: ["ovl_lookup_index", "ovl_verify_upper"],
      detail:
        "With nfs_export=on the one that the index entry does not point at gives EIO (suspected multiply redirected dir). With index=on alone the one that is looked up second gives ESTALE; with index=off both are merged.",
    },
    repair: {
      action:
        "Keep the one that the index entry, its place or its origin speaks for. Take redirect and origin off the other, and set opaque first where lower has a directory of its name.",
      safety: "confirm",
      loses: "what lower shows in the other",
      command: "repair",
    },
  },
  "redirect-uncovered": {
    severity: "error",
    title: "A renamed directory is still visible under its old name",
    message: (e) =>
      `${e.redirect === "" ? "" : `redirect "${e.redirect}": `}${e.origin} is still visible too`,
    explanation: "The same lower directory has two names in the overlay.",
    cause: "The whiteout that covered the old name was removed, or the upper directory was moved offline.",
    kernel: {
      effect: "lookup-fails",
      source: ["ovl_lookup_index"],
      detail:
        "With nfs_export=on and an index entry the old name gives EIO (suspected uncovered redirected dir). With index=on alone the one that is looked up second gives ESTALE; with index=off both are visible.",
    },
    repair: {
      action:
        "Cover the old name with a whiteout where its parent was copied up, as renaming does; else take redirect and origin off the directory that was never renamed.",
      safety: "confirm",
      loses: "one of the two names of the lower content",
      command: "repair",
    },
  },
  "redirect-not-followed": {
    severity: "error",
    title: "There are redirects and they will not be followed",
    message: (e) => `redirect "${e.redirect}" with ${e.option}`,
    explanation: "Directories that were renamed in the overlay cannot be reached with these options.",
    cause: "The overlay has lived with redirect_dir=on and is now mounted with nofollow, off, or userxattr.",
    kernel: {
      effect: "lookup-fails",
      source: ["ovl_lookup"],
      detail:
        "Looking up the name gives EPERM where something of the target's name is found in lower (refusing to follow redirect).",
    },
    repair: {
      action: "Mount with redirect_dir=on (or follow).",
      safety: "never",
      loses: null,
      command: null,
    },
  },
  "whiteout-orphan": {
    severity: "info",
    title: "A whiteout hides nothing",
    message: (e) => `the ${e.kind === "xattr" ? "xattr whiteout" : "whiteout"} has no lower object below it`,
    explanation: "Harmless: the name does not exist either way.",
    cause: "The lower object is gone since, or was in a layer that is not in the stack.",
    kernel: {
      effect: "ignored",
      source: ["ovl_lookup_single"],
      detail: "The name does not exist with it and without it.",
    },
    repair: { action: "Move it aside.", safety: "auto", loses: null, command: "repair" },
  },
  "whiteout-in-opaque": {
    severity: "info",
    title: "A whiteout stands in an opaque directory",
    message: (e) =>
      `the ${e.kind === "xattr" ? "xattr whiteout" : "whiteout"} has no effect: its directory hides lower already`,
    explanation: "Harmless; but a whiteout in a directory that is not merged may show up in listings.",
    cause: "The directory was made opaque later, or another program built the layer.",
    kernel: {
      effect: "ignored",
      source: ["ovl_lookup_single", "ovl_iterate"],
      detail: "A lookup gives ENOENT; in a directory without merge the kernel may list the name.",
    },
    repair: { action: "Move it aside.", safety: "auto", loses: null, command: "repair" },
  },
  "opaque-invalid": {
    severity: "warning",
    title: "An opaque mark has no meaning",
    message: (e) => `opaque is "${e.value}", neither y nor x`,
    explanation:
      "The directory is not opaque, though somebody meant something. What should be hidden is visible.",
    cause: "A program wrote the xattr.",
    kernel: {
      effect: "ignored",
      source: ["ovl_path_check_dir_xattr", "ovl_get_opaquedir_val"],
      detail:
        "Only the value y, one byte long, hides lower; x allows xattr whiteouts. All else is as if absent.",
    },
    repair: {
      action:
        "Remove the xattr: what is visible stays as it is. Set it to y instead if lower was to be hidden.",
      safety: "confirm",
      loses: null,
      command: "repair",
    },
  },
  "impure-missing": {
    severity: "warning",
    title: "A directory with copied-up objects is not marked impure",
    message: (e) => `${e.child} in it came from a lower object`,
    explanation:
      "Listing the directory gives other inode numbers than stat, which confuses find, du and backup programs.",
    cause: "Objects were put there offline, or xattrs were lost in a copy.",
    kernel: {
      effect: "wrong-object",
      source: ["ovl_is_impuredir", "ovl_iterate", "ovl_cache_get_impure"],
      detail: "readdir gives upper's inode numbers in d_ino instead of the origin's. Lookups are right.",
    },
    repair: { action: "Set impure to y.", safety: "auto", loses: null, command: "repair" },
  },
  "whiteout-xattr-unmarked": {
    severity: "warning",
    title: "An xattr whiteout stands where it does not count",
    message: (e) =>
      e.size === 0
        ? 'its directory is not marked with opaque "x"'
        : `the file is not empty (${e.size} bytes)`,
    explanation: "The name is visible as a file, though a deletion was meant.",
    cause: "The mark on the directory was lost, or the layer was built by a program that does not set it.",
    kernel: {
      effect: "ignored",
      source: ["ovl_path_is_whiteout", "ovl_path_check_xwhiteout_xattr"],
      detail:
        "An empty file with the xattr is a whiteout only in a directory whose opaque is x (6.7 and later; never before).",
    },
    repair: {
      action:
        'In lower, set opaque to "x" on its directory. In upper, put a whiteout of the other kind in its place if it covers anything. Take the mark off a file that is not empty.',
      safety: "confirm",
      loses: null,
      command: "repair",
    },
  },
  "metacopy-no-data": {
    severity: "error",
    title: "A metacopy file has no data",
    message: (e) =>
      e.redirect === null
        ? "there is no lower file of its name"
        : `redirect "${e.redirect}" leads to no lower file`,
    explanation: "Only the attributes were copied up; the data should be in lower and is not there.",
    cause: "Lower was changed under the overlay, the file was moved offline, or a layer is missing.",
    kernel: {
      effect: "lookup-fails",
      source: ["ovl_lookup"],
      detail: "Looking up the name gives EIO (metacopy with no lower data found).",
    },
    repair: {
      action:
        "Set the redirect to where the file's origin is in lower, if that has its size; else bring lower back.",
      safety: "confirm",
      loses: null,
      command: "repair",
    },
  },
  "metacopy-invalid": {
    severity: "error",
    title: "A metacopy mark is malformed",
    message: (e) => `metacopy ${e.value || "(empty)"}: ${notMetacopy(e.reason)}`,
    explanation: "Whether the file's data is here or in lower cannot be known.",
    cause: "A program wrote the xattr, or a newer kernel did.",
    kernel: {
      effect: "lookup-fails",
      source: ["ovl_check_metacopy_xattr"],
      detail:
        "A value of one to three bytes: looking up the name gives EIO since 6.6. Other values count as a metacopy mark; a bad header or digest is met only with verity, at open, with EIO.",
    },
    repair: {
      action:
        "Make it the empty mark where the kernel takes the data from lower already; else compare with the lower file.",
      safety: "confirm",
      loses: null,
      command: "repair",
    },
  },
  "metacopy-not-followed": {
    severity: "error",
    title: "There are metacopy files and metacopy is off",
    message: (e) => `its data is in lower and ${e.option} does not allow to fetch it`,
    explanation: "The file cannot be opened with these options. NFS export never allows metacopy.",
    cause: "The overlay has lived with metacopy=on.",
    kernel: {
      effect: "lookup-fails",
      source: ["ovl_lookup"],
      detail: "Looking up the name gives EPERM (refusing to follow metacopy origin).",
    },
    repair: {
      action:
        "Copy its data up, in place, as the kernel does when it is opened for writing with metacopy=on and nfs_export=off.",
      safety: "confirm",
      loses: null,
      command: "migrate",
    },
  },
  "metacopy-origin-mismatch": {
    severity: "error",
    title: "A metacopy file's origin is not the lower file found",
    message: (e) => `its origin is not ${e.lower}`,
    explanation: "The data would come from a file that is not the one it was copied from.",
    cause: "The lower layer was copied, restored or changed.",
    kernel: {
      effect: "lookup-fails",
      source: ["ovl_lookup", "ovl_verify_set_fh"],
      detail: "With index=on looking up the name gives ESTALE. With index=off it is not compared.",
    },
    repair: {
      action:
        "Set the redirect to where the origin is, or the origin to the file found by name, whichever has its size.",
      safety: "confirm",
      loses: "handles of the lower file that it was copied from, if that is in no layer",
      command: "repair",
    },
  },
  "xattr-escaped": {
    severity: "info",
    title: "An escaped overlay xattr of a nested overlay",
    message: (e) => `${e.name} belongs to an overlay inside this one`,
    explanation: "Normal for a layer that holds layers of another overlay. It is left alone.",
    cause: "An overlay was mounted with its layers on this one (kernel 6.7 and later).",
    kernel: {
      effect: "ignored",
      source: ["ovl_is_escaped_xattr", "ovl_xattr_escape_name"],
      detail: "Shown one level less escaped through the mount; not looked at.",
    },
    repair: { action: "Nothing.", safety: "never", loses: null, command: null },
  },
  "xattr-other-namespace": {
    severity: "error",
    title: "Overlay xattrs in the namespace that is not looked at",
    message: (e) =>
      `${e.names} of ${e.prefix}*: ${e.own ? "the overlay lived" : "for an overlay that is mounted"} ${e.prefix === "user.overlay." ? "with" : "without"} userxattr`,
    explanation:
      "With these options none of it counts: opaque directories show lower content, redirects and metadata-only files lose what they stand for, xattr whiteouts are empty files, and nothing has an origin.",
    cause:
      "The option userxattr was added or dropped, or a layer was unpacked for the other kind of mount. An overlay that is nested in this one, and mounted the other way, looks the same; its marks do not begin at the layer's root.",
    kernel: {
      effect: "ignored",
      source: ["ovl_xattr_table", "ovl_is_private_xattr"],
      detail:
        "Only one of trusted.overlay.* and user.overlay.* is read; the other is shown through the mount like any xattr.",
    },
    repair: {
      action:
        "Convert them with migrate, or mount as before. What may be an overlay's that is nested in this one is converted with --only xattr-namespace alone, and lower layers with --write-lower.",
      safety: "confirm",
      loses: null,
      command: "migrate",
    },
  },
  "middle-redirect": {
    severity: "warning",
    title: "A middle layer redirects",
    message: (e) => `redirect "${e.redirect}" in a lower layer leads to ${e.resolved}`,
    explanation:
      "A directory below it cannot be found from its lower handle, so exporting copies directories up: reading over NFS writes to upper.",
    cause: "The middle layer was once the upper of an overlay with redirect_dir=on.",
    kernel: {
      effect: "changed-at-mount",
      source: ["ovl_connect_layer", "ovl_connectable_layer", "ovl_encode_maybe_copy_up"],
      detail: "Encoding the handle of a directory below copies up an ancestor first.",
    },
    repair: {
      action:
        "Nothing has to be done. To keep reading from writing, copy those directories up before the export.",
      safety: "confirm",
      loses: null,
      command: "build",
    },
  },
  "copy-up-on-encode": {
    severity: "warning",
    title: "Exporting will copy directories up",
    message: (e) => e.because,
    explanation: "Reading over NFS writes to the upper layer, and fails where that is not possible.",
    cause: "A merged directory is not in the index, or a middle layer redirects.",
    kernel: {
      effect: "changed-at-mount",
      source: ["ovl_connect_layer", "ovl_encode_maybe_copy_up"],
      detail:
        "Encoding the handle of a lower directory below a merge directory without index entry copies it up first.",
    },
    repair: {
      action: "Index all merged directories before the export.",
      safety: "auto",
      loses: null,
      command: "build",
    },
  },
  "layer-trapped": {
    severity: "error",
    title: "A layer is visible inside the overlay itself",
    message: (e) => `this directory is ${e.trapped} of this overlay`,
    explanation: "The kernel refuses to go in.",
    cause: "Upper or the work directory lies inside a lower layer, or was moved there.",
    kernel: {
      effect: "lookup-fails",
      source: ["ovl_lookup_single", "ovl_lookup_trap_inode"],
      detail: "Looking up the name gives ELOOP.",
    },
    repair: {
      action: "Keep each layer in a directory tree of its own.",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
} satisfies Partial<Entries>;
