/** The resolved stack for a person: what every report begins with. */
import type { LayerReport, OverlayReport } from "./result.js";
import { showPath, wrap } from "./text.js";

function layerLine(layer: LayerReport, verbose: boolean): string {
  const { filesystem } = layer;
  const about =
    filesystem === null
      ? "not opened"
      : verbose
        ? `${filesystem.type}, UUID ${filesystem.uuid ?? "none"}, ${filesystem.handles ? "handles" : "no handles"}`
        : filesystem.type;
  return `  ${layer.name.padEnd(9)} ${showPath(layer.path)}  (${about})`;
}

function optionLines({ requested, effective }: OverlayReport, width: number): string[] {
  const words = Object.entries(effective).map(([name, value]) => {
    const asked = requested[name];
    return asked === undefined || asked === value ? `${name}=${value}` : `${name}=${value} (asked: ${asked})`;
  });
  return words.length === 0 ? [] : wrap(`  options   ${words.join(" ")}`, width, 12);
}

/** Layers and the options in force. */
export function stackLines(
  overlay: OverlayReport,
  { width, verbose }: { readonly width: number; readonly verbose: boolean },
): string[] {
  return [...overlay.layers.map((layer) => layerLine(layer, verbose)), ...optionLines(overlay, width)];
}
