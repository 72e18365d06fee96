/** One seed from nothing to verdict: build, live, damage, judge, mount, look, compare. */
import type { MountSpec, RequestedOptions, Require } from "../../../src/lib/mount/spec.js";
import type { CheckResult } from "../../../src/lib/report/result.js";
import { onCopy } from "../../support/copies.js";
import type { FsType } from "../../support/disk.js";
import { heardAgain } from "../../support/kmsg.js";
import { Stage } from "../../support/mounts.js";
import { type Observation, plainView, requiredView } from "../../support/oracle.js";
import { compare, compareHealthy } from "./compare.js";
import { damage } from "./damage.js";
import { build } from "./live.js";
import { type Layout, layout, MODE, optionsOf, overlayOf, type Scenario, scenario } from "./scenario.js";
import { fingerprint, picture } from "./state.js";
import { unexplained, WARNING } from "./warnings.js";

/** The product's check, as the library exports it. */
export type Check = (spec: MountSpec, options: { readonly require: Require }) => Promise<CheckResult>;

/** What check said and what the kernel did for one --require. */
export interface View {
  readonly require: Require;
  readonly observed: Observation;
  readonly result: CheckResult | null;
}

export interface SeedReport {
  readonly scenario: Scenario;
  /** Damages done: name, and to what. */
  readonly damages: readonly string[];
  /** The layers as they were judged; only where asked for. */
  readonly state: readonly string[];
  /** As the scenario requires, then, for an undamaged overlay, as it lived if that is something else. */
  readonly views: readonly View[];
  /** Empty where check and kernel agree. */
  readonly disagreements: readonly string[];
}

export interface SeedOptions {
  /** Keep a picture of the layers in the report. */
  readonly state?: boolean;
  /** Do only the damages of these names, each once, whatever the seed drew. */
  readonly damages?: readonly string[];
}

export async function runSeed(
  fs: FsType,
  seed: number,
  check: Check | null,
  options: SeedOptions = {},
): Promise<SeedReport> {
  const first = await runOnce(fs, seed, check, options);
  const { disagreements } = first;
  const isWarning = (line: string): boolean => line.includes(WARNING);
  const again = async () => (await runOnce(fs, seed, check, options)).disagreements;
  return { ...first, disagreements: await heardAgain(disagreements, isWarning, again) };
}

async function runOnce(
  fs: FsType,
  seed: number,
  check: Check | null,
  options: SeedOptions,
): Promise<SeedReport> {
  const what = scenario(fs, seed);
  const stage = Stage.create(fs, what.apart ? 2 : 1);
  try {
    stage.mountDisks();
    const where = layout(stage, what);
    build(stage, what, where);
    const damages = damage(stage, what, where, options.damages);
    const state = options.state ? picture(what, where) : [];
    const plain = onCopy(stage, () => plainView(stage, overlayOf(where, optionsOf(what, "plain", true))));
    const look = (require: Require) =>
      requiredView(stage, overlayOf(where, optionsOf(what, MODE[require], true)), plain);
    const healthy = damages.length === 0 ? healthyAs(what) : null;
    const other = healthy === what.require ? null : healthy;
    const seen = other === null ? null : onCopy(stage, () => look(other));

    const before = fingerprint(where);
    const ask = (require: Require) => check?.(specOf(what, where, require), { require }) ?? null;
    const result = await ask(what.require);
    const second = other === null ? null : await ask(other);
    const disagreements = fingerprint(where) === before ? [] : ["check changed a layer"];
    const views: View[] = [{ require: what.require, observed: look(what.require), result }];
    if (other !== null && seen !== null) views.push({ require: other, observed: seen, result: second });
    for (const view of views) disagreements.push(...judge(view, view.require === healthy));
    return { scenario: what, damages, state, views, disagreements };
  } finally {
    stage.dispose();
  }
}

function judge({ require, observed, result }: View, healthy: boolean): string[] {
  if (result === null) return [];
  // Without an index there is nothing to find in what the kernel mutters about link counts.
  const warnings = require === "plain" ? [] : unexplained(observed.warnings, result);
  const alarms = healthy ? compareHealthy(result, observed) : [];
  return [...compare(result, observed), ...warnings, ...alarms].map(
    (line) => `--require ${require}: ${line}`,
  );
}

/** What the layers are good for if nothing was damaged: the one mode in which they lived. */
export function healthyAs(what: Scenario): Require | null {
  const modes = new Set(what.lives.map((life) => life.mode));
  if (modes.size !== 1 || what.uuid[0] !== what.uuid[1]) return null;
  return modes.has("nfs_export") ? "nfs-export" : modes.has("index") ? "index" : "plain";
}

/** index and nfs_export are left to what --require implies. */
export function specOf(what: Scenario, where: Layout, require: Require): MountSpec {
  const uuid = what.uuid[1];
  const options: RequestedOptions = {
    ...(what.userxattr ? { userxattr: true } : { redirectDir: what.redirect }),
    metacopy: what.metacopy && require !== "nfs-export",
    ...(uuid === "" ? {} : { uuid: uuid as "off" | "null" | "on" }),
  };
  return { source: "-o", lower: where.lower, data: [], upper: where.upper, work: where.work, options };
}
