import type { Files } from "../host/files.js";
import type { Errno } from "../host/native.js";

/** What options are where nobody names them: the overlay module's parameters. */
export interface ModuleDefaults {
  readonly index: boolean;
  readonly nfsExport: boolean;
  readonly metacopy: boolean;
  /** ovl_redirect_mode_def(). */
  readonly redirectDir: "on" | "follow" | "nofollow";
  /** What redirect_dir=off means: follow existing redirects (true), or not. */
  readonly redirectAlwaysFollow: boolean;
  readonly xino: "auto" | "off";
  /** False: the module is not loaded, and these are the kernel's own defaults, which a distribution may have built otherwise. */
  readonly known: boolean;
  /** A parameter that is there and could not be read. */
  readonly unreadable: { readonly path: string; readonly errno: Errno } | null;
}

/** Kconfig's defaults. */
export const KCONFIG_DEFAULTS: ModuleDefaults = {
  index: false,
  nfsExport: false,
  metacopy: false,
  redirectDir: "follow",
  redirectAlwaysFollow: true,
  xino: "off",
  known: false,
  unreadable: null,
};

const PARAMETERS = "/sys/module/overlay/parameters/";

export function moduleDefaults(files: Pick<Files, "read">): ModuleDefaults {
  let known = false;
  let unreadable: ModuleDefaults["unreadable"] = null;
  const flag = (name: string, absent: boolean): boolean => {
    const path = PARAMETERS + name;
    const value = files.read(Buffer.from(path));
    if (typeof value === "number") {
      if (value !== -2) unreadable = { path, errno: value };
      return absent;
    }
    known = true;
    return value.toString("latin1").trim() === "Y";
  };
  const always = flag("redirect_always_follow", true);
  const redirect = flag("redirect_dir", false);
  const [index, nfsExport, metacopy] = [
    flag("index", false),
    flag("nfs_export", false),
    flag("metacopy", false),
  ];
  const xino = flag("xino_auto", false) ? "auto" : "off";
  const redirectDir = redirect ? "on" : always ? "follow" : "nofollow";
  return { index, nfsExport, metacopy, redirectDir, redirectAlwaysFollow: always, xino, known, unreadable };
}
