/** What manual pages say beyond --help: files, environment, what belongs together, and the page of the whole. */

/** When what pages say by hand was last gone through: not when they were made, so that they are the same each time. */
export const DATE = "2026-11-23";

export const SUMMARY = "check and repair the persistent handle index of overlayfs";

export const DESCRIPTION = [
  "An overlayfs mount that is exported over NFS hands out file handles, and clients hold them for weeks. Its index, made with the mount options index=on and nfs_export=on, is what makes them lead to the right object. ovl-index tells offline, before an export, whether every handle will, and what the kernel will do with the overlay; and where the answer is no, it makes it yes.",
  "It reads the layers and the index as the kernel does: whether the mount succeeds, which index entries the mount itself removes or turns into tombstones, which lookups fail, which names vanish, and which handles lead to the wrong object. What could not be read or decided is told, and is never called clean.",
  "Nothing is written before the plan was shown and accepted. Every change goes through a journal, which survives a crash and can be played backwards; lower layers are only read, unless --write-lower is given.",
  "Run it as root, while the overlay is not mounted. Who may not see overlay xattrs is told so, and gets exit status 8.",
];

export const NAMING = [
  "A command that takes an overlay takes it in one of these ways, one at a time. The resolved stack is always printed before anything is written.",
  "Container tools are asked as they are found in PATH, with the environment as it is. Exit status 16: there is no such container, or it is no overlay of the kernel's; 8: the tool is not there, or does not answer.",
];

export const EXIT_NOTE =
  "The bits of fsck(8); what they mean for one command is in its own page. Several of them may be set at the same time.";

/** For the page of the whole: what the bits mean of all commands. */
export const EXITS: readonly (readonly [string, string])[] = [
  ["0", "clean, and ready; or done"],
  ["1", "repair: something was corrected, and now it is ready"],
  ["4", "problems are there, or left; or not ready for what --require names"],
  ["8", "could not be completed: layers missing, something unreadable, the overlay in use, no space"],
  ["16", "usage; also where somebody would have to be asked and no terminal is there"],
  ["32", "cancelled"],
];

export const ENVIRONMENT: readonly (readonly [string, string])[] = [
  [
    "NO_COLOR",
    "set to anything: no colour. There is none either where stdout is no terminal, or TERM is dumb.",
  ],
];

type Files = readonly (readonly [path: string, meaning: string])[];

/** Of commands that take an overlay. */
export const OVERLAY_FILES: Files = [
  ["/proc/self/mountinfo", "where a mount point is looked up first, and which layers are in use"],
  ["/etc/fstab", "where it is looked up next, and in systemd's mount units last"],
  ["/sys/module/overlay/parameters", "what options are by default on this system"],
  ["WORKDIR/index", "the index: an entry for each object that was copied up or deleted"],
];

/** Of those that write. */
export const JOURNAL_FILES: Files = [
  [
    "WORKDIR/ovl-index",
    "a folder for each run, with its journal and what it has moved aside; the kernel never looks there",
  ],
];

/** Commands that leave or read journals. */
export const WRITERS: ReadonlySet<string> = new Set(["build", "migrate", "repair", "undo"]);

/** What else to read, beside the page of the whole. Pages of ours by the command's name. */
export const SEE_ALSO: Readonly<Record<string, readonly string[]>> = {
  build: ["check", "repair", "undo"],
  check: ["repair", "explain", "export"],
  demo: ["check", "repair"],
  explain: ["check", "dmesg(1)"],
  export: ["check", "exports(5)", "fstab(5)", "mount(8)"],
  "handles save": ["handles verify", "open_by_handle_at(2)"],
  "handles verify": ["handles save", "resolve", "open_by_handle_at(2)"],
  inspect: ["resolve", "getfattr(1)"],
  migrate: ["check", "handles save", "undo"],
  repair: ["check", "build", "undo"],
  resolve: ["handles verify", "inspect"],
  undo: ["repair", "build", "migrate"],
};

/** Pages of others that the page of the whole names. */
export const SEE_ALSO_ALL = ["fsck.overlay(8)", "fsck(8)", "mount(8)", "exports(5)"];
