/** Findings by kind, each with its explanation. */
import type { Finding } from "../catalogue/index.js";
import {
  type CheckResult,
  explainCode,
  type Group,
  groupsOf,
  number,
  placeOf,
  safeText,
  sortedByPath,
  tell,
  unattended,
  withShortValues,
} from "../report/index.js";
import type { ReportInput } from "./input.js";
import { type Content, html, type Markup, name } from "./markup.js";

/** Findings of a kind that are shown. */
const SHOWN = 50;

const SEVERITY = { error: "bad", warning: "unsure", info: "note" } as const;

function sentenceOf(found: Finding, result: CheckResult): string {
  return safeText(tell(withShortValues(found), result));
}

function placeItem(found: Finding): Markup | null {
  const place = placeOf(found);
  return place === "" ? null : html`<code>${name(safeText(place))}</code>`;
}

/** What is the same of all is said once. */
function foundPart(shown: readonly Finding[], result: CheckResult): Markup {
  const sentences = shown.map((found) => sentenceOf(found, result));
  const [first = ""] = sentences;
  if (shown.length > 1 && sentences.every((sentence) => sentence === first)) {
    const items = shown.map((found) => html`<li>${placeItem(found)}</li>`);
    return html`<div class="found alike"><p>${name(first)}</p><ul class="places">${items}</ul></div>`;
  }
  const items = shown.map((found, i) => html`<li>${placeItem(found)} ${name(sentences[i] ?? "")}</li>`);
  return html`<ul class="found">${items}</ul>`;
}

function fact(label: string, text: Content): Markup {
  return html`<div><dt>${label}</dt><dd>${text}</dd></div>`;
}

function groupPart({ code, severity, findings }: Group, { result, commands }: ReportInput): Markup {
  const { title, explanation, cause, kernel, repair } = explainCode(code, commands);
  const shown = sortedByPath(findings).slice(0, SHOWN);
  const left = findings.length - shown.length;
  const source =
    kernel.source.length === 0 ? null : html` <span class="source">${kernel.source.join(", ")}</span>`;
  const command = repair.command === null ? null : html` <code>${repair.command}</code>`;
  return html`<details class="kind ${SEVERITY[severity]}"${severity === "info" ? null : OPEN} id="${severity}-${code}"><summary><span class="severity">${severity}</span><span class="title">${title}</span><code class="code">${code}</code><span class="count">${number(findings.length)}</span></summary>
<dl class="explained">${fact("Meaning", explanation)}${fact("Cause", cause)}${fact("Kernel", html`${kernel.detail}${source}`)}${fact("What to do", html`${repair.action}${command}`)}${
    repair.loses === null ? null : fact("Given up by it", repair.loses)
  }${fact("Unattended", unattended(repair.safety))}</dl>
${foundPart(shown, result)}
${left === 0 ? null : html`<p class="left">and ${number(left)} more: <code>check --json</code> has them all</p>`}</details>`;
}

const OPEN = html` open`;

export function findingsPart(input: ReportInput): Markup {
  const groups = groupsOf(input.result);
  return html`<section aria-labelledby="findings"><h2 id="findings">Findings</h2>
${groups.length === 0 ? html`<p class="none good">None.</p>` : groups.map((group) => groupPart(group, input))}</section>`;
}
