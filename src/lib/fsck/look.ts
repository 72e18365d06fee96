/** One look at the overlay and at each of its lower layers: what is wrong, and what would be done about it. */
import type { Code, Finding } from "../catalogue/index.js";
import { type Checked, withCheck } from "../check.js";
import type { MountSpec } from "../mount/spec.js";
import { DiskFacts } from "../plan/disk-facts.js";
import { makePlan, type WritableLowers } from "../plan/plan.js";
import type { Plan } from "../plan/types.js";
import { sentence } from "../repair/gate.js";
import type { Look } from "../repair/look.js";
import type { LookAgain } from "../repair/run.js";
import type { OnProgress, Trouble } from "../repair/run-result.js";
import { targetOf, type WriteHost, writableLowers } from "../repair/workplace.js";
import { type Features, withMetacopy } from "./features.js";
import { type LowerLook, lookAtLowers } from "./lower-layers.js";
import { fsckPlanners } from "./planners.js";
import { countsInLower, isFatalHere, isMended } from "./policy.js";
import { Redirects } from "./redirect-targets.js";

export interface LookRequest {
  readonly writes: boolean;
  /** Lower layers that can be written may be. */
  readonly lower: boolean;
  readonly onProgress?: OnProgress;
}

/** What no plan may be made on top of. It is left to a person. */
const STOPS: ReadonlySet<Code> = new Set([
  "volatile-dirty",
  "incompat-feature",
  "options-conflict",
  "entry-name-unknown",
  "xattr-other-namespace",
  "xattrs-lost",
]);

const NOTHING: Plan = { actions: [], left: [] };

/** The looks of one run. What the first finds out of how the overlay has lived holds for all. */
export class Looker {
  readonly #spec: MountSpec;
  readonly #request: LookRequest;
  readonly #host: WriteHost;
  #features: Features;
  #inUse: Finding | null = null;

  constructor(spec: MountSpec, features: Features, request: LookRequest, host: WriteHost) {
    this.#spec = spec;
    this.#features = features;
    this.#request = request;
    this.#host = host;
  }

  get features(): Features {
    return this.#features;
  }

  /** A mount uses the layers, as the first look has found. */
  get inUse(): Finding | null {
    return this.#inUse;
  }

  readonly look: LookAgain = async (ownRun) => {
    const seen = await this.#lookOnce(ownRun);
    if (seen !== null) return seen;
    this.#features = withMetacopy(this.#features);
    return (await this.#lookOnce(ownRun)) as Look;
  };

  /** Null where there are metadata-only files, and nobody has said how the overlay is mounted. */
  #lookOnce(ownRun: string | null): Promise<Look | null> {
    const { require, options } = this.#features;
    const { onProgress } = this.#request;
    const progress = onProgress === undefined ? {} : { onProgress };
    const asked = { require, host: this.#host, ownRun, ...progress };
    return withCheck({ ...this.#spec, options }, asked, async (checked) => {
      const isOpen = options.metacopy === undefined;
      if (isOpen && checked.result.findings.some(({ code }) => code === "metacopy-not-followed")) return null;
      return this.#judge(checked);
    });
  }

  async #judge({ result, layers }: Checked): Promise<Look> {
    const { onProgress, lower } = this.#request;
    const target = layers === null ? null : targetOf(this.#spec, layers.stack);
    const interrupted = result.findings.find(isInterrupted) ?? null;
    const trouble = this.#whyNot(result.findings);
    const seen = { target, interrupted, migration: null };
    if (layers === null) return { ...seen, result, trouble, plan: NOTHING };
    const writable: WritableLowers = lower && target !== null ? writableLowers(layers.stack) : new Map();
    const redirects = new Redirects();
    const progress = onProgress === undefined ? {} : { onProgress };
    const below = await lookAtLowers({ ...layers, writable, redirects, ...progress });
    const own = redirects
      .sort("upper", result.findings)
      .filter((found) => !(found.layer?.startsWith("lower") === true && countsInLower(found)));
    const findings = this.#counted([...below.findings, ...own]);
    const judged = { ...seen, result: { ...result, findings } };
    const late = trouble ?? this.#whyNot(findings);
    if (late !== null) return { ...judged, trouble: late, plan: NOTHING };
    return { ...judged, trouble: null, plan: this.#plan(own, below, layers, writable) };
  }

  /** What is worth a word, and what ends the check. */
  #counted(findings: readonly Finding[]): Finding[] {
    return findings.filter((found) => isFatalHere(found) || isMended(found, this.#features.index));
  }

  #whyNot(findings: readonly Finding[]): Trouble | null {
    const fatal = findings.find(isFatalHere);
    if (fatal !== undefined) return { kind: "unreadable", message: sentence(fatal) };
    const inUse = findings.find(({ code }) => code === "layers-in-use");
    this.#inUse ??= inUse ?? null;
    if (!this.#request.writes) return null;
    if (inUse !== undefined) return { kind: "in-use", message: sentence(inUse) };
    const readonly = findings.find(({ code }) => code === "upper-readonly");
    return readonly === undefined ? null : { kind: "read-only", message: sentence(readonly) };
  }

  #plan(
    own: readonly Finding[],
    below: LowerLook,
    layers: NonNullable<Checked["layers"]>,
    writable: WritableLowers,
  ): Plan {
    const findings = this.#counted(own).filter((found) => !isInterrupted(found));
    // Without an upper layer there is no work directory, and nowhere to keep a journal.
    if (layers.stack.upper === null || findings.some(({ code }) => STOPS.has(code))) return NOTHING;
    const facts = new DiskFacts(this.#features.require, layers);
    const { actions, left } = makePlan(findings, fsckPlanners(findings), facts, { lower: writable });
    return { actions: [...below.plan.actions, ...actions], left: [...below.plan.left, ...left] };
  }
}

function isInterrupted(found: Finding): found is Finding<"journal-unfinished"> {
  return found.code === "journal-unfinished";
}
