/** The top of the page: the verdict, the figures, what the mount does, the next step. */
import { entryOf } from "../catalogue/index.js";
import { nextStep, number, safeText, verdictOf } from "../report/index.js";
import type { ReportInput } from "./input.js";
import { type Content, html, type Markup, name } from "./markup.js";
import { optionsPart } from "./stack.js";

const SIGNS = {
  good: html`<path d="M6 12.5l4 4 8-9"/>`,
  bad: html`<path d="M7 7l10 10M17 7L7 17"/>`,
  unsure: html`<path d="M9 9.2a3 3 0 1 1 4.4 2.6c-.9.5-1.4 1.1-1.4 2.2M12 17.4v.2"/>`,
} as const;

export function verdictPart({ result, commands, made }: ReportInput): Markup {
  const { tone, word, sentence } = verdictOf(result);
  return html`<header class="verdict ${tone}">
<p class="over"><span>ovl-index check</span><span>${made.when}</span></p>
<div class="word"><svg class="sign" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10.5"/>${SIGNS[tone]}</svg>
<h1>${word.split(" ").map((part) => html`<span>${part}</span> `)}</h1></div>
<p class="sentence">${safeText(sentence.charAt(0).toUpperCase() + sentence.slice(1))}</p>
<dl class="next"><dt>Next</dt><dd><code>${breakable(safeText(nextStep(result, commands)))}</code></dd></dl>
</header>`;
}

/** Lists of options may go on in the next line behind a comma. */
function breakable(text: string): Content {
  return text.split(/(?<=,)/).flatMap((part, i) => (i === 0 ? [part] : [WBR, part]));
}

const WBR = html`<wbr>`;

function figure(value: number, label: string, tone = ""): Markup {
  return html`<div class="figure ${value > 0 ? tone : ""}"><dt>${label}</dt><dd>${number(value)}</dd></div>`;
}

export function figuresPart({ result: { counts } }: ReportInput): Markup {
  const { examined } = counts;
  return html`<dl class="figures">
${figure(counts.error, "Errors", "bad")}
${figure(counts.warning, "Warnings", "unsure")}
${figure(counts.info, "Notes")}
${figure(examined.indexEntries, "Index entries read")}
${figure(examined.upperObjects, "Upper objects read")}
${figure(examined.directories, "Directories read")}
</dl>`;
}

function row(label: string, tone: "good" | "bad" | "unsure", value: Content): Markup {
  return html`<tr class="${tone}"><th scope="row">${label}</th><td>${value}</td></tr>`;
}

function mountRow({ result: { prediction } }: ReportInput): Markup {
  const { mount } = prediction;
  if (mount.ok) return row("mount(2)", "good", "succeeds");
  const { title } = entryOf(mount.cause);
  return row("mount(2)", "bad", html`fails with <b>${mount.errno}</b>: ${title}`);
}

function countRow(label: string, count: number, none: string, some: string): Markup {
  return count === 0 ? row(label, "good", none) : row(label, "bad", html`<b>${number(count)}</b> ${some}`);
}

/** What the kernel does when this overlay is mounted as required. */
export function predictionPart(input: ReportInput): Markup {
  const { mount, index, lookup, hidden } = input.result.prediction;
  const rows = mount.ok
    ? [
        countRow("Index entries", index.removed.length, "none is removed", "removed by the mount itself"),
        countRow("Tombstones", index.tombstoned.length, "none is added", "made of index entries"),
        countRow("Lookups", lookup.length, "none fails", lookup.length === 1 ? "fails" : "fail"),
        countRow("Names", hidden.length, "none vanishes", hidden.length === 1 ? "vanishes" : "vanish"),
      ]
    : [];
  return html`<section aria-labelledby="prediction"><h2 id="prediction">What the kernel will do</h2>
<table class="facts"><tbody>${mountRow(input)}${rows}</tbody></table>${optionsPart(input)}</section>`;
}

/** Who says so, and on what grounds. */
export function footPart({ result, made }: ReportInput): Markup {
  const { require, tool, overlay } = result;
  return html`<footer><dl>
<div><dt>Made by</dt><dd>ovl-index ${tool.version}</dd></div>
<div><dt>On</dt><dd>${name(safeText(made.host))}, ${made.when}</dd></div>
<div><dt>Judged for</dt><dd>Linux ${name(safeText(made.kernel))}</dd></div>
<div><dt>Asked for</dt><dd>--require ${require}</dd></div>
<div><dt>Overlay from</dt><dd>${name(safeText(overlay.source))}</dd></div>
</dl><p>Nothing was written to the layers. What is said here holds as long as nobody mounts the overlay or writes to its layers.</p></footer>`;
}
