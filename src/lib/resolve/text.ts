/** What became of handles, for a person; and the JSON document. Its shape is schemas/resolve-1.schema.json. */

import type { ClientForm } from "../format/clientHandle.js";
import {
  fieldLines,
  jsonPath,
  overlayArguments,
  overlayJson,
  type Paint,
  plural,
  safeText,
  showPath,
  stackLines,
  wrap,
} from "../report/index.js";
import type { End, ResolvedHandle, ResolveResult } from "./result.js";

export interface ResolveTextOptions {
  readonly paint: Paint;
  readonly width: number;
  readonly verbose: boolean;
}

const FORMS: Readonly<Record<ClientForm, string>> = {
  structure: "an overlay's handle, as in the index",
  overlay: "an overlay's handle, as name_to_handle_at(2) gives it",
  knfsd: "a handle of the kernel's NFS server",
  ganesha: "a handle of nfs-ganesha",
  embedded: "an overlay's handle inside of a server's",
};

/** Columns of the function's name. */
const BY = 26;

export function* resolveLines(result: ResolveResult, options: ResolveTextOptions): Generator<string> {
  yield* stackLines(result.overlay, options);
  for (const handle of result.handles) {
    yield "";
    yield* handleLines(handle, result, options);
  }
  if (!result.handles.some(({ end }) => isOdd(end))) return;
  yield "";
  const command = result.mount.ok ? "check" : "check -v";
  yield `next: ovl-index ${command} ${overlayArguments(result.overlay, null)}`;
}

/** What an overlay that was always exported does not do. */
function isOdd(end: End): boolean {
  if (end.leads === "nowhere") return end.because !== "tombstone";
  return end.leads === "object" && end.paths.length === 0;
}

function* handleLines(
  handle: ResolvedHandle,
  { search }: ResolveResult,
  { paint, width }: ResolveTextOptions,
): Generator<string> {
  yield paint.strong(safeText(handle.given));
  yield `  ${FORMS[handle.form]}`;
  for (const field of handle.fields) yield* fieldLines(field, width);
  for (const { by, text } of handle.steps) {
    yield* wrap(safeText(`  ${by.padEnd(BY - 3)} ${text}`), width, BY);
  }
  const { end } = handle;
  switch (end.leads) {
    case "nowhere":
      yield* wrap(`  ${paint.bad("ESTALE")}: ${end.why}`, width, 4);
      break;
    case "directory":
      yield `  ${paint.good("leads to")} ${place(end.path)} (directory)`;
      break;
    case "object":
      yield* objectLines(end, search?.complete !== false, paint);
  }
}

function* objectLines(
  end: Extract<End, { leads: "object" }>,
  complete: boolean,
  paint: Paint,
): Generator<string> {
  const about = `${end.type}, inode ${end.ino} of ${end.layer}, ${plural(end.size, "byte")}`;
  if (end.paths.length === 0) {
    const why = complete ? "which no name of the overlay shows" : "whose name was not found before the limit";
    yield `  ${paint.unsure("leads to")} an object ${why} (${about})`;
    return;
  }
  for (const path of end.paths) yield `  ${paint.good("leads to")} ${place(path)} (${about})`;
  if (!complete) yield "  there may be more names: the search ended at its limit";
}

const place = (path: Buffer): string => (path.length === 0 ? "/" : `/${showPath(path)}`);

export function resolveJson(result: ResolveResult): string {
  const handles = result.handles.map(({ given, form, fields, steps, end }) => ({
    given,
    form,
    fields,
    steps,
    end: endJson(end),
  }));
  const { schema, tool, mount, search } = result;
  return `${JSON.stringify({ schema, tool, overlay: overlayJson(result.overlay), mount, search, handles }, null, 2)}\n`;
}

function endJson(end: End): object {
  switch (end.leads) {
    case "nowhere":
      return { ...end, errno: "ESTALE" };
    case "directory":
      return { leads: end.leads, ...jsonPath(end.path) };
    case "object":
      return { ...end, paths: end.paths.map(jsonPath) };
  }
}
