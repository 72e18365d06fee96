/** Log messages of the mount itself: layers, roots and the index directory. */
import type { KernelMessage } from "./types.js";

export const LOG_MOUNT = [
  {
    pattern: /^failed to verify upper root origin$/,
    sample: "failed to verify upper root origin",
    means: "Upper's root remembers another top lower layer than the one given.",
    does: "The mount fails with ESTALE.",
    action:
      "Give the lower layers upper was made on. Deleting the index is not the cure: lower content would vanish.",
    codes: ["root-origin-mismatch", "uuid-mode-changed"],
  },
  {
    pattern: /^failed to verify index dir '(?<xattr>origin|upper)' xattr$/,
    sample: "failed to verify index dir 'upper' xattr",
    means: "The index in this work directory belongs to another upper layer.",
    does: "For upper the mount fails with ESTALE; for origin, which only older kernels wrote, it goes on.",
    action:
      "Give the work directory that belongs to this upper; if upper was copied, the index has to be made anew.",
    codes: ["index-upper-mismatch", "uuid-mode-changed"],
  },
  {
    pattern: /^failed to verify (?<what>origin|upper) \((?<path>.*), ino=(?<ino>\d+), err=(?<err>-?\d+)\)$/,
    sample: "failed to verify origin (lower/dir, ino=1234, err=-116)",
    means:
      "A stored handle is not that of the object found: of a layer root at mount time, of a merged directory or a metacopy file at lookup.",
    does: "At mount: it fails with ESTALE. For a merged directory with nfs_export=on: its lower content is gone. For a metacopy file: ESTALE.",
    action: "Find out which layer was copied, restored or changed, with check.",
    codes: [
      "root-origin-mismatch",
      "index-upper-mismatch",
      "merge-origin-mismatch",
      "metacopy-origin-mismatch",
    ],
  },
  {
    pattern: /^failed to verify index \((?<path>.*), ftype=(?<type>[0-9a-f]+), err=(?<err>-?\d+)\)$/,
    sample: "failed to verify index (index/00fb1d00, ftype=8000, err=-116)",
    means:
      "An index entry contradicts its object or its name. err -116: removed. -22, -61 and -5 refuse the mount.",
    does: "An entry with -116 (ESTALE) is removed by the mount; with -22 (EINVAL), -61 (ENODATA) or -5 (EIO) the mount fails.",
    action: "Run check before mounting again: what was removed cannot be brought back.",
    codes: [
      "entry-name-invalid",
      "entry-name-unknown",
      "entry-upper-missing",
      "entry-upper-unknown",
      "entry-upper-not-directory",
      "entry-origin-mismatch",
      "entry-origin-missing",
      "entry-origin-stale",
    ],
  },
  {
    pattern: /^orphan index entry \((?<path>.*), ftype=(?<type>[0-9a-f]+), nlink=(?<nlink>\d+)\)$/,
    sample: "orphan index entry (index/00fb1d00, ftype=4000, nlink=2)",
    means: "All names of the entry's object are gone, or its upper directory is.",
    does: "With nfs_export=on the mount makes it a tombstone, else it removes it. A lower object that is still reachable gives EIO from then on.",
    action: "Run check: if the lower object is still visible, the overlay has lived without its index.",
    codes: ["entry-orphan", "entry-upper-stale", "tombstone-over-reachable"],
  },
  {
    pattern: /^invalid index upper \((?<path>.*), upper=(?<upper>.*)\)\.$/,
    sample: "invalid index upper (index/00fb1d00, upper=upper/f).",
    means: "A directory's index entry leads to something that is not a directory.",
    does: "The mount fails with EIO.",
    action: "Run check to see which entry it is.",
    codes: ["entry-upper-not-directory"],
  },
  {
    pattern: /^failed index dir cleanup \((?<err>-?\d+)\)$/,
    sample: "failed index dir cleanup (-22)",
    means: "An index entry could not be verified; the line before says which.",
    does: "The mount fails with that errno. Entries before it may already have been removed.",
    action: "Run check to see the entry and its cause.",
    codes: ["entry-name-invalid", "entry-name-unknown", "entry-upper-not-directory", "entry-origin-missing"],
  },
  {
    pattern: /^try deleting index dir or mounting with '-o index=off' to disable inodes index\.$/,
    sample: "try deleting index dir or mounting with '-o index=off' to disable inodes index.",
    means: "The index does not fit the layers or could not be made.",
    does: "The mount has failed, or goes on read-only.",
    action:
      "Do not follow this advice for an exported overlay: without the index old handles lead to wrong objects, and lower content of renamed directories may vanish. Run check first.",
    codes: ["root-origin-mismatch", "index-upper-mismatch", "index-missing"],
  },
  {
    pattern:
      /^failed to create directory (?<path>.*)\/(?<name>work|index) \(errno: (?<err>\d+)\); mounting read-only$/,
    sample: "failed to create directory /ovl/work/index (errno: 30); mounting read-only",
    means:
      "The kernel could not make its directory in the work directory. 17: something is left in it that it could not remove.",
    does: "The overlay is mounted read-only, and for the index also without index and nfs_export.",
    action:
      "Check space, quota and permissions of the work directory; empty its subdirectory work, but not index.",
    codes: ["upper-readonly", "index-not-directory"],
  },
  {
    pattern: /^overlay with incompat feature '(?<feature>.*)' cannot be mounted$/,
    sample: "overlay with incompat feature 'volatile' cannot be mounted",
    means: "work/incompat is not empty; 'volatile' is left from a volatile mount that did not end cleanly.",
    does: "The mount fails with EINVAL.",
    action: "After a crash discard upper and work; without one, sync and remove the mark.",
    codes: ["volatile-dirty", "incompat-feature"],
  },
  {
    pattern:
      /^(?<what>upperdir|workdir|lowerdir) is in-use as upperdir\/workdir of another mount, (?:mount with '-o index=off'|accessing files)/,
    sample:
      "upperdir is in-use as upperdir/workdir of another mount, mount with '-o index=off' to override exclusive upperdir protection.",
    means: "Another overlay, perhaps in another mount namespace, has this layer as upper or work directory.",
    does: "With index=on the mount fails with EBUSY; else it goes on and the result is undefined.",
    action: "Unmount the other overlay; check names its mount point and a process that sees it.",
    codes: ["layers-in-use"],
  },
  {
    pattern: /^(?<how>overlapping|conflicting) (?<what>upperdir|workdir|lowerdir|indexdir) path$/,
    sample: "overlapping lowerdir path",
    means: "A layer lies inside another layer, or is one of them.",
    does: "The mount fails with ELOOP.",
    action: "Keep each layer in a directory tree of its own and list it once.",
    codes: ["layers-overlap", "layer-twice"],
  },
  {
    pattern: /^workdir and upperdir must (?<must>reside under the same mount|be separate subtrees)$/,
    sample: "workdir and upperdir must reside under the same mount",
    means: "The work directory does not fit upper.",
    does: "The mount fails with EINVAL.",
    action: "Use two separate directories on one mount.",
    codes: ["work-other-mount", "work-inside-upper"],
  },
  {
    pattern: /^(?:upper fs is r\/o, try multi-lower layers mount|filesystem on (?<path>.*) is read-only)$/,
    sample: "upper fs is r/o, try multi-lower layers mount",
    means: "Upper or the work directory is on a read-only mount.",
    does: "The mount fails with EINVAL.",
    action: "Remount the filesystem read-write, or use upper as a lower layer.",
    codes: ["upper-readonly"],
  },
  {
    pattern: /^failed to resolve '(?<path>.*)': (?<err>-?\d+)$/,
    sample: "failed to resolve '/ovl/lower': -2",
    means: "A layer does not exist or cannot be reached.",
    does: "The mount fails with that errno.",
    action: "Correct the path or mount the layer's filesystem.",
    codes: ["layer-missing"],
  },
  {
    pattern: /^(?:'(?<path>.*)' not a directory|(?<path2>.*) is not a directory)$/,
    sample: "'/ovl/lower' not a directory",
    means: "A layer is not a directory.",
    does: "The mount fails with EINVAL.",
    action: "Mount the image first, or correct the path.",
    codes: ["layer-not-directory"],
  },
  {
    pattern:
      /^(?:case-insensitive capable )?filesystem on '?(?<path>.*?)'? not supported(?<upper> as upperdir)?$/,
    sample: "filesystem on '/ovl/upper' not supported as upperdir",
    means: "Overlayfs does not take this filesystem for this layer.",
    does: "The mount fails with EINVAL.",
    action: "Put the layer on an ordinary local filesystem without case folding.",
    codes: ["upper-not-supported"],
  },
  {
    pattern:
      /^(?:fs on '(?<path>.*)'|upper fs) does not support file handles, falling back to (?<to>index=off.*|xino=off)\.$/,
    sample: "fs on '/ovl/lower' does not support file handles, falling back to index=off,nfs_export=off.",
    means: "A filesystem cannot decode file handles, which the index is made of.",
    does: "The mount goes on without what the message names.",
    action: "Put the layer on ext4, xfs or btrfs.",
    codes: ["fs-no-handles", "option-fallback"],
  },
  {
    pattern:
      /^(?<kind>null|conflicting) uuid detected in lower fs '(?<path>.*)', falling back to xino=.*,index=off,nfs_export=off\.$/,
    sample: "conflicting uuid detected in lower fs '/', falling back to xino=off,index=off,nfs_export=off.",
    means: "Two lower filesystems cannot be told apart by UUID.",
    does: "The mount goes on without index and nfs_export, and decodes no origin there.",
    action: "Give each lower filesystem a UUID of its own.",
    codes: ["uuid-conflict", "uuid-null", "option-fallback"],
  },
  {
    pattern:
      /^(?:failed to set xattr on upper|cannot set (?<name>\S+) xattr on upper|\.\.\.falling back to (?<to>.*)\.|try mounting with 'userxattr' option)$/,
    sample: "failed to set xattr on upper",
    means: "Upper does not take overlay xattrs.",
    does: "The mount goes on with index=off, metacopy=off and so nfs_export=off.",
    action: "Put upper on a filesystem with trusted xattrs, or in a user namespace mount with userxattr.",
    codes: ["fs-no-xattrs", "option-fallback"],
  },
  {
    pattern: /^upper fs needs to support d_type\.$/,
    sample: "upper fs needs to support d_type.",
    means: "Upper's filesystem does not tell types in readdir.",
    does: "The mount goes on; deleted names show up in listings.",
    action: "Make the filesystem anew with file types (mkfs.xfs -n ftype=1).",
    codes: ["fs-no-dtype"],
  },
  {
    pattern: /^upper fs (?:missing required features|does not support (?<what>tmpfile|RENAME_WHITEOUT))\.$/,
    sample: "upper fs does not support RENAME_WHITEOUT.",
    means: "Upper's filesystem lacks something overlayfs uses.",
    does: "A local filesystem is mounted all the same; a remote one is refused with EINVAL.",
    action: "Put upper on an ordinary local filesystem.",
    codes: ["upper-not-supported"],
  },
  {
    pattern:
      /^at least 2 lowerdir are needed while upperdir nonexistent$|^missing '(?<option>lowerdir|workdir)'$/,
    sample: "missing 'workdir'",
    means: "A layer is missing from the options.",
    does: "The mount fails with EINVAL.",
    action: "Name all layers.",
    codes: ["too-few-layers", "work-missing", "mount-option-invalid"],
  },
  {
    pattern: /^Cannot mount volatile when upperdir has an unseen error/,
    sample: "Cannot mount volatile when upperdir has an unseen error. Sync upperdir fs to clear state.",
    means: "Upper's filesystem has had a write error that nobody was told of.",
    does: "The volatile mount fails with EIO.",
    action: "Sync upper's filesystem and find out which data was lost.",
    codes: [],
  },
  {
    pattern:
      /^failed to (?<op>get|set) uuid \((?<path>.*), err=(?<err>-?\d+)\); falling back to uuid=null\.$/,
    sample: "failed to set uuid (upper/, err=-95); falling back to uuid=null.",
    means: "The overlay's own UUID could not be kept in upper's root.",
    does: "The mount goes on with a null UUID for statfs. Stored handles are not concerned.",
    action: "Nothing for handles; an NFS export needs fsid= in its options.",
    codes: ["option-fallback"],
  },
] as const satisfies readonly KernelMessage[];
