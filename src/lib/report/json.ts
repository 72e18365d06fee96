/** The JSON document of `check`. Its shape is schemas/check-1.schema.json. */
import { type Code, entryOf, type Finding, type RepairCommand } from "../catalogue/index.js";
import { type Asked, inOrder, tell } from "./findings.js";
import type { CheckResult, LayerReport, OverlayReport } from "./result.js";
import { isUtf8, lossyText } from "./text.js";

export interface JsonOptions {
  /** Commands that this version has: a repair names no other. */
  readonly commands: ReadonlySet<string>;
}

/** A path in JSON: where its bytes are not UTF-8, they stand beside it in hex. */
export function jsonPath(path: Buffer): { path: string; pathHex?: string } {
  return isUtf8(path)
    ? { path: path.toString("utf8") }
    : { path: lossyText(path), pathHex: path.toString("hex") };
}

function repairCommand(command: RepairCommand | null, options: JsonOptions): string | null {
  return command !== null && options.commands.has(command) ? `ovl-index ${command}` : null;
}

/** What is the same for every finding of a code; made once a code, for a document may have many. */
function codeFields(code: Code, options: JsonOptions): string {
  const { kernel, repair } = entryOf(code);
  const fields = JSON.stringify({
    kernel,
    repair: {
      action: repair.action,
      safety: repair.safety,
      loses: repair.loses,
      command: repairCommand(repair.command, options),
    },
  });
  return fields.slice(1);
}

function ownFields(found: Finding, result: Asked): string {
  const fields = JSON.stringify({
    code: found.code,
    severity: found.severity,
    layer: found.layer,
    ...(found.path === null ? { path: null } : jsonPath(found.path)),
    message: tell(found, result),
    evidence: found.evidence,
  });
  return fields.slice(0, -1);
}

/** The resolved stack in JSON. */
export function overlayJson(overlay: OverlayReport): object {
  return { ...overlay, layers: overlay.layers.map(layer) };
}

function layer({ name, role, path, filesystem }: LayerReport): object {
  return { name, role, ...jsonPath(path), filesystem };
}

/** All that the document says beside its findings. */
export function verdictJson(result: CheckResult): object {
  const { mount, index, lookup, hidden } = result.prediction;
  return {
    tool: result.tool,
    overlay: overlayJson(result.overlay),
    require: result.require,
    ready: result.ready,
    provisional: result.provisional,
    complete: result.complete,
    prediction: {
      mount,
      index,
      lookup: lookup.map(({ path, errno }) => ({ ...jsonPath(path), errno })),
      hidden: hidden.map((path) => (isUtf8(path) ? path.toString("utf8") : jsonPath(path))),
    },
    counts: result.counts,
  };
}

/** To make JSON of one finding after the other, on one line each. `asked`: of the check that finds them. */
export function findingMaker(asked: Asked, options: JsonOptions): (found: Finding) => string {
  const shared = new Map<Code, string>();
  return (found) => {
    let fields = shared.get(found.code);
    if (fields === undefined) {
      fields = codeFields(found.code, options);
      shared.set(found.code, fields);
    }
    return `${ownFields(found, asked)},${fields}`;
  };
}

/** Each finding as JSON on one line, by code and path. `asked`: of the check that found them. */
export function* findingItems(
  findings: readonly Finding[],
  asked: Asked,
  options: JsonOptions,
): Generator<string> {
  const item = findingMaker(asked, options);
  for (const found of inOrder(findings)) yield item(found);
}

/** A property's list in an indented document, an item a line. */
export function* lineItems(items: Iterable<string>): Generator<string> {
  let separator = "[\n    ";
  for (const item of items) {
    yield `${separator}${item}`;
    separator = ",\n    ";
  }
  yield separator.startsWith("[") ? "[]" : "\n  ]";
}

/**
 * The document in pieces, to be written one after the other: it may be larger than one string.
 * A finding a line, so that it can be searched with line tools too.
 */
export function* checkJson(result: CheckResult, options: JsonOptions): Generator<string> {
  const head = { schema: result.schema, ...verdictJson(result) };
  yield JSON.stringify(head, null, 2).slice(0, -2);
  yield ',\n  "findings": ';
  yield* lineItems(findingItems(result.findings, result, options));
  yield "\n}\n";
}
