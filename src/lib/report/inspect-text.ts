/** An inspection for a person. */
import type { InspectedField, InspectedThing, Inspection } from "../inspect/index.js";
import type { Paint } from "./paint.js";
import { safeText } from "./text.js";

/** Hex digits of a field that are shown on its line. */
const HEX_SHOWN = 40;

/** A field of something that was decoded, by the place of its bytes. */
export function fieldLine(field: InspectedField): string {
  const place = field.offset === null ? "" : `${field.offset}+${field.size}`;
  const hex = field.hex ?? "";
  const bytes = hex.length > HEX_SHOWN ? `${hex.slice(0, HEX_SHOWN)}…` : hex;
  const columns = [place.padEnd(6), field.name.padEnd(8), ...(bytes === "" ? [] : [bytes]), field.meaning];
  return `    ${safeText(columns.join(" ").trimEnd())}`;
}

function thingLines(thing: InspectedThing, paint: Paint): string[] {
  const colour =
    thing.verdict === "valid" ? paint.good : thing.verdict === "invalid" ? paint.bad : paint.unsure;
  const verdict = thing.verdict === "valid" ? "" : `${colour(thing.verdict)}: `;
  return [
    `  ${paint.strong(safeText(thing.what))}: ${verdict}${safeText(thing.meaning)}`,
    ...thing.fields.map(fieldLine),
  ];
}

/** The inspection, line by line, without line ends. */
export function inspectionText(inspection: Inspection, paint: Paint): string[] {
  return [safeText(inspection.subject), ...inspection.things.flatMap((thing) => thingLines(thing, paint))];
}
