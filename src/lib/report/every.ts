/** Checks of every overlay there is, as one report. The document's shape is schemas/check-all-1.schema.json. */
import type { NamedOverlay, OverlayName } from "../mount/every.js";
import type { Require } from "../mount/spec.js";
import { VERSION } from "../version.js";
import type { CheckRun } from "./check-run.js";
import { EXIT } from "./exit.js";
import { type HumanOptions, humanReport } from "./human.js";
import { checkJson, type JsonOptions, jsonPath } from "./json.js";
import { plural, safeText, showPath, wrap } from "./text.js";

export const CHECK_ALL_SCHEMA = "ovl-index/check-all/1";

export interface CheckedOverlay {
  readonly overlay: NamedOverlay;
  /** Null where what names it leads to no overlay. */
  readonly run: CheckRun | null;
  /** Why, in that case. */
  readonly trouble: string | null;
}

export interface CheckedAll {
  readonly require: Require;
  readonly overlays: readonly CheckedOverlay[];
  /** Lists of overlays that could not be read, and why. */
  readonly unread: readonly string[];
}

/** All bits of all checks; what could not be resolved or read could not be completed. */
export function everyExitCode({ overlays, unread }: CheckedAll): number {
  const codes = overlays.map(exitCodeOf);
  return codes.reduce((all, code) => all | code, unread.length === 0 ? EXIT.clean : EXIT.incomplete);
}

/** The document in pieces, overlay by overlay, each check as `check --json` prints it. */
export function* everyJson(all: CheckedAll, options: JsonOptions): Generator<string> {
  const { require, overlays, unread } = all;
  const head = { schema: CHECK_ALL_SCHEMA, tool: { version: VERSION }, require, unread };
  yield `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "exitCode": ${everyExitCode(all)},\n  "overlays": [`;
  for (const [i, checked] of overlays.entries()) {
    const { overlay, run, trouble } = checked;
    const { path, ...rest } = jsonPath(overlay.name);
    const told = {
      name: path,
      ...("pathHex" in rest ? { nameHex: rest.pathHex } : {}),
      names: overlay.names.map(nameJson),
      exitCode: exitCodeOf(checked),
      trouble,
    };
    yield `${i === 0 ? "" : ","}\n${JSON.stringify(told).slice(0, -1)},"check":`;
    if (run === null) yield "null";
    else yield* checkJson(run.result, options);
    yield "}";
  }
  yield overlays.length === 0 ? "]\n}\n" : "\n  ]\n}\n";
}

/** What has no place where only checks are told: a line each, safe to print. */
export function notChecked({ overlays, unread }: CheckedAll): string[] {
  const troubles = overlays.flatMap(({ overlay, trouble }) =>
    trouble === null ? [] : [`${showPath(overlay.name)}: ${safeText(trouble)}`],
  );
  return [...troubles, ...unread.map(safeText)];
}

/** For a person: each overlay under its name, and at the end how many are ready. */
export function* everyReport(all: CheckedAll, options: HumanOptions): Generator<string> {
  const { paint, width } = options;
  for (const { overlay, run, trouble } of all.overlays) {
    yield paint.strong(`== ${showPath(overlay.name)} ==`);
    yield* wrap(`  ${overlay.names.map(nameWords).join(", ")}`, width, 2);
    if (run !== null) yield* humanReport(run.result, options);
    else yield* wrap(paint.unsure(`NOT CHECKED: ${safeText(trouble ?? "")}`), width, 2);
    yield "";
  }
  for (const line of all.unread) yield* wrap(paint.unsure(`NOT READ: ${safeText(line)}`), width, 2);
  yield* wrap(summary(all), width, 2);
}

function summary({ overlays, require }: CheckedAll): string {
  if (overlays.length === 0) return "no overlay is mounted, in fstab or in a mount unit";
  const ready = overlays.filter(({ run }) => run?.result.ready === true).length;
  const unknown = overlays.filter(({ run }) => run === null).length;
  const unchecked = unknown === 0 ? "" : `, ${unknown} not checked`;
  return `${plural(overlays.length, "overlay")}: ${ready} ready for ${require}${unchecked}`;
}

function exitCodeOf({ run }: CheckedOverlay): number {
  return run === null ? EXIT.incomplete : run.exitCode;
}

function nameJson({ from, mountPoint }: OverlayName): object {
  return { from, ...(mountPoint === null ? { path: null } : jsonPath(mountPoint)) };
}

function nameWords({ from, mountPoint }: OverlayName): string {
  return mountPoint === null ? from : `${from} ${showPath(mountPoint)}`;
}
