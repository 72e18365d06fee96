/**
 * Each lower layer by itself. It was the upper one once, or could be: over the layers below it, it has to make
 * sense without those above. So it is looked at as the upper layer of the rest of the stack.
 */
import type { Finding, LayerName } from "../catalogue/index.js";
import { layerName } from "../checks/context.js";
import { type Examination, examine } from "../examine.js";
import type { Native } from "../host/native.js";
import type { Layer, Stack } from "../layers/types.js";
import { isPart } from "../plan/cause.js";
import { DiskFacts } from "../plan/disk-facts.js";
import { makePlan, mayCarryOut, type WritableLowers } from "../plan/plan.js";
import type { Action, Left, Place, Plan, Step } from "../plan/types.js";
import type { OnProgress } from "../repair/run-result.js";
import { fsckPlanners } from "./planners.js";
import { countsInLower, isFatalHere } from "./policy.js";
import type { Redirects } from "./redirect-targets.js";

export interface LowerLook {
  readonly findings: readonly Finding[];
  readonly plan: Plan;
}

export interface LowerRequest {
  readonly native: Native;
  readonly stack: Stack;
  /** Of the whole overlay. */
  readonly examination: Examination;
  readonly writable: WritableLowers;
  readonly redirects: Redirects;
  readonly onProgress?: OnProgress;
}

const CLOSED =
  "its layer is read-only, or an overlay that cannot be seen from here may use it, or it has more xattrs than can be written down, or such as another inode could not be given";

/** From the bottom: of two layers whose redirects lead to one directory the upper one has it wrong. */
export async function lookAtLowers(request: LowerRequest): Promise<LowerLook> {
  const findings: Finding[] = [];
  const actions: Action[] = [];
  const left: Left[] = [];
  for (let place = request.stack.lower.length - 1; place >= 0; place--) {
    const looked = await lookAtLayer(request, place);
    findings.push(...looked.findings);
    actions.push(...looked.plan.actions);
    left.push(...looked.plan.left);
  }
  return { findings, plan: { actions, left } };
}

async function lookAtLayer(request: LowerRequest, place: number): Promise<LowerLook> {
  const { native, examination, writable, redirects, onProgress } = request;
  const rest = restOf(request.stack, place);
  const { kernel, options } = examination.survey.views.plain;
  const effective = { ...options, noxattr: false, readonly: true };
  const seen = await examine(native, rest, {
    require: "plain",
    kernel,
    effective: { required: effective, plain: effective },
    refusedEarly: false,
    nested: false,
    // It may be the lowest one.
    everything: true,
    upperOnly: true,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const name = layerName({ role: "lower", index: place + 1 });
  const isBottom = rest.lower.length === 0;
  const own = redirects.sort(
    name,
    seen.findings.filter(({ layer }) => layer === "upper"),
  );
  const kept = own
    .filter((found) => countsInLower(found) || isFatalHere(found))
    // What hides the lower layers from it is that there are none.
    .map((found) => (isBottom && isWhiteout(found) ? { ...found, code: "whiteout-orphan" as const } : found));
  const findings = kept.map((found) => ({ ...found, layer: name }));
  if (kept.length === 0) return { findings, plan: { actions: [], left: [] } };
  const facts = new DiskFacts("plain", { native, stack: rest, examination: seen });
  const { actions, left } = moved(makePlan(kept, fsckPlanners(kept), facts, { lower: new Map() }), place);
  const possible: Action[] = [];
  for (const action of actions) {
    if (mayCarryOut(action, writable)) possible.push(action);
    else if (!isPart(action.because)) left.push({ finding: action.because, why: CLOSED });
  }
  return { findings, plan: { actions: possible, left } };
}

const isWhiteout = (found: Finding): found is Finding<"whiteout-in-opaque"> =>
  found.code === "whiteout-in-opaque";

/** The stack from this lower layer on, with it in the place of the upper one. */
function restOf(stack: Stack, place: number): Stack {
  const down = (layer: Layer): Layer => ({ ...layer, index: layer.index - place - 1 });
  const [top, ...lower] = stack.lower.slice(place).map(down) as [Layer, ...Layer[]];
  return { ...stack, upper: { ...top, role: "upper" }, lower, data: stack.data.map(down), work: null };
}

/** The plan in the names of the whole stack. */
function moved({ actions, left }: Plan, place: number): { actions: Action[]; left: Left[] } {
  const rename = (layer: LayerName): LayerName => {
    const index = layer === "upper" ? 0 : Number(/^lower\[(\d+)\]$/.exec(layer)?.[1]);
    return layerName({ role: "lower", index: index + place + 1 });
  };
  const at = ({ layer, path }: Place): Place => ({ layer: rename(layer), path });
  const finding = (found: Finding): Finding =>
    found.layer === null ? found : { ...found, layer: rename(found.layer) };
  return {
    actions: actions.map((action) => ({
      ...action,
      target: at(action.target),
      because: isPart(action.because) ? action.because : finding(action.because),
      steps: action.steps.map((step) => movedStep(step, at)),
    })),
    left: left.map((one) => ({ ...one, finding: finding(one.finding) })),
  };
}

function movedStep(step: Step, at: (place: Place) => Place): Step {
  switch (step.op) {
    case "fill":
    case "link":
      return { ...step, at: at(step.at), from: at(step.from) };
    case "unlink":
      return { ...step, at: at(step.at), other: at(step.other) };
    case "move":
      return { ...step, at: at(step.at), to: at(step.to) };
    case "xattr":
    case "keep":
    case "uncover":
    case "make":
      return { ...step, at: at(step.at) };
  }
}
