/** An inspection for a person. */
import type { InspectedField, InspectedThing, Inspection } from "../inspect/index.js";
import type { Paint } from "./paint.js";
import { safeText, wrap } from "./text.js";

/** Hex digits of a field that are shown on its line. */
const HEX_SHOWN = 40;

/** Where what a field means begins. */
const MEANING = 20;

/** A field of something that was decoded, by the place of its bytes. */
export function fieldLines(field: InspectedField, width: number): string[] {
  const place = field.offset === null ? "" : `${field.offset}+${field.size}`;
  const hex = field.hex ?? "";
  const bytes = hex.length > HEX_SHOWN ? `${hex.slice(0, HEX_SHOWN)}...` : hex;
  const columns = [place.padEnd(6), field.name.padEnd(8), ...(bytes === "" ? [] : [bytes]), field.meaning];
  return wrap(`    ${safeText(columns.join(" ").trimEnd())}`, width, MEANING);
}

function thingLines(thing: InspectedThing, paint: Paint, width: number): string[] {
  const colour =
    thing.verdict === "valid" ? paint.good : thing.verdict === "invalid" ? paint.bad : paint.unsure;
  const verdict = thing.verdict === "valid" ? "" : `${colour(thing.verdict)}: `;
  return [
    ...wrap(`  ${paint.strong(safeText(thing.what))}: ${verdict}${safeText(thing.meaning)}`, width, 4),
    ...thing.fields.flatMap((field) => fieldLines(field, width)),
  ];
}

/** The inspection, line by line, without line ends. */
export function inspectionText(inspection: Inspection, paint: Paint, width: number): string[] {
  return [
    safeText(inspection.subject),
    ...inspection.things.flatMap((thing) => thingLines(thing, paint, width)),
  ];
}
