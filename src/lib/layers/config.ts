import type { ModuleDefaults } from "../mount/defaults.js";
import type { RequestedOptions } from "../mount/spec.js";

/** struct ovl_config while a mount is being made: fallbacks change it step by step. */
export interface Config {
  index: boolean;
  nfsExport: boolean;
  metacopy: boolean;
  redirect: "on" | "follow" | "nofollow";
  uuid: "off" | "null" | "auto" | "on";
  xino: "on" | "off" | "auto";
  verity: "off" | "on" | "require";
  userxattr: boolean;
  volatile: boolean;
}

/** struct ovl_opt_set: what was named, be it with the default's value. */
export interface Named {
  index: boolean;
  nfsExport: boolean;
  metacopy: boolean;
  redirect: boolean;
}

/** Defaults, and over them what was asked for. Source: ovl_init_fs_context(), ovl_parse_param(). */
export function initialConfig(
  options: RequestedOptions,
  defaults: ModuleDefaults,
): { config: Config; named: Named } {
  const off = defaults.redirectAlwaysFollow ? "follow" : "nofollow";
  const asked = options.redirectDir === "off" ? off : options.redirectDir;
  const config: Config = {
    index: options.index ?? defaults.index,
    nfsExport: options.nfsExport ?? defaults.nfsExport,
    metacopy: options.metacopy ?? defaults.metacopy,
    redirect: asked ?? defaults.redirectDir,
    uuid: options.uuid ?? "auto",
    xino: options.xino ?? defaults.xino,
    verity: options.verity ?? "off",
    userxattr: options.userxattr ?? false,
    volatile: options.volatile ?? false,
  };
  const named: Named = {
    index: options.index !== undefined,
    nfsExport: options.nfsExport !== undefined,
    metacopy: options.metacopy !== undefined,
    redirect: options.redirectDir !== undefined,
  };
  return { config, named };
}
