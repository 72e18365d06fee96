/** Codes about what mount(2) is given: layers, file systems, options. */
import type { Entries } from "./types.js";

export const MOUNT = {
  "layer-missing": {
    severity: "error",
    title: "A layer does not exist",
    message: (e) => `${e.path} cannot be reached: ${e.errno}`,
    explanation: "A directory that the overlay is made of is not there, so there is no overlay to judge.",
    cause:
      "A layer was removed or renamed, its filesystem is not mounted, or a relative path is read from another directory than at mount time.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_mount_dir", "ovl_mount_dir_noesc"],
      detail: "mount(2) gives the errno of the path lookup, ENOENT as a rule.",
    },
    repair: {
      action: "Bring the layer back, or correct the path in the mount options.",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
  "layer-not-directory": {
    severity: "error",
    title: "A layer is not a directory",
    message: (e) => `${e.path} is a ${e.type}`,
    explanation: "Every layer of an overlay has to be a directory.",
    cause:
      "The path names an image file that still has to be mounted, or something has taken the directory's place.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_mount_dir", "ovl_mount_dir_noesc"],
      detail: "mount(2) fails with EINVAL.",
    },
    repair: {
      action: "Mount the image first, or correct the path in the mount options.",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
  "layers-overlap": {
    severity: "error",
    title: "One layer lies inside another",
    message: (e) => `${e.inner} lies inside ${e.outer}`,
    explanation:
      "The same objects would be reached through two layers, and their identity would depend on the way taken.",
    cause: "Layer directories were nested by mistake, or one of them was moved.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_check_overlapping_layers", "ovl_check_layer"],
      detail:
        "A lower layer inside upper, the work directory or another lower layer: mount(2) fails with ELOOP. Upper inside a lower layer is mounted, and looking that directory up gives ELOOP.",
    },
    repair: {
      action: "Keep each layer in a directory tree of its own.",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
  "layer-twice": {
    severity: "error",
    title: "The same directory is used as two layers",
    message: (e) => `${e.path} is both ${e.first} and ${e.second}`,
    explanation: "Two layers are one directory on disk, whatever their paths look like.",
    cause:
      "A layer is listed twice, or two paths lead to the same directory through a symlink or a bind mount.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_setup_trap", "ovl_get_trap_inode"],
      detail: "mount(2) fails with ELOOP.",
    },
    repair: {
      action: "List each directory once.",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
  "work-other-mount": {
    severity: "error",
    title: "The work directory is on another mount than upper",
    message: (e) => `${e.work} is not on the same mount as ${e.upper}`,
    explanation:
      "The kernel prepares copies in the work directory and renames them into upper, which needs one mount.",
    cause: "The work directory is on another filesystem, or on a bind mount of the same one.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_get_workdir"],
      detail: "mount(2) fails with EINVAL.",
    },
    repair: {
      action:
        "Put the work directory beside upper. Its index belongs to this upper layer and has to come along.",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
  "work-inside-upper": {
    severity: "error",
    title: "Work directory and upper are not separate",
    message: (e) =>
      e.relation === "same"
        ? `${e.upper} is given as both upper and work`
        : e.relation === "work-inside-upper"
          ? `${e.work} lies inside ${e.upper}`
          : `${e.upper} lies inside ${e.work}`,
    explanation: "The kernel's scratch directory would be part of what it stores.",
    cause: "The two directories were nested, or the same path was given twice.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_get_workdir", "ovl_workdir_ok"],
      detail: "mount(2) fails with EINVAL.",
    },
    repair: {
      action: "Use two separate directories on the same mount.",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
  "layers-in-use": {
    severity: "warning",
    title: "A layer is in use by a mounted overlay",
    message: (e) =>
      `${e.path} is the ${e.role} of the overlay at ${e.mountpoint}${e.pid === null ? "" : ` (mount namespace of process ${e.pid})`}`,
    explanation: "The overlay changes while it is read, so whatever is said about it is provisional.",
    cause: "The overlay is mounted, perhaps in the mount namespace of a container.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_get_upper", "ovl_get_workdir", "ovl_report_in_use"],
      detail:
        "With index=on a second mount of the same upper or work directory fails with EBUSY; with index=off it is only warned about.",
    },
    repair: {
      action: "Unmount the overlay and check again.",
      safety: "never",
      loses: null,
      command: null,
    },
  },
  "volatile-dirty": {
    severity: "error",
    title: "A volatile mount did not end cleanly",
    message: (e) => `${e.path} is left from a volatile mount`,
    explanation:
      "A mount with the option volatile never syncs. After a crash nobody knows which data reached the disk.",
    cause:
      "The overlay was mounted with volatile and the machine stopped before it was unmounted, or it is still mounted.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_workdir_create", "ovl_workdir_cleanup_recurse"],
      detail: "mount(2) fails with EINVAL while anything is in work/incompat.",
    },
    repair: {
      action:
        "Discard upper and work and start anew; or, where the machine did not crash, sync and remove work/incompat/volatile: with --clear-volatile, repair does that.",
      safety: "never",
      loses: "trust in what was written during the volatile mount",
      command: null,
    },
  },
  "incompat-feature": {
    severity: "error",
    title: "The work directory carries an incompatible feature",
    message: (e) => `work/incompat/${e.name} forbids every mount`,
    explanation: "A kernel has marked this overlay as unfit for kernels that do not know the feature.",
    cause: "Another, perhaps newer, kernel or a program put the mark there.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_workdir_create", "ovl_workdir_cleanup_recurse"],
      detail: "mount(2) fails with EINVAL while anything is in work/incompat.",
    },
    repair: {
      action: "Mount with the kernel that made the mark. Remove it only if you know what it stands for.",
      safety: "never",
      loses: null,
      command: null,
    },
  },
  "layer-unreadable": {
    severity: "error",
    title: "A layer cannot be read",
    message: (e) => `${e.path}: ${e.errno}`,
    explanation:
      "Without reading the layer nothing can be said about the overlay, least of all that it is clean.",
    cause: "Missing privilege, a vanished device, or a network filesystem that does not answer.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_mount_dir", "ovl_get_layers"],
      detail:
        "The kernel meets the same error when it reads there; where it does not need to read, it mounts.",
    },
    repair: {
      action: "Run as root on the host, with the layer's filesystem mounted.",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
  "no-privilege": {
    severity: "error",
    title: "Missing privilege",
    message: (e) => `needs ${e.needs}: ${e.why}`,
    explanation:
      "Overlay xattrs in trusted.* are invisible without CAP_SYS_ADMIN and handles cannot be opened without CAP_DAC_READ_SEARCH. An overlay read without them looks clean and is not.",
    cause: "Run by an ordinary user, or inside a user namespace or container.",
    kernel: { effect: "none", source: [], detail: "Mounting needs the privilege too." },
    repair: {
      action: "Run as root in the initial user namespace.",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
  "fs-no-handles": {
    severity: "error",
    title: "A filesystem has no file handles",
    message: (e) => `${e.path} is on ${e.filesystem}, which cannot decode file handles`,
    explanation:
      "The index names lower objects by file handle. Without handles there is no index and no export.",
    cause:
      "The layer is on a filesystem without export support, such as another overlay that is not exported, FUSE or a tmpfs without it.",
    kernel: {
      effect: "ignored",
      source: ["ovl_lower_dir", "ovl_make_workdir", "ovl_can_decode_fh"],
      detail: "Falls back to index=off and nfs_export=off with a warning in the log; the mount succeeds.",
    },
    repair: {
      action:
        "Copy the layer to a filesystem with file handles (ext4, xfs, btrfs) and make the overlay anew.",
      safety: "never",
      loses: null,
      command: null,
    },
  },
  "fs-no-xattrs": {
    severity: "error",
    title: "Upper cannot hold overlay xattrs",
    message: (e) => `${e.path} on ${e.filesystem} refuses them: ${e.errno}`,
    explanation:
      "Origins, redirects and the index are stored in xattrs. Without them upper forgets where its objects came from.",
    cause:
      "The filesystem has no such xattrs, or trusted.* is forbidden in this user namespace (the option userxattr is for that).",
    kernel: {
      effect: "ignored",
      source: ["ovl_make_workdir"],
      detail:
        "Falls back to index=off, metacopy=off and so nfs_export=off with a warning; since 6.2 also to redirect_dir=nofollow.",
    },
    repair: {
      action:
        "Put upper and work on a filesystem with xattrs, or mount with userxattr where only trusted.* is refused.",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
  "fs-no-dtype": {
    severity: "warning",
    title: "Upper's filesystem does not tell file types in readdir",
    message: (e) => `${e.path} is on ${e.filesystem} without d_type`,
    explanation:
      "Whiteouts cannot be told apart while a directory is listed, so deleted names show up in listings.",
    cause: "xfs made with ftype=0, or an old ext filesystem without the feature filetype.",
    kernel: {
      effect: "ignored",
      source: ["ovl_make_workdir", "ovl_check_d_type_supported"],
      detail: "Mounts with a warning; a remote upper without d_type is refused with EINVAL.",
    },
    repair: {
      action:
        "Make the filesystem anew with file types (mkfs.xfs -n ftype=1) and copy upper with its xattrs.",
      safety: "never",
      loses: null,
      command: null,
    },
  },
  "uuid-null": {
    severity: "error",
    title: "A lower filesystem has no UUID",
    message: (e) => `${e.path} is on ${e.filesystem}, whose UUID is null`,
    explanation:
      "Handles name their filesystem by UUID. With several filesystems one without a UUID cannot be told from others.",
    cause: "squashfs, tmpfs and others have no UUID; an image may have been made without one.",
    kernel: {
      effect: "ignored",
      source: ["ovl_get_fsid", "ovl_lower_uuid_ok"],
      detail:
        "Falls back to index=off and nfs_export=off with a warning where another lower filesystem has a null UUID too.",
    },
    repair: {
      action: "Give each lower filesystem its own UUID, or keep all such layers on one filesystem.",
      safety: "never",
      loses: null,
      command: null,
    },
  },
  "uuid-conflict": {
    severity: "error",
    title: "Two lower filesystems have the same UUID",
    message: (e) => `${e.path} has the UUID ${e.uuid}, and so has ${e.other}`,
    explanation:
      "A handle names its filesystem by UUID. With two of the same the kernel cannot know which is meant.",
    cause: "A filesystem image was cloned block by block and both copies are layers of this overlay.",
    kernel: {
      effect: "ignored",
      source: ["ovl_get_fsid", "ovl_lower_uuid_ok"],
      detail:
        "Falls back to index=off and nfs_export=off with a warning, and decodes no origin on either of them.",
    },
    repair: {
      action:
        "Give one of them a new UUID (tune2fs -U, xfs_admin -U, btrfstune -u). Origins that point there have to be restamped.",
      safety: "never",
      loses: null,
      command: null,
    },
  },
  "options-conflict": {
    severity: "error",
    title: "Mount options exclude each other",
    message: (e) => e.options,
    explanation: "These options cannot be in force together.",
    cause:
      "nfs_export needs the index and whole copies of files; metacopy and userxattr have demands of their own.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_fs_params_verify", "ovl_parse_opt"],
      detail:
        "mount(2) fails with EINVAL where both were asked for explicitly; a default gives way silently.",
    },
    repair: {
      action: "Drop one of the options. For NFS export: index=on,nfs_export=on,metacopy=off.",
      safety: "never",
      loses: null,
      command: null,
    },
  },
  "option-fallback": {
    severity: "warning",
    title: "An option will not be in force",
    message: (e) =>
      `${e.option}=${e.requested} was asked for, ${e.option}=${e.effective} will be in force: ${e.reason}`,
    explanation: "The mount succeeds, but without what was asked for. Only the kernel log says so.",
    cause: "The filesystems or the other options do not allow it.",
    kernel: {
      effect: "ignored",
      source: ["ovl_fs_params_verify", "ovl_fill_super", "ovl_make_workdir"],
      detail: "Falls back with a message in the kernel log; mountinfo shows what is in force.",
    },
    repair: {
      action:
        "Remove the reason, or ask for what is in force: an overlay without an upper layer is exported with redirect_dir=nofollow.",
      safety: "never",
      loses: null,
      command: null,
    },
  },
  "upper-readonly": {
    severity: "error",
    title: "Upper is read-only",
    message: (e) => `${e.path} is on a read-only mount`,
    explanation: "An upper layer has to be writable.",
    cause: "The filesystem was mounted ro, or the kernel turned it read-only after an error.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_get_upper", "ovl_parse_param_upperdir"],
      detail: "mount(2) fails with EINVAL.",
    },
    repair: {
      action:
        "Remount the filesystem read-write (check it first if an error made it read-only), or use the layer as a lower one.",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
  "too-few-layers": {
    severity: "error",
    title: "Too few layers",
    message: (e) => `${e.lowers} lower ${e.lowers === 1 ? "layer" : "layers"} and no upper`,
    explanation: "An overlay without upper needs at least two lower layers.",
    cause: "upperdir was left out, or lowerdir is incomplete.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_get_lowerstack", "ovl_fill_super"],
      detail: "mount(2) fails with EINVAL.",
    },
    repair: { action: "Name the missing layers.", safety: "never", loses: null, command: null },
    fatal: true,
  },
  "mount-option-invalid": {
    severity: "error",
    title: "A mount option is not valid",
    message: (e) => `${e.option}: ${e.reason}`,
    explanation: "The kernel does not know the option or its value.",
    cause: "A typing error, or an option of a newer kernel.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_parse_param", "ovl_parse_opt"],
      detail: "mount(2) fails with EINVAL.",
    },
    repair: { action: "Correct the option.", safety: "never", loses: null, command: null },
    fatal: true,
  },
  "work-missing": {
    severity: "error",
    title: "No work directory is given",
    message: (e) => `upperdir=${e.upper} is given without workdir`,
    explanation: "An upper layer needs a work directory. The index lives in it.",
    cause: "The option workdir was left out.",
    kernel: { effect: "mount-fails", source: ["ovl_fill_super"], detail: "mount(2) fails with EINVAL." },
    repair: {
      action: "Give the work directory that belongs to this upper layer.",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
  "upper-not-supported": {
    severity: "error",
    title: "The filesystem cannot be used as upper",
    message: (e) => `${e.path} is on ${e.filesystem}`,
    explanation: "Some filesystems, an overlay among them, may be lower layers but not upper.",
    cause: "An overlay on an overlay, as in a container on overlay storage.",
    kernel: {
      effect: "mount-fails",
      source: ["ovl_mount_dir", "ovl_dentry_weird"],
      detail: "mount(2) fails with EINVAL.",
    },
    repair: {
      action: "Put upper and work on an ordinary local filesystem, for instance a volume.",
      safety: "never",
      loses: null,
      command: null,
    },
    fatal: true,
  },
} satisfies Partial<Entries>;
