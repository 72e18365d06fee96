/** Handles at risk: what leads to the wrong object, to ESTALE, or cannot be looked up. */
import type { Finding } from "../catalogue/index.js";
import { number, placeOf, safeText, showPath, sortedByPath } from "../report/index.js";
import type { ReportInput } from "./input.js";
import { type Content, html, type Markup, name } from "./markup.js";
import { type Risks, risksOf } from "./risk.js";

/** Places that are shown of each kind. */
const SHOWN = 12;

/** What is at risk for the same reason. */
interface Reason {
  readonly because: Content;
  readonly places: readonly string[];
  readonly count: number;
}

interface List {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly tone: "bad" | "unsure";
  readonly reasons: readonly Reason[];
}

/** One reason a key; only the first places of each are made text of. */
function reasonsOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  because: (item: T) => Content,
  placeText: (item: T) => string,
): Reason[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups.values()].map((group) => ({
    because: group.slice(0, 1).map(because),
    places: group.slice(0, SHOWN).map(placeText),
    count: group.length,
  }));
}

function reasonPart({ because, places, count }: Reason): Markup {
  const left = count - places.length;
  return html`<div class="reason"><p>${because} <span class="count">${number(count)}</span></p>
<ul class="places">${places.map((place) => html`<li><code>${name(place)}</code></li>`)}${left === 0 ? null : html`<li class="more">and ${number(left)} more</li>`}</ul></div>`;
}

function listPart({ id, title, about, tone, reasons }: List): Markup | null {
  if (reasons.length === 0) return null;
  return html`<section class="list ${tone}" aria-labelledby="${id}"><h3 id="${id}">${title}</h3>
<p class="about">${about}</p>${reasons.map(reasonPart)}</section>`;
}

function ofFindings(findings: readonly Finding[]): Reason[] {
  return reasonsOf(
    sortedByPath(findings),
    ({ code }) => code,
    ({ code, severity }) => html`<a href="#${severity}-${code}">${code}</a>`,
    (found) => safeText(placeOf(found)),
  );
}

function listsOf({ wrong, stale, entries, names }: Risks): List[] {
  return [
    {
      id: "wrong",
      title: "Lead to the wrong object",
      about: "A client that holds such a handle reads, and writes, another object than it opened.",
      tone: "bad",
      reasons: ofFindings(wrong),
    },
    {
      id: "stale",
      title: "Lead to ESTALE, though the object is there",
      about: "A client that holds such a handle gets an error for an object that others still see.",
      tone: "bad",
      reasons: ofFindings(stale),
    },
    {
      id: "names",
      title: "Cannot be looked up by name",
      about: "Clients do not get to these by their path, nor to what is below them.",
      tone: "bad",
      reasons: reasonsOf(
        names,
        ({ errno }) => errno,
        ({ errno }) => html`<b>${errno}</b>`,
        ({ path }) => showPath(path),
      ),
    },
    {
      id: "entries",
      title: "Change with the mount",
      about:
        "The kernel itself changes these index entries while it mounts; what their handles lead to changes too.",
      tone: "unsure",
      reasons: reasonsOf(
        entries,
        ({ becomes }) => becomes,
        ({ becomes }) => `become ${becomes}`,
        (entry) => entry.name,
      ),
    },
  ];
}

export function handlesPart(input: ReportInput): Markup {
  const { mount } = input.result.prediction;
  const lists = listsOf(risksOf(input.result))
    .map(listPart)
    .filter((list) => list !== null);
  return html`<section aria-labelledby="handles"><h2 id="handles">Handles at risk</h2>
${mount.ok ? null : html`<p class="none bad">It does not mount: no handle leads anywhere until that is put right.</p>`}
${lists.length === 0 && mount.ok ? nothingAtRisk(input) : lists}</section>`;
}

function nothingAtRisk({ result: { ready, require } }: ReportInput): Markup {
  if (require !== "nfs-export")
    return html`<p class="none">Handles were not followed: that is done with <code>--require nfs-export</code>.</p>`;
  return ready
    ? html`<p class="none good">None: every handle leads to its object.</p>`
    : html`<p class="none">None was found.</p>`;
}
