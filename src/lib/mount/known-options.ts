/** The mount options there are: overlayfs' own, and those that mount(8) or the kernel take for every filesystem. */

/** Options of overlayfs with the values they take: ovl_parameter_spec in fs/overlayfs/params.c. */
export const OVERLAY_OPTIONS = {
  lowerdir: "path list",
  "lowerdir+": "path",
  "datadir+": "path",
  upperdir: "path",
  workdir: "path",
  redirect_dir: ["on", "off", "follow", "nofollow"],
  index: ["on", "off"],
  uuid: ["on", "off", "null", "auto"],
  nfs_export: ["on", "off"],
  xino: ["on", "off", "auto"],
  metacopy: ["on", "off"],
  verity: ["on", "off", "require"],
  fsync: ["auto", "strict", "volatile"],
  userxattr: "flag",
  volatile: "flag",
  default_permissions: "flag",
  override_creds: "flag",
  nooverride_creds: "flag",
} as const satisfies Record<string, "path" | "path list" | "flag" | readonly string[]>;
export type OverlayOption = keyof typeof OVERLAY_OPTIONS;

export function isOverlayOption(name: string): name is OverlayOption {
  return Object.hasOwn(OVERLAY_OPTIONS, name);
}

/** Which Linux knows an option first, by name or by `name=value`; `::` stands for data-only layers in lowerdir. */
const SINCE: ReadonlyMap<string, readonly [major: number, minor: number]> = new Map([
  ["userxattr", [5, 11]],
  ["uuid", [5, 11]],
  ["::", [6, 5]],
  ["uuid=null", [6, 6]],
  ["uuid=auto", [6, 6]],
  ["verity", [6, 6]],
  // Documentation/filesystems/overlayfs.rst
  ["lowerdir+", [6, 8]],
  ["datadir+", [6, 8]],
  // Of a later release, and brought to stable ones: before this one it is nowhere.
  ["fsync", [6, 12]],
  ["override_creds", [6, 15]],
  ["nooverride_creds", [6, 15]],
]);

/** The words of an option by which {@link optionSince} tells that not every kernel takes it. */
export function newerWords(name: OverlayOption, value: string | null): string[] {
  return [name, `${name}=${value ?? ""}`].filter((word) => SINCE.has(word));
}

/** The first Linux that takes an option of {@link newerWords}; null for one that they all take. */
export function optionSince(word: string): { readonly major: number; readonly minor: number } | null {
  const since = SINCE.get(word);
  return since === undefined ? null : { major: since[0], minor: since[1] };
}

/** mount(8): filesystem-independent options, and those that only fstab and its readers use. */
const GENERIC = new Set(
  (
    "defaults auto noauto user nouser users owner group nofail fail _netdev " +
    "async sync dirsync nodirsync atime noatime diratime nodiratime relatime norelatime strictatime nostrictatime " +
    "lazytime nolazytime dev nodev exec noexec suid nosuid mand nomand iversion noiversion silent loud " +
    "symfollow nosymfollow private rprivate slave rslave shared rshared unbindable runbindable " +
    "seclabel smackfsdef smackfsroot"
  ).split(" "),
);
const GENERIC_WITH_VALUE = /^(context|fscontext|defcontext|rootcontext|comment|helper|uhelper|smackfs\w+)=/;
const PRIVATE = /^[xX]-/;

/** Does the option say nothing about the overlay? `text`: name, or name=value. */
export function isGeneric(text: string): boolean {
  return GENERIC.has(text) || GENERIC_WITH_VALUE.test(text) || PRIVATE.test(text);
}

/** The known name that differs in the fewest letters, if it is near enough to have been meant. */
export function nearestOption(name: string): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const known of [...Object.keys(OVERLAY_OPTIONS), "ro", "rw", ...GENERIC]) {
    const distance = editDistance(name, known);
    if (distance < least) [best, least] = [known, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
