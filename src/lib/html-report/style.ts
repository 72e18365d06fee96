/** The report's style sheet: fonts of the system, light and dark, from a phone to paper. */
export const STYLE = `
:root {
  --paper: #f3f4f1; --card: #fff; --ink: #17201d; --soft: #54615c; --line: #d3d9d4; --code: #eef1ee;
  --good: #0a6446; --good-bg: #e2f1e9; --bad: #a11f18; --bad-bg: #fbe8e5; --unsure: #785000; --unsure-bg: #faf0d8;
  --note: #2f4f6e; --upper: #cfe3d8; --lower: #dfe3e6; --data: #e4dfee; --work: #f0e6cf;
  --mono: ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0f1412; --card: #161d1a; --ink: #e5ebe8; --soft: #9eaea8; --line: #2c3733; --code: #1f2825;
    --good: #72d4a8; --good-bg: #12281f; --bad: #ff9d92; --bad-bg: #341815; --unsure: #f1c167; --unsure-bg: #2e230e;
    --note: #9dc4e8; --upper: #23463a; --lower: #2b3439; --data: #352f45; --work: #43391f;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 var(--sans); }
main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.5rem; }
main { padding-top: 1.5rem; }
h1, h2, h3, p, dl, dd, ol, ul { margin: 0; padding: 0; }
ol, ul { list-style: none; }
h2 { font-size: 1.25rem; line-height: 1.3; font-weight: 650; margin-bottom: 1rem; }
h3 { font-size: 1rem; line-height: 1.4; font-weight: 650; }
code { font: .875em/1.5 var(--mono); overflow-wrap: anywhere; }
.name { overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: isolate; }
a { color: inherit; text-underline-offset: .2em; text-decoration-thickness: 1px; }
a:focus-visible, summary:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
.good { color: var(--good); } .bad { color: var(--bad); } .unsure { color: var(--unsure); } .note { color: var(--note); }
.none { color: var(--soft); } .none.good { color: var(--good); } .none.bad { color: var(--bad); font-weight: 600; margin-bottom: 1rem; }
.left { color: var(--soft); font-size: .875rem; margin-top: .75rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 4px; padding: 1.5rem; margin-top: 1.5rem; }

.verdict { position: relative; background: var(--card); border: 1px solid var(--line); border-radius: 4px; padding: 2rem 1.5rem 1.5rem; overflow: hidden; }
.verdict::before { content: ""; position: absolute; inset: 0 0 auto; height: 10px; background:
  repeating-linear-gradient(90deg, currentColor 0 1px, transparent 1px 40px) 0 0 / 100% 10px no-repeat,
  repeating-linear-gradient(90deg, currentColor 0 1px, transparent 1px 8px) 0 0 / 100% 5px no-repeat; }
.over { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1.5rem; color: var(--soft); font: .8125rem/1.5 var(--mono); }
.word { display: flex; align-items: center; gap: .75rem; margin-top: 1rem; }
.sign { flex: none; width: 2.5rem; height: 2.5rem; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
h1 span { white-space: nowrap; }
h1 { font-size: clamp(1.5rem, 1rem + 2.6vw, 2.375rem); line-height: 1.15; font-weight: 700; letter-spacing: -.015em; }
.sentence { color: var(--ink); font-size: clamp(1.0625rem, 1rem + .4vw, 1.25rem); line-height: 1.45; margin-top: .75rem; max-width: 44rem; }
.next { color: var(--ink); display: grid; grid-template-columns: auto 1fr; gap: 0 1rem; align-items: baseline; margin-top: 1.5rem; padding: .75rem 1rem; background: var(--code); border-radius: 3px; }
.next dt { font-size: .8125rem; color: var(--soft); }

.figures { display: grid; grid-template-columns: repeat(6, 1fr); margin-top: 1.5rem; border: 1px solid var(--line); border-radius: 4px; background: var(--line); gap: 1px; overflow: hidden; }
.figure { display: flex; flex-direction: column-reverse; justify-content: flex-end; background: var(--card); padding: .875rem 1rem; }
.figure dd { font: 600 1.5rem/1.2 var(--mono); font-variant-numeric: tabular-nums; letter-spacing: -.02em; overflow-wrap: anywhere; }
.figure dt { font-size: .8125rem; line-height: 1.35; color: var(--soft); margin-top: .25rem; }

.pair { display: grid; grid-template-columns: 5fr 7fr; gap: 0 1.5rem; align-items: start; }
.facts { width: 100%; border-collapse: collapse; }
.facts th, .facts td { text-align: left; vertical-align: top; padding: .625rem 0; border-top: 1px solid var(--line); }
.facts tr:first-child > * { border-top: 0; padding-top: 0; }
.facts tr:last-child > * { padding-bottom: 0; }
.facts th { width: 8rem; padding-right: 1rem; color: var(--soft); font-weight: 400; font-size: .9375rem; }

.stack li { display: grid; grid-template-columns: 4.5rem 1fr; gap: 0 1rem; align-items: start; }
.stack li { position: relative; }
.stack:not(.aside) li:not(:last-child)::before { content: ""; position: absolute; left: .25rem; top: 1.625rem; bottom: -1.5rem; width: 3rem; border: dashed var(--soft); opacity: .55; border-width: 0 1px; }
.stack:not(.aside) li:not(:last-child)::after { content: ""; position: absolute; left: 4.25rem; top: .5rem; bottom: -.375rem; border-left: 1px dashed var(--soft); opacity: .55; }
.sheet { position: relative; z-index: 1; }
.stack li > div { padding: .25rem 0 1rem; min-width: 0; }
.stack .more { color: var(--soft); font-size: .875rem; } .stack .more div { grid-column: 2; }
.stack.aside { border-top: 1px dashed var(--line); padding-top: 1rem; margin-top: .25rem; }
.sheet { width: 4.5rem; height: auto; display: block; stroke: var(--soft); stroke-width: 1; stroke-linejoin: round; }
.sheet .edge { fill: var(--line); } .sheet .mark { fill: none; stroke-width: 1.25; stroke-linecap: round; }
.upper .face { fill: var(--upper); } .lower .face { fill: var(--lower); } .data .face { fill: var(--data); } .work .face { fill: var(--work); }
.role span, .fs { color: var(--soft); font-size: .875rem; line-height: 1.5; }
.role b { font-weight: 650; margin-right: .375rem; }
.fs span { margin-right: .75rem; overflow-wrap: anywhere; } .fs .bad { color: var(--bad); }
.pair h3 { margin: 1.5rem 0 .625rem; }
.options { display: flex; flex-wrap: wrap; gap: .375rem; }
.options li { background: var(--code); border-radius: 3px; padding: .125rem .5rem; }
.options em { font-size: .8125rem; }

.lead { font-size: 1.0625rem; } .percent { font: 650 1.5rem/1.2 var(--mono); letter-spacing: -.02em; margin-right: .25rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .75rem 0 1rem; color: var(--soft); font-size: .875rem; }
.legend svg { width: .875rem; height: .625rem; margin-right: .4rem; overflow: visible; }
.in { fill: var(--good); } .out { fill: var(--bad); } .gone { fill: var(--bad-bg); stroke: var(--bad); stroke-width: 1.5; }
.coverage li { display: grid; grid-template-columns: minmax(0, 4fr) 5fr minmax(0, 4fr); gap: 0 1.25rem; align-items: center; padding: .4375rem 0; border-top: 1px solid var(--line); }
.coverage em { font-style: normal; color: var(--soft); font-size: .875rem; }
.bar { display: block; width: 100%; height: .75rem; background: var(--code); overflow: hidden; }
.numbers { font-size: .875rem; font-variant-numeric: tabular-nums; } .numbers span { display: inline-block; margin-right: .75rem; }

.list { background: none; border: 0; border-radius: 0; padding: 0; color: inherit; margin-top: 1.5rem; }
h2 + .list { margin-top: 0; }
.list h3 { color: var(--bad); } .list.unsure h3 { color: var(--unsure); }
.about { color: var(--soft); font-size: .9375rem; max-width: 44rem; }
.list { color: var(--ink); }
.count { display: inline-block; font: 600 .8125rem/1.5 var(--mono); font-variant-numeric: tabular-nums; padding: 0 .5rem; border: 1px solid currentColor; border-radius: 1rem; margin-left: .375rem; }
.reason { margin-top: .75rem; border-top: 1px solid var(--line); padding-top: .625rem; }
.reason p { font-size: .9375rem; }
.places { columns: 24rem; column-gap: 2rem; margin-top: .375rem; } .places li { padding: .125rem 0; break-inside: avoid; }
.places .more { color: var(--soft); font-size: .875rem; }

.kind { color: var(--ink); border-top: 1px solid var(--line); padding: .25rem 0 1.25rem; }
.kind:last-child { padding-bottom: 0; }
.kind summary { display: grid; grid-template-columns: 4.75rem 1fr auto; gap: 0 .75rem; align-items: baseline; padding: .75rem 0; cursor: pointer; list-style: none; }
.kind summary::-webkit-details-marker { display: none; }
.severity { font-size: .8125rem; font-weight: 650; padding: .0625rem .5rem; border-radius: 3px; text-align: center; }
.bad .severity { color: var(--bad); background: var(--bad-bg); } .unsure .severity { color: var(--unsure); background: var(--unsure-bg); }
.note .severity { color: var(--note); background: var(--code); }
.title { font-weight: 650; font-size: 1.0625rem; line-height: 1.4; }
.title::after { content: "\\25B8"; display: inline-block; color: var(--soft); padding-left: .375rem; }
.kind[open] .title::after { content: "\\25BE"; }
.kind .code { grid-column: 2; grid-row: 2; color: var(--soft); }
.bad > summary .count { color: var(--bad); } .unsure > summary .count { color: var(--unsure); }
.explained { margin: .25rem 0 1rem; padding-left: 5.5rem; }
.explained div { display: grid; grid-template-columns: 8rem 1fr; gap: 0 1rem; padding: .3125rem 0; font-size: .9375rem; }
.explained dt { color: var(--soft); } .explained dd { max-width: 42rem; }
.source { color: var(--soft); font: .8125rem/1.5 var(--mono); overflow-wrap: anywhere; }
.found { margin-left: 5.5rem; padding: .25rem 1rem; color: var(--ink); background: var(--code); border-radius: 3px; }
.found li { padding: .4375rem 0; border-top: 1px solid var(--line); font-size: .9375rem; overflow-wrap: anywhere; }
.found li:first-child { border-top: 0; }
.found code { display: block; font-weight: 600; }
.alike { padding: .75rem 1rem; } .alike > p { font-size: .9375rem; } .alike ul { margin-top: .5rem; } .alike li { border: 0; padding: .125rem 0; } .alike code { font-weight: 400; }
.kind .left { margin-left: 5.5rem; }

footer { color: var(--soft); font-size: .8125rem; padding-top: 1.5rem; padding-bottom: 3rem; }
footer dl { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin-bottom: .5rem; }
footer dl div { display: flex; gap: .375rem; } footer dd { color: var(--ink); overflow-wrap: anywhere; }

@media (max-width: 56rem) {
  .pair { grid-template-columns: minmax(0, 1fr); }
  .figures { grid-template-columns: repeat(3, 1fr); }
  .explained, .found, .kind .left { padding-left: 0; margin-left: 0; }
  .found { padding-left: 1rem; }
}
@media (max-width: 36rem) {
  main, footer { padding-left: 1rem; padding-right: 1rem; }
  main { padding-top: 1rem; }
  section { padding: 1.25rem 1rem; margin-top: 1rem; }
  .verdict { padding: 1.75rem 1rem 1rem; }
  .sign { width: 2rem; height: 2rem; }
  .figures, .pair { margin-top: 1rem; } .pair section:first-child { margin-top: 0; }
  .next { grid-template-columns: minmax(0, 1fr); padding: .75rem; }
  .figure { padding: .75rem; }
  .figure dd { font-size: 1rem; letter-spacing: -.04em; } .figure dt { font-size: .75rem; }
  .facts th { width: 6.5rem; }
  .stack li { grid-template-columns: 3.25rem minmax(0, 1fr); gap: 0 .75rem; } .sheet { width: 3.25rem; }
  .stack:not(.aside) li:not(:last-child)::before { left: .18rem; top: 1.125rem; width: 2.17rem; } .stack:not(.aside) li:not(:last-child)::after { left: 3.06rem; }
  .role span { display: block; }
  .coverage li { grid-template-columns: minmax(0, 1fr); gap: .25rem; padding: .75rem 0; }
  .kind summary { grid-template-columns: 1fr auto; }
  .kind .severity { justify-self: start; } .kind .count { grid-column: 2; grid-row: 1; }
  .kind .title { grid-column: 1 / -1; grid-row: 2; margin-top: .375rem; } .kind .code { grid-column: 1 / -1; grid-row: 3; }
  .explained div { grid-template-columns: minmax(0, 1fr); }
}
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --code: #f4f4f4; --good: #0a6446; --bad: #a11f18; --unsure: #785000; }
  body { font-size: 10pt; } main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  section, .verdict { break-inside: auto; } h2, h3, summary { break-after: avoid; } .found li, .coverage li, .stack li, tr { break-inside: avoid; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  .title::after { content: none !important; }
}
`;
