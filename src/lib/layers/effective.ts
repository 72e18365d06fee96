import type { ModuleDefaults } from "../mount/defaults.js";
import type { RequestedOptions } from "../mount/spec.js";
import { type Config, initialConfig } from "./config.js";
import {
  atLeast,
  type KernelVersion,
  type LayerFacts,
  type StackFacts,
  type UpperFacts,
  type WorkFacts,
} from "./facts.js";
import { fallback, optionFallback, refusal } from "./outcome.js";
import {
  checkIncompat,
  checkInUse,
  checkOverlapping,
  checkSeparate,
  checkTwice,
  findInUse,
} from "./overlap.js";
import type { Effective, Fallback, Refusal } from "./types.js";
import { FilesystemTable } from "./uuids.js";
import { verifyParams } from "./verify-params.js";

export interface Params {
  readonly effective: Effective;
  readonly fallbacks: readonly Fallback[];
  /** In the kernel's order; the first is what mount(2) gives. These come before the index is looked at. */
  readonly refusals: readonly Refusal[];
  /** Found only after the roots and the index were verified, so that their errno goes first. */
  readonly late: readonly Refusal[];
  /** Layers that another mounted overlay has; among the refusals, too, where the kernel refuses for it. */
  readonly inUse: readonly Refusal[];
  /** For each merged lower layer: its fsid, and whether its UUID keeps origins from being decoded. */
  readonly lower: readonly { readonly fsid: number; readonly badUuid: boolean }[];
}

/**
 * Which options are in force once this stack is mounted, and whether it is.
 * Pure. Source: ovl_fill_super() of 6.6 and later, in its order.
 */
export function params(options: RequestedOptions, defaults: ModuleDefaults, facts: StackFacts): Params {
  const { config, named } = initialConfig(options, defaults);
  const context = {
    kernel: facts.kernel,
    hasUpper: facts.upper !== null,
    hasData: facts.data.length > 0,
    newer: options.newer ?? [],
  };
  const verified = verifyParams(config, named, context);
  const fallbacks: Fallback[] = [...verified.fallbacks];
  const refusals: Refusal[] = verified.refusal === null ? [] : [verified.refusal];
  if (facts.lower.length === 0) {
    refusals.push(refusal("EINVAL", "too-few-layers", { lowers: 0 }));
  }
  if (facts.upper !== null) {
    if (facts.work === null) refusals.push(workMissing(facts.upper, facts.kernel));
    else takeUpper(facts.upper, facts.work, config, fallbacks, refusals);
  } else if (facts.lower.length === 1 && facts.data.length === 0) {
    refusals.push(refusal("EINVAL", "too-few-layers", { lowers: 1 }));
  }
  const lower = takeLowers(facts, config, fallbacks, refusals);
  const late = checkOverlapping(facts, config.index);
  if (config.metacopy && config.nfsExport) {
    config.nfsExport = false;
    fallbacks.push(optionFallback("nfs_export", "on", "off", "metacopy=on is in force"));
  }
  // Conflicting options end the mount: what would fall back after them never does.
  const kept = verified.refusal === null ? withoutImplied(fallbacks, facts) : verified.fallbacks;
  return {
    effective: toEffective(config, facts),
    fallbacks: kept,
    refusals,
    late,
    inUse: findInUse(facts),
    lower,
  };
}

/** 5.10 has yet to say what is wrong when it gives up, and what it says is that there is no memory. */
function workMissing({ path }: UpperFacts, kernel: KernelVersion): Refusal {
  return refusal(atLeast(kernel, 5, 15) ? "EINVAL" : "ENOMEM", "work-missing", { upper: path });
}

/** ovl_get_upper(), ovl_get_workdir(), ovl_make_workdir(). */
function takeUpper(
  upper: UpperFacts,
  work: WorkFacts,
  config: Config,
  fallbacks: Fallback[],
  refusals: Refusal[],
): void {
  const push = (found: Refusal | null): void => void (found !== null && refusals.push(found));
  push(checkInUse(upper, upper.use, config.index));
  if (!work.sameMount) {
    refusals.push(refusal("EINVAL", "work-other-mount", { upper: upper.path, work: work.path }));
  }
  push(checkSeparate(upper, work));
  push(checkInUse(work, work.use, config.index));
  refusals.push(...checkIncompat(work));
  if (work.stuck !== null) withoutWorkDir(work.stuck, config, fallbacks);
  if (upper.xattrError !== null) withoutXattrs(upper, upper.xattrError, config, fallbacks);
  if (config.index && !upper.handles) {
    config.index = false;
    fallbacks.push(noHandles("index", upper));
  }
  if (config.nfsExport && !config.index) {
    config.nfsExport = false;
    if (upper.handles) fallbacks.push(optionFallback("nfs_export", "on", "off", "it needs index=on"));
    else fallbacks.push(noHandles("nfs_export", upper));
  }
}

/** ovl_lower_dir() for all, then ovl_get_layers(). */
function takeLowers(
  facts: StackFacts,
  config: Config,
  fallbacks: Fallback[],
  refusals: Refusal[],
): { fsid: number; badUuid: boolean }[] {
  const { upper, work } = facts;
  for (const layer of [...facts.lower, ...facts.data]) {
    if (layer.handles || !(config.nfsExport || (config.index && upper !== null))) continue;
    if (config.index) fallbacks.push(noHandles("index", layer));
    if (config.nfsExport) fallbacks.push(noHandles("nfs_export", layer));
    config.index = false;
    config.nfsExport = false;
  }
  const table = new FilesystemTable(facts);
  const taken = [...(upper ? [upper] : []), ...(upper && work ? [work] : [])];
  const seen: (LayerFacts | UpperFacts | WorkFacts)[] = taken;
  const fsids: number[] = [];
  for (const [i, layer] of [...facts.lower, ...facts.data].entries()) {
    if (i < facts.lower.length) fsids.push(table.add(layer, config, fallbacks));
    const twice = checkTwice(layer, seen);
    // A directory that is our own upper or work is not in use by "another" mount.
    const found = twice ?? checkInUse(layer, layer.use, config.index);
    if (found !== null) refusals.push(found);
    seen.push(layer);
  }
  if (config.uuid === "off" && table.count > 1) {
    config.uuid = "null";
    const reason = "it needs all layers on one filesystem";
    fallbacks.push(optionFallback("uuid", "off", "null", reason));
  }
  return fsids.map((fsid) => ({ fsid, badUuid: table.isBad(fsid) }));
}

/** The mount goes on read-only, and what needs a work directory is off. Source: ovl_workdir_create(). */
function withoutWorkDir(stuck: string, config: Config, fallbacks: Fallback[]): void {
  const reason = `the kernel cannot remove the leftover ${stuck} in the work directory and mounts read-only`;
  if (config.index) fallbacks.push(optionFallback("index", "on", "off", reason));
  if (config.nfsExport) fallbacks.push(optionFallback("nfs_export", "on", "off", reason));
  config.index = false;
  config.nfsExport = false;
}

function withoutXattrs(upper: UpperFacts, errno: string, config: Config, fallbacks: Fallback[]): void {
  const evidence = { path: upper.path, filesystem: upper.filesystem, errno };
  const push = (option: string, requested: string, effective: string): void =>
    void fallbacks.push(fallback({ option, requested, effective }, "fs-no-xattrs", evidence));
  if (config.redirect !== "nofollow") {
    push("redirect_dir", config.redirect, "nofollow");
    config.redirect = "nofollow";
  }
  if (config.metacopy) {
    push("metacopy", "on", "off");
    config.metacopy = false;
  }
  if (config.index) {
    push("index", "on", "off");
    config.index = false;
  }
  if (config.uuid === "on" || config.uuid === "auto") {
    if (config.uuid === "on") push("uuid", "on", "null");
    config.uuid = "null";
  }
}

function noHandles(option: string, layer: LayerFacts): Fallback {
  const evidence = { path: layer.path, filesystem: layer.filesystem };
  return fallback({ option, requested: "on", effective: "off" }, "fs-no-handles", evidence);
}

/** nfs_export=on alone turns index on, without an upper layer too, where it means nothing and is off in the end. */
function withoutImplied(fallbacks: readonly Fallback[], facts: StackFacts): readonly Fallback[] {
  if (facts.upper !== null) return fallbacks;
  return fallbacks.filter(({ option, cause }) => option !== "index" || cause === "option-fallback");
}

function toEffective(config: Config, facts: StackFacts): Effective {
  return {
    index: config.index && facts.upper !== null,
    nfsExport: config.nfsExport,
    metacopy: config.metacopy,
    redirectFollow: config.redirect !== "nofollow",
    redirectMode: config.redirect,
    uuid: config.uuid,
    userxattr: config.userxattr,
    volatile: config.volatile,
    readonly: facts.upper === null || (facts.work !== null && facts.work.stuck !== null),
    noxattr: facts.upper?.xattrError != null,
  };
}
