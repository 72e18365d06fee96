/**
 * Prometheus' text format, read as strictly as it is described:
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format. What is not in it throws.
 */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly help: string;
  readonly type: string;
  readonly samples: Sample[];
}

const HELP = /^# HELP ([a-zA-Z_:][\w:]*) ((?:[^\\]|\\[\\n])*)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][\w:]*) (gauge|counter)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/y;

/** Metrics by name. */
export function parsePrometheus(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const lines = text.slice(0, -1).split("\n");
  let current: { name: string; family: Family; series: Set<string> } | null = null;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const help = HELP.exec(line);
    if (help !== null) {
      const [, name = "", words = ""] = help;
      const type = TYPE.exec(lines[++at] ?? "");
      if (type?.[1] !== name) throw new Error(`no type follows ${line}`);
      // All lines of a metric stand together.
      if (families.has(name)) throw new Error(`${name} is there twice`);
      const family: Family = { help: words, type: type[2] ?? "", samples: [] };
      families.set(name, family);
      current = { name, family, series: new Set() };
      continue;
    }
    const sample = /^([a-zA-Z_:][\w:]*)\{(.*)\} (\S+)$/.exec(line);
    if (sample === null || current === null || sample[1] !== current.name)
      throw new Error(`not a sample: ${line}`);
    const [, , inside = "", number = ""] = sample;
    const labels = parseLabels(inside);
    const series = JSON.stringify(Object.entries(labels).sort());
    if (current.series.has(series)) throw new Error(`there twice: ${line}`);
    current.series.add(series);
    if (!/^-?\d+(\.\d+)?$/.test(number)) throw new Error(`not a number: ${line}`);
    current.family.samples.push({ labels, value: Number(number) });
  }
  return families;
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const from = LABEL.lastIndex;
    const found = LABEL.exec(text);
    if (found === null) throw new Error(`not a label: ${text.slice(from)}`);
    const [, name = "", value = ""] = found;
    if (name in labels) throw new Error(`label ${name} is there twice`);
    labels[name] = value.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
  }
  return labels;
}
