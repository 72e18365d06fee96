import type { Files } from "../host/files.js";

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
};

const PARAMETERS = "/sys/module/overlay/parameters/";

export function moduleDefaults(files: Pick<Files, "read">): ModuleDefaults {
  let known = false;
  const flag = (name: string, absent: boolean): boolean => {
    const value = files.read(Buffer.from(PARAMETERS + name));
    if (typeof value === "number") return absent;
    known = true;
    return value.toString("latin1").trim() === "Y";
  };
  const always = flag("redirect_always_follow", true);
  const redirect = flag("redirect_dir", false);
  return {
    index: flag("index", false),
    nfsExport: flag("nfs_export", false),
    metacopy: flag("metacopy", false),
    redirectDir: redirect ? "on" : always ? "follow" : "nofollow",
    redirectAlwaysFollow: always,
    xino: flag("xino_auto", false) ? "auto" : "off",
    known,
  };
}
