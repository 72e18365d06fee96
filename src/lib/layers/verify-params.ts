import { optionSince } from "../mount/known-options.js";
import type { Config, Named } from "./config.js";
import { atLeast, type KernelVersion } from "./facts.js";
import { optionFallback, refusal } from "./outcome.js";
import type { Fallback, Refusal } from "./types.js";

export interface ParamsContext {
  readonly kernel: KernelVersion;
  readonly hasUpper: boolean;
  readonly hasData: boolean;
  /** RequestedOptions.newer */
  readonly newer: readonly string[];
}

/**
 * How options act on one another, in the kernel's order; changes `config`.
 * At the first conflict the kernel gives up, and so does this. Source: ovl_fs_params_verify() of 6.6 and later,
 * with verity and data-only layers no longer needing metacopy since 6.16.
 */
export function verifyParams(
  config: Config,
  given: Named,
  context: ParamsContext,
): { fallbacks: Fallback[]; refusal: Refusal | null } {
  const named = { ...given };
  const fallbacks: Fallback[] = [];
  const give = (options: string | null): { fallbacks: Fallback[]; refusal: Refusal | null } => ({
    fallbacks,
    refusal: options === null ? null : refusal("EINVAL", "options-conflict", { options }),
  });
  const unknown = refuseUnknown(context);
  if (unknown !== null) return { fallbacks, refusal: unknown };
  // Before 6.6 "on" was no more than the opposite of "off".
  if (config.uuid === "on" && !atLeast(context.kernel, 6, 6)) config.uuid = "auto";
  if (!context.hasUpper) withoutUpper(config, named, fallbacks);
  const verityNeedsMetacopy = !atLeast(context.kernel, 6, 16);
  if (verityNeedsMetacopy && config.verity !== "off" && !config.metacopy) {
    if (named.metacopy) return give(`metacopy=off,verity=${config.verity}`);
    config.metacopy = true;
  }
  // Without an upper layer nothing makes redirects, so "on" and "follow" are one.
  if (!context.hasUpper && config.redirect === "follow") config.redirect = "on";
  const redirectConflict = metacopyNeedsRedirect(config, named, verityNeedsMetacopy, fallbacks);
  if (redirectConflict !== null) return give(redirectConflict);
  const indexConflict = exportNeedsIndex(config, named, context.hasUpper, fallbacks);
  if (indexConflict !== null) return give(indexConflict);
  const metacopyConflict = exportExcludesMetacopy(config, named, verityNeedsMetacopy, fallbacks);
  if (metacopyConflict !== null) return give(metacopyConflict);
  const userConflict = userxattrExcludes(config, named, verityNeedsMetacopy);
  if (userConflict !== null) return give(userConflict);
  if (verityNeedsMetacopy && context.hasData && !config.metacopy)
    return give("data-only layers,metacopy=off");
  return give(null);
}

/** The first option that this kernel is too old for: ovl_parse_param(), before 6.5 ovl_parse_opt(). */
function refuseUnknown({ kernel, newer }: ParamsContext): Refusal | null {
  for (const option of newer) {
    const since = optionSince(option);
    if (since === null || atLeast(kernel, since.major, since.minor)) continue;
    const shown = option === "::" ? "lowerdir with data-only layers (::)" : option;
    const reason = `needs Linux ${since.major}.${since.minor}`;
    return refusal("EINVAL", "mount-option-invalid", { option: shown, reason });
  }
  return null;
}

function withoutUpper(config: Config, named: Named, fallbacks: Fallback[]): void {
  if (config.index && named.index) {
    fallbacks.push(optionFallback("index", "on", "off", "there is no upper layer to index"));
    named.index = false;
  }
  config.index = false;
  if (config.volatile) {
    fallbacks.push(optionFallback("volatile", "on", "off", "there is no upper layer"));
    config.volatile = false;
  }
  if (config.uuid === "on") {
    fallbacks.push(optionFallback("uuid", "on", "null", "there is no upper layer to keep it"));
    config.uuid = "null";
  }
}

function metacopyNeedsRedirect(
  config: Config,
  named: Named,
  verityNeedsMetacopy: boolean,
  fallbacks: Fallback[],
): string | null {
  if (!config.metacopy || config.redirect === "on") return null;
  if (named.metacopy && named.redirect) return `metacopy=on,redirect_dir=${config.redirect}`;
  if (verityNeedsMetacopy && config.verity !== "off" && named.redirect) {
    return `verity=${config.verity},redirect_dir=${config.redirect}`;
  }
  if (named.redirect) {
    fallbacks.push(optionFallback("metacopy", "on", "off", `redirect_dir=${config.redirect} was asked for`));
    config.metacopy = false;
  } else {
    config.redirect = "on";
  }
  return null;
}

function exportNeedsIndex(
  config: Config,
  named: Named,
  hasUpper: boolean,
  fallbacks: Fallback[],
): string | null {
  if (!config.nfsExport || config.index) return null;
  if (!hasUpper && config.redirect !== "nofollow") {
    const reason = "without an upper layer it needs redirect_dir=nofollow";
    fallbacks.push(optionFallback("nfs_export", "on", "off", reason));
    config.nfsExport = false;
  } else if (named.nfsExport && named.index) {
    return "nfs_export=on,index=off";
  } else if (named.index) {
    fallbacks.push(optionFallback("nfs_export", "on", "off", "index=off was asked for"));
    config.nfsExport = false;
  } else {
    config.index = true;
  }
  return null;
}

function exportExcludesMetacopy(
  config: Config,
  named: Named,
  verityNeedsMetacopy: boolean,
  fallbacks: Fallback[],
): string | null {
  if (!config.nfsExport || !config.metacopy) return null;
  if (named.nfsExport && named.metacopy) return "nfs_export=on,metacopy=on";
  if (named.metacopy || (verityNeedsMetacopy && config.verity !== "off")) {
    const reason = named.metacopy ? "metacopy=on was asked for" : `verity=${config.verity} was asked for`;
    fallbacks.push(optionFallback("nfs_export", "on", "off", reason));
    config.nfsExport = false;
  } else {
    fallbacks.push(optionFallback("metacopy", "on", "off", "it excludes nfs_export=on"));
    config.metacopy = false;
  }
  return null;
}

function userxattrExcludes(config: Config, named: Named, verityNeedsMetacopy: boolean): string | null {
  if (!config.userxattr) return null;
  if (named.redirect && config.redirect !== "nofollow") return `userxattr,redirect_dir=${config.redirect}`;
  if (config.metacopy && named.metacopy) return "userxattr,metacopy=on";
  if (verityNeedsMetacopy && config.verity !== "off") return `userxattr,verity=${config.verity}`;
  // Defaults give way without a word.
  config.redirect = "nofollow";
  config.metacopy = false;
  return null;
}
