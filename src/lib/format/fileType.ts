/** Types of objects, as stat(2) and readdir(3) tell them: a d_type is the same number, 12 bits lower. */

export const S_IFMT = 0o170000;
export const S_IFCHR = 0o020000;
export const S_IFDIR = 0o040000;
export const S_IFREG = 0o100000;
export const S_IFLNK = 0o120000;

/** The filesystem's readdir does not tell. */
export const DT_UNKNOWN = 0;
export const DT_CHR = S_IFCHR >>> 12;
export const DT_DIR = S_IFDIR >>> 12;
export const DT_REG = S_IFREG >>> 12;

/** "directory", "file", …: by d_type. */
export const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: "fifo",
  2: "character device",
  4: "directory",
  6: "block device",
  8: "file",
  10: "symlink",
  12: "socket",
};

/** The d_type of a st_mode. */
export const typeOfMode = (mode: number): number => (mode & S_IFMT) >>> 12;
