/** The resolved stack for a person: what every report begins with. */

import { columnsOf } from "./columns.js";
import type { LayerReport, OverlayReport } from "./result.js";
import { showPath, wrap } from "./text.js";

/** Where what stands behind a layer's name begins. */
const MEANING = 12;

function layerLines(layer: LayerReport, width: number, verbose: boolean): string[] {
  const { filesystem } = layer;
  const about =
    filesystem === null
      ? "not opened"
      : verbose
        ? `${filesystem.type}, UUID ${filesystem.uuid ?? "none"}, ${filesystem.handles ? "handles" : "no handles"}`
        : filesystem.type;
  const path = `  ${layer.name.padEnd(9)} ${showPath(layer.path)}`;
  const line = `${path}  (${about})`;
  return columnsOf(line) <= width
    ? [line]
    : [path, ...wrap(`${" ".repeat(MEANING)}(${about})`, width, MEANING + 1)];
}

function optionLines({ requested, effective }: OverlayReport, width: number): string[] {
  const words = Object.entries(effective).map(([name, value]) => {
    const asked = requested[name];
    return asked === undefined || asked === value ? `${name}=${value}` : `${name}=${value} (asked: ${asked})`;
  });
  return words.length === 0 ? [] : wrap(`  options   ${words.join(" ")}`, width, MEANING);
}

/** Layers and the options in force. */
export function stackLines(
  overlay: OverlayReport,
  { width, verbose }: { readonly width: number; readonly verbose: boolean },
): string[] {
  return [
    ...overlay.layers.flatMap((layer) => layerLines(layer, width, verbose)),
    ...optionLines(overlay, width),
  ];
}
