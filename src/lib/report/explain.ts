/** What `explain` tells: codes of the catalogue and messages of the kernel log. */
import {
  CODES,
  type Code,
  entryOf,
  type Group,
  groupOf,
  isCode,
  overlayText,
  type RecognisedMessage,
  type RepairCommand,
  recogniseMessage,
  type Safety,
  type Severity,
} from "../catalogue/index.js";
import { type Paint, severityText } from "./paint.js";
import { number, plural, safeText, wrap } from "./text.js";

export const EXPLAIN_SCHEMA = "ovl-index/explain/1";

export interface ExplainedCode {
  readonly kind: "code";
  readonly code: Code;
  readonly group: Group;
  readonly severity: Severity;
  readonly title: string;
  readonly explanation: string;
  readonly cause: string;
  readonly kernel: { readonly effect: string; readonly source: readonly string[]; readonly detail: string };
  readonly repair: {
    readonly action: string;
    readonly safety: Safety;
    readonly loses: string | null;
    readonly command: string | null;
  };
}

export interface ExplainedMessage {
  readonly kind: "message";
  readonly text: string;
  /** How often it came. */
  readonly count: number;
  readonly means: string;
  readonly does: string;
  readonly action: string;
  readonly codes: readonly Code[];
  readonly details: Readonly<Record<string, string>>;
}

export interface Explanation {
  readonly schema: typeof EXPLAIN_SCHEMA;
  readonly tool: { readonly version: string };
  readonly explained: readonly (ExplainedCode | ExplainedMessage)[];
  /** Lines that are overlayfs' and about something else. */
  readonly unknown: readonly string[];
  /** Lines that are not overlayfs'. */
  readonly passedOver: number;
}

/** All that the catalogue knows of a code. `commands`: those that this version has. */
export function explainCode(code: Code, commands: ReadonlySet<string>): ExplainedCode {
  const { severity, title, explanation, cause, kernel, repair } = entryOf(code);
  const { action, safety, loses } = repair;
  const command = availableCommand(repair.command, commands);
  return {
    kind: "code",
    code,
    group: groupOf(code),
    severity,
    title,
    explanation,
    cause,
    kernel,
    repair: { action, safety, loses, command },
  };
}

function availableCommand(command: RepairCommand | null, commands: ReadonlySet<string>): string | null {
  return command !== null && commands.has(command) ? `ovl-index ${command}` : null;
}

function explainMessage({ text, message, details }: RecognisedMessage): ExplainedMessage {
  const { means, does, action, codes } = message;
  return { kind: "message", text, count: 1, means, does, action, codes, details };
}

export interface ExplainOptions {
  readonly version: string;
  /** Commands that this version has. */
  readonly commands: ReadonlySet<string>;
}

function document(
  options: ExplainOptions,
  explained: Explanation["explained"],
  unknown: readonly string[] = [],
  passedOver = 0,
): Explanation {
  return { schema: EXPLAIN_SCHEMA, tool: { version: options.version }, explained, unknown, passedOver };
}

/** Every code. */
export function explainAll(options: ExplainOptions): Explanation {
  return document(
    options,
    CODES.map((code) => explainCode(code, options.commands)),
  );
}

/** A code or one message; null where it is neither. */
export function explainTopic(topic: string, options: ExplainOptions): Explanation | null {
  const code = topic.trim().toLowerCase();
  if (isCode(code)) return document(options, [explainCode(code, options.commands)]);
  const recognised = recogniseMessage(topic);
  return recognised === null ? null : document(options, [explainMessage(recognised)]);
}

/** A log: each message once, with how often it came, in the order of its first line. */
export function explainLog(log: string, options: ExplainOptions): Explanation {
  const messages = new Map<string, ExplainedMessage>();
  const unknown: string[] = [];
  let passedOver = 0;
  for (const line of log.split("\n")) {
    if (line.trim() === "") continue;
    // The second line of a message that has two comes without a prefix of its own in some logs.
    const own = overlayText(line);
    const recognised = own === null ? null : recogniseMessage(own);
    if (recognised !== null) {
      const known = messages.get(recognised.text);
      messages.set(recognised.text, { ...explainMessage(recognised), count: (known?.count ?? 0) + 1 });
    } else if (own !== null) unknown.push(own);
    else passedOver += 1;
  }
  return document(options, [...messages.values()], unknown, passedOver);
}

/** Codes with nearly this spelling, nearest first: those that share the most parts. */
export function similarCodes(topic: string): Code[] {
  const parts = new Set(
    topic
      .toLowerCase()
      .split(/[^a-z]+/)
      .filter((part) => part.length > 2),
  );
  const score = (code: Code): number => code.split("-").filter((part) => parts.has(part)).length;
  return CODES.filter((code) => score(code) > 0)
    .sort((a, b) => score(b) - score(a))
    .slice(0, 3);
}

function paragraph(label: string, text: string, width: number): string[] {
  return wrap(`  ${label.padEnd(9)} ${text}`, width, 12);
}

function codeLines(item: ExplainedCode, paint: Paint, width: number): string[] {
  const { kernel, repair } = item;
  const source = kernel.source.length === 0 ? "" : ` (${kernel.source.join(", ")})`;
  const loses = repair.loses === null ? "" : ` What is given up: ${repair.loses}.`;
  return [
    `${paint.strong(item.code)} (${item.severity}): ${item.title}`,
    ...paragraph("meaning", item.explanation, width),
    ...paragraph("cause", item.cause, width),
    ...paragraph("kernel", `${kernel.effect}: ${kernel.detail}${source}`, width),
    ...paragraph("to do", `${repair.action}${loses} Unattended: ${unattended(repair.safety)}.`, width),
    ...(repair.command === null ? [] : paragraph("command", repair.command, width)),
  ];
}

/** May it be repaired unattended? */
export function unattended(safety: Safety): string {
  switch (safety) {
    case "auto":
      return "safe";
    case "confirm":
      return "only after a look at the plan";
    case "never":
      return "no, a person has to decide";
  }
}

function messageLines(item: ExplainedMessage, paint: Paint, width: number): string[] {
  const times = item.count === 1 ? "" : ` (${number(item.count)} times)`;
  const codes = item.codes.length === 0 ? [] : paragraph("see", item.codes.join(", "), width);
  return [
    ...wrap(`${safeText(item.text)}${times}`, width, 2).map((line) => paint.strong(line)),
    ...paragraph("meaning", item.means, width),
    ...paragraph("kernel", item.does, width),
    ...paragraph("to do", item.action, width),
    ...codes,
  ];
}

/** The explanation for a person, line by line, without line ends. */
export function explanationText(explanation: Explanation, paint: Paint, width: number): string[] {
  const lines: string[] = [];
  for (const item of explanation.explained) {
    if (lines.length > 0) lines.push("");
    lines.push(...(item.kind === "code" ? codeLines(item, paint, width) : messageLines(item, paint, width)));
  }
  const { unknown, passedOver } = explanation;
  if (unknown.length + passedOver > 0 || lines.length === 0) {
    if (lines.length > 0) lines.push("");
    const others = `${plural(unknown.length, "other overlayfs line")} and ${plural(passedOver, "line")} of others`;
    const told = `${plural(explanation.explained.length, "message")} explained; passed over ${others}.`;
    lines.push(...wrap(told, width, 2));
  }
  return lines;
}

/** Codes, severities and titles in columns: for `explain --list`. */
export function codeList(paint: Paint, width: number): string[] {
  const longest = Math.max(...CODES.map((code) => code.length));
  return CODES.flatMap((code) => {
    const { severity, title } = entryOf(code);
    const columns = [
      paint.strong(code) + " ".repeat(longest - code.length),
      severityText(severity, " ".repeat(7 - severity.length), paint),
      title,
    ];
    return wrap(columns.join("  "), width, longest + 11);
  });
}
