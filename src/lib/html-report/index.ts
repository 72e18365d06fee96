/**
 * The report of a check as one HTML file for people. It asks for nothing from anywhere, runs no script, and has no
 * text in it that is not escaped; its size has a bound, however many findings there are.
 */
import { createHash } from "node:crypto";
import { verdictOf } from "../report/index.js";
import { coveragePart } from "./coverage.js";
import { findingsPart } from "./findings.js";
import { handlesPart } from "./handles.js";
import { figuresPart, footPart, predictionPart, verdictPart } from "./head.js";
import type { ReportInput } from "./input.js";
import { escapeHtml } from "./markup.js";
import { stackPart } from "./stack.js";
import { STYLE } from "./style.js";

export type { ReportInput } from "./input.js";

/** Nothing may be loaded or run; the one style sheet is known by its hash. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'`;

export function htmlReport(input: ReportInput): string {
  const { word } = verdictOf(input.result);
  const parts = [
    verdictPart(input),
    figuresPart(input),
    `<div class="pair">${predictionPart(input).text}${stackPart(input).text}</div>`,
    coveragePart(input),
    handlesPart(input),
    findingsPart(input),
  ];
  const body = parts.map((part) => (typeof part === "string" ? part : (part?.text ?? ""))).join("\n");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(word)} - ovl-index check, ${escapeHtml(input.made.when)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
${footPart(input).text}
</body>
</html>
`;
}
