/**
 * Checks in Prometheus' text format, version 0.0.4, for the textfile collector of node_exporter:
 * https://prometheus.io/docs/instrumenting/exposition_formats/. Pure.
 */
import type { CheckRun } from "./check-run.js";
import { showPath } from "./text.js";

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

interface Metric {
  /** Without the "ovl_index_" that all of them begin with. */
  readonly name: string;
  readonly help: string;
  readonly samples: (run: CheckRun) => readonly Sample[];
}

const one = (value: number | boolean): readonly Sample[] => [{ value: Number(value) }];

/** A name is all that others know of a metric: its meaning, unit and labels never change. */
const METRICS: readonly Metric[] = [
  {
    name: "ready",
    help: "Whether the overlay is proven to be ready for what the label require names.",
    samples: ({ result }) => one(result.ready),
  },
  {
    name: "complete",
    help: "Whether every check ran to its end.",
    samples: ({ result }) => one(result.complete),
  },
  {
    name: "provisional",
    help: "Whether the layers were in use or changed while they were read.",
    samples: ({ result }) => one(result.provisional),
  },
  {
    name: "mountable",
    help: "Whether the kernel is predicted to mount the overlay with the options checked.",
    samples: ({ result }) => one(result.prediction.mount.ok),
  },
  {
    name: "problems",
    help: "Findings of a severity that counts; 0 where there are none.",
    samples: ({ result: { counts } }) => [
      { labels: { severity: "error" }, value: counts.error },
      { labels: { severity: "warning" }, value: counts.warning },
    ],
  },
  {
    name: "findings",
    help: "Findings by code and severity; a code that was not found is left out.",
    samples: findingSamples,
  },
  {
    name: "examined_objects",
    help: "How much was read.",
    samples: ({ result: { counts } }) => [
      { labels: { kind: "directory" }, value: counts.examined.directories },
      { labels: { kind: "index_entry" }, value: counts.examined.indexEntries },
      { labels: { kind: "upper_object" }, value: counts.examined.upperObjects },
    ],
  },
  {
    name: "check_exit_code",
    help: "Exit code of the check: bits of fsck(8), 4 problems, 8 not completed.",
    samples: ({ exitCode }) => one(exitCode),
  },
  {
    name: "check_timestamp_seconds",
    help: "When the check ended, in seconds since 1970.",
    samples: ({ ended }) => one(ended / 1000),
  },
  {
    name: "check_duration_seconds",
    help: "How long the check took.",
    // To the millisecond.
    samples: ({ seconds }) => one(Math.round(seconds * 1000) / 1000),
  },
  {
    name: "check_info",
    help: "The version that checked, as a label; always 1.",
    samples: ({ result }) => [{ labels: { version: result.tool.version }, value: 1 }],
  },
];

function findingSamples({ result }: CheckRun): Sample[] {
  const samples = new Map<string, { readonly labels: Labels; value: number }>();
  for (const { code, severity } of result.findings) {
    const key = `${code} ${severity}`;
    const sample = samples.get(key) ?? { labels: { code, severity }, value: 0 };
    sample.value++;
    samples.set(key, sample);
  }
  return [...samples].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sample]) => sample);
}

/** Between double quotes. */
function labelValue(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function sampleLine(metric: string, { name, result }: CheckRun, { labels, value }: Sample): string {
  const all = { overlay: showPath(name), require: result.require, ...labels };
  const told = Object.entries(all).map(([label, text]) => `${label}="${labelValue(text)}"`);
  return `${metric}{${told.join(",")}} ${value}\n`;
}

/** One document of any number of checks, of different overlays: a metric's samples stand together. */
export function* prometheusText(runs: readonly CheckRun[]): Generator<string> {
  for (const { name, help, samples } of METRICS) {
    const metric = `ovl_index_${name}`;
    const lines = runs.flatMap((run) => samples(run).map((sample) => sampleLine(metric, run, sample)));
    // A head without samples says nothing.
    if (lines.length === 0) continue;
    yield `# HELP ${metric} ${help}\n# TYPE ${metric} gauge\n`;
    yield* lines;
  }
}
