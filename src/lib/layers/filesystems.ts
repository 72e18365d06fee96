/** Names of filesystems by statfs(2)'s f_type, for where mountinfo does not say. */
const NAMES: Readonly<Record<number, string>> = {
  61267: "ext4",
  1481003842: "xfs",
  2435016766: "btrfs",
  16914836: "tmpfs",
  2035054128: "overlay",
  26985: "nfs",
  1702057286: "fuse",
  1936814952: "squashfs",
  3774210530: "erofs",
  4076150800: "f2fs",
  801189825: "zfs",
  19780: "vfat",
  40864: "proc",
  1650812274: "sysfs",
};

export const OVERLAY_MAGIC = 0x794c7630;

export function filesystemName(magic: number): string {
  return NAMES[magic] ?? `filesystem 0x${magic.toString(16)}`;
}

/**
 * Filesystems that no overlay has as a layer: those with names that are not
 * compared byte by byte (ovl_dentry_weird), and those that declare the
 * deepest stacking (proc, sysfs and their kind). EINVAL.
 */
const NO_LAYER = new Set(["vfat", "msdos", "exfat", "ntfs", "ntfs3", "hfs", "hfsplus", "proc", "sysfs"]);
/** Not as upper: an overlay (DCACHE_OP_REAL), and remote ones that cannot make whiteouts while renaming. EINVAL. */
const NO_UPPER = new Set(["overlay", "nfs", "nfs4", "cifs", "smb3", "9p"]);

export function canBeLayer(name: string, role: "upper" | "work" | "lower" | "data"): boolean {
  if (NO_LAYER.has(name)) return false;
  return (role !== "upper" && role !== "work") || !NO_UPPER.has(name);
}
