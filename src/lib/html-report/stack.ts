/** The layers, drawn as they lie on each other, and the options in force. */
import { type LayerReport, number, safeText, showPath } from "../report/index.js";
import type { ReportInput } from "./input.js";
import { html, type Markup, name } from "./markup.js";

/** Layers of a stack that are drawn; the kernel takes 500. */
const TOP = 20;
const BOTTOM = 4;

const ROLES = {
  upper: "all that was written",
  lower: "read only",
  data: "data only, takes no part in names",
  work: "holds the index",
} as const;

/** A sheet seen from above its edge; what is drawn on it tells the role apart without colour. */
const MARKS = {
  upper: html`<path class="mark" d="M24 15h24M20 19h24"/>`,
  lower: null,
  data: html`<path class="mark" d="M30 12l-8 10M40 12l-8 10M50 12l-8 10"/>`,
  work: html`<path class="mark" d="M27 13.5h17M24.5 17h17M22 20.5h17"/>`,
} as const;

function sheet(role: LayerReport["role"]): Markup {
  return html`<svg class="sheet ${role}" viewBox="0 0 72 36" aria-hidden="true"><path class="edge" d="M4 25v5h48l16-21v-5"/><path class="face" d="M4 25L20 4h48L52 25z"/>${MARKS[role]}</svg>`;
}

function filesystem({ filesystem: fs }: LayerReport): Markup {
  if (fs === null) return html`<span class="bad">not opened</span>`;
  const uuid = fs.uuid === null ? "no UUID" : `UUID ${fs.uuid}`;
  return html`<span>${safeText(fs.type)}</span> <span>${uuid}</span> ${fs.handles ? null : html`<span class="bad">no file handles</span>`}`;
}

function layerItem(layer: LayerReport): Markup {
  return html`<li class="${layer.role}">${sheet(layer.role)}<div><p class="role"><b>${layer.name}</b> <span>${ROLES[layer.role]}</span></p>
<p class="path"><code>${name(showPath(layer.path))}</code></p><p class="fs">${filesystem(layer)}</p></div></li>`;
}

function optionItem(option: string, value: string, asked: string | undefined): Markup {
  const differs = asked !== undefined && asked !== value;
  const note = differs ? html` <em>asked: ${safeText(asked)}</em>` : null;
  return html`<li class="${differs ? "unsure" : ""}"><code>${safeText(option)}=${safeText(value)}</code>${note}</li>`;
}

export function stackPart({ result: { overlay } }: ReportInput): Markup {
  const { layers } = overlay;
  const stacked = layers.filter(({ role }) => role !== "work");
  const tooMany = stacked.length > TOP + BOTTOM;
  const top = tooMany ? stacked.slice(0, TOP) : stacked;
  const bottom = tooMany ? stacked.slice(-BOTTOM) : [];
  const left = stacked.length - top.length - bottom.length;
  const more = left === 0 ? null : html`<li class="more"><div>${number(left)} more lower layers</div></li>`;
  return html`<section aria-labelledby="stack"><h2 id="stack">Layers</h2>
<ol class="stack">${top.map(layerItem)}${more}${bottom.map(layerItem)}</ol>
<ul class="stack aside">${layers.filter(({ role }) => role === "work").map(layerItem)}</ul></section>`;
}

export function optionsPart({ result: { overlay } }: ReportInput): Markup | null {
  const { requested, effective } = overlay;
  const options = Object.entries(effective).map(([option, value]) =>
    optionItem(option, value, requested[option]),
  );
  return options.length === 0 ? null : html`<h3>Options in force</h3><ul class="options">${options}</ul>`;
}
