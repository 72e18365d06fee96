/** Blocks for a person, for a script, and as JSON. The JSON's shape is schemas/export-1.schema.json. */
import { tell } from "../report/findings.js";
import {
  jsonPath,
  nextStep,
  number,
  overlayArguments,
  overlayJson,
  type Paint,
  placeOf,
  safeText,
  stackLines,
  verdictLines,
  wrap,
} from "../report/index.js";
import { type Block, type BlockName, EXPORT_SCHEMA, type ExportResult } from "./types.js";

export interface ExportTextOptions {
  readonly paint: Paint;
  readonly width: number;
  readonly verbose: boolean;
  /** Commands that this version has. */
  readonly commands: ReadonlySet<string>;
}

const HEADINGS: Readonly<Record<BlockName, string>> = {
  mount: "the mount",
  fstab: "fstab(5)",
  exports: "the kernel's NFS server, exports(5)",
  ganesha: "nfs-ganesha, in place of it",
  systemd: "systemd",
};

export function* exportLines(result: ExportResult, options: ExportTextOptions): Generator<string> {
  const { paint, width } = options;
  const { check, blocks, omitted } = result;
  yield* verdictLines(check, paint, width);
  yield* stackLines(check.overlay, options);
  if (!check.ready) {
    yield* reasonLines(result, width);
    yield "";
    yield "to get it there:";
    for (const step of stepsTo(result, options.commands)) yield `  ${step}`;
    return;
  }
  for (const block of blocks) {
    yield "";
    yield paint.strong(HEADINGS[block.name]);
    for (const line of block.why) yield* wrap(`  ${line}`, width, 4);
    yield "";
    yield* blockLines(block);
  }
  for (const { name, why } of omitted) {
    yield "";
    yield* wrap(`${paint.strong(HEADINGS[name])}: left out: ${why}`, width, 2);
  }
}

/** What stands in the way, each code once. */
function* reasonLines({ check }: ExportResult, width: number): Generator<string> {
  const worst = check.findings.some(({ severity }) => severity === "error") ? "error" : "warning";
  const told = new Set<string>();
  for (const found of check.findings) {
    if (found.severity !== worst || told.has(found.code)) continue;
    told.add(found.code);
    const count = number(check.counts.byCode[found.code] ?? 1);
    const place = placeOf(found);
    const text = `${place === "" ? "" : `${place}: `}${tell(found, check)}`;
    yield* wrap(safeText(`  ${found.code} (${count}): ${text}`), width, 4);
  }
}

/** The block alone: what is for one file without its name, several files each behind its own. */
export function* blockLines({ pieces }: Block): Generator<string> {
  for (const [i, { file, text }] of pieces.entries()) {
    if (i > 0) yield "";
    if (pieces.length > 1) yield `# ${file}`;
    yield* text.split("\n");
  }
}

/** Commands, in their order, by which the overlay gets ready. */
export function stepsTo({ check }: ExportResult, commands: ReadonlySet<string>): string[] {
  if (check.ready) return [];
  const first = nextStep(check, commands);
  const again = `ovl-index export ${overlayArguments(check.overlay, null)}`;
  // Checking is what this command does first.
  if (first.startsWith("ovl-index check ")) return [first.replace("check", "export")];
  const repairs = /^ovl-index (build|repair|migrate) /.test(first);
  return repairs ? [first, again] : [first];
}

export function exportJson(result: ExportResult, { commands }: Pick<ExportTextOptions, "commands">): string {
  const { check, mountpoint, identity, blocks, omitted } = result;
  const { path, pathHex } = { pathHex: undefined, ...jsonPath(mountpoint) };
  const document = {
    schema: EXPORT_SCHEMA,
    tool: check.tool,
    overlay: overlayJson(check.overlay),
    ready: check.ready,
    mountpoint: path,
    ...(pathHex === undefined ? {} : { mountpointHex: pathHex }),
    identity,
    blocks,
    omitted,
    steps: stepsTo(result, commands),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
