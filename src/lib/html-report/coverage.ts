/** How much of each directory is in the index, as bars. */
import type { Finding } from "../catalogue/index.js";
import { type CheckResult, number, showPath } from "../report/index.js";
import { type Counted, type CoverageRow, coverageOf, sizeOf } from "./coverage-rows.js";
import type { ReportInput } from "./input.js";
import { html, type Markup, name } from "./markup.js";

/** Per cent of a bar that a part has at least where it is not empty: one of a million shall be seen. */
const LEAST = 1.5;

function parentOf({ path }: Finding): Buffer {
  const bytes = path ?? Buffer.alloc(0);
  return bytes.subarray(0, Math.max(bytes.lastIndexOf(0x2f), 0));
}

function* directoriesOf({ findings, coverage }: CheckResult): Generator<Counted & { readonly path: Buffer }> {
  for (const { path, indexed } of coverage?.directories ?? []) yield { path, indexed, missing: 0, lost: 0 };
  for (const found of findings) {
    const missing = found.code === "copied-up-not-indexed" ? 1 : 0;
    const lost = found.code === "tombstone-missing" ? 1 : 0;
    if (missing + lost > 0) yield { path: parentOf(found), indexed: 0, missing, lost };
  }
}

/** Parts of a hundred, none of them too small to be seen. */
export function shares(counted: Counted): [number, number, number] {
  const { indexed, missing, lost } = counted;
  const all = sizeOf(counted);
  const raw = [indexed, missing, lost].map((part) =>
    part === 0 || all === 0 ? 0 : Math.max((part / all) * 100, LEAST),
  );
  const sum = raw.reduce((a, b) => a + b, 0);
  const [a = 0, b = 0, c = 0] = raw.map((part) => (sum === 0 ? 0 : (part / sum) * 100));
  return [a, b, c];
}

function bar(counted: Counted): Markup {
  const [indexed, missing, lost] = shares(counted);
  const rect = (kind: string, x: number, width: number): Markup | null =>
    width === 0
      ? null
      : html`<rect class="${kind}" x="${x.toFixed(2)}%" width="${width.toFixed(2)}%" height="100%"/>`;
  return html`<svg class="bar" aria-hidden="true">${rect("in", 0, indexed)}${rect("out", indexed, missing)}${rect("gone", indexed + missing, lost)}</svg>`;
}

function words({ indexed, missing, lost }: Counted): Markup {
  const parts = [
    html`<span>${number(indexed)} in the index</span>`,
    missing === 0 ? null : html`<span class="bad">${number(missing)} not</span>`,
    lost === 0 ? null : html`<span class="bad">${number(lost)} without tombstone</span>`,
  ];
  return html`${parts}`;
}

function line(label: Markup, counted: Counted): Markup {
  return html`<li><p class="dir">${label}</p>${bar(counted)}<p class="numbers">${words(counted)}</p></li>`;
}

function labelOf({ path, deep }: CoverageRow): Markup {
  if (path.length === 0) return html`<code>${name("/")}</code>${deep ? null : html` <em>itself</em>`}`;
  return html`<code>${name(`${showPath(path)}/`)}</code>${deep ? html` <em>and below</em>` : null}`;
}

export function coveragePart({ result }: ReportInput): Markup | null {
  const known = result.coverage ?? null;
  if (known === null) return null;
  const { rows, rest, total } = coverageOf(directoriesOf(result));
  const { tombstones } = known;
  const whole = { ...total, indexed: total.indexed + tombstones };
  const all = sizeOf(whole);
  const body =
    all === 0
      ? html`<p class="none">Nothing was copied up or deleted yet: there is nothing that an index entry would stand for.</p>`
      : html`<p class="lead"><b class="percent">${percent(whole)}</b> of ${number(all)} ${all === 1 ? "object that was copied up or deleted has what it needs" : "objects that were copied up or deleted have what they need"} in the index${tombstones === 0 ? null : html`, ${number(tombstones)} of them a tombstone`}.</p>
<ul class="legend"><li><svg aria-hidden="true"><rect class="in" width="100%" height="100%"/></svg>has its entry</li><li><svg aria-hidden="true"><rect class="out" width="100%" height="100%"/></svg>copied up, no entry</li><li><svg aria-hidden="true"><rect class="gone" width="100%" height="100%"/></svg>deleted, no tombstone</li></ul>
<ol class="coverage">${rows.map((row) => line(labelOf(row), row))}${
          rest === null ? null : line(html`<em>${number(rest.directories)} other directories</em>`, rest)
        }</ol>`;
  return html`<section aria-labelledby="coverage"><h2 id="coverage">Index coverage</h2>${body}</section>`;
}

/** Never 100% where anything is missing, never 0% where anything is there. */
export function percent(counted: Counted): string {
  const { indexed } = counted;
  const all = sizeOf(counted);
  if (indexed === all) return "100%";
  const rounded = Math.round((indexed / all) * 1000) / 10;
  return `${Math.min(Math.max(rounded, indexed > 0 ? 0.1 : 0), 99.9)}%`;
}
