/** Running commands under the C timer, and medians of paired runs. */
import { spawnSync } from "node:child_process";

export interface Row {
  readonly name: string;
  readonly command: readonly string[];
  /** Exit status that is no failure; others are shown in the table. */
  readonly expect?: readonly number[];
  /** What makes ready for a run, and what takes its traces away; neither is timed. */
  readonly before?: () => void;
  readonly after?: () => void;
}

/** Times in milliseconds. */
export interface Sample {
  readonly wall: number;
  readonly user: number;
  readonly sys: number;
  readonly peakKiB: number;
  readonly status: number;
}

function isSample(value: unknown): value is Sample {
  if (typeof value !== "object" || value === null) return false;
  const record = value as Record<string, unknown>;
  return ["wall", "user", "sys", "peakKiB", "status"].every((key) => typeof record[key] === "number");
}

/** One run: output to nowhere, the report on descriptor 3. */
export function time(timer: string, row: Row): Sample {
  const done = spawnSync(timer, row.command, {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    encoding: "utf8",
  });
  const sample: unknown = JSON.parse(done.output[3] || "null");
  if (!isSample(sample)) throw new Error(`${row.name}: no report from the timer: ${done.stderr}`);
  return sample;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * Every row once a round, each round begun by another row, so that drift of the
 * machine falls on all alike. A first round that warms the caches is not kept.
 */
export function rounds(timer: string, rows: readonly Row[], count: number): Sample[][] {
  const samples: Sample[][] = rows.map(() => []);
  for (let round = -1; round < count; round++) {
    for (let place = 0; place < rows.length; place++) {
      const which = (place + round + 1) % rows.length;
      const row = rows[which];
      if (row === undefined) continue;
      row.before?.();
      const sample = time(timer, row);
      row.after?.();
      if (round >= 0) samples[which]?.push(sample);
    }
  }
  return samples;
}

const busy = (sample: Sample | undefined): number => (sample ? sample.user + sample.sys : Number.NaN);

/** Ratios are taken within a round against the first row, then the median: what both suffered cancels out. */
export function table(title: string, rows: readonly Row[], samples: readonly Sample[][]): string {
  const base = samples[0] ?? [];
  const lines = [
    title,
    `${"".padEnd(26)}  ratio  (quartiles)  cpu ratio   wall ms  user ms   sys ms  peak MiB`,
  ];
  rows.forEach((row, which) => {
    const own = samples[which] ?? [];
    const ratios = own.map((sample, round) => sample.wall / (base[round]?.wall ?? Number.NaN));
    const cpu = own.map((sample, round) => busy(sample) / busy(base[round]));
    const middle = (key: keyof Sample): number => median(own.map((sample) => sample[key]));
    const expected = row.expect ?? [0];
    const odd = own.find((sample) => !expected.includes(sample.status));
    lines.push(
      row.name.padEnd(26) +
        median(ratios).toFixed(2).padStart(7) +
        `  (${quantile(ratios, 0.25).toFixed(2)}-${quantile(ratios, 0.75).toFixed(2)})` +
        median(cpu).toFixed(2).padStart(11) +
        middle("wall").toFixed(0).padStart(10) +
        middle("user").toFixed(0).padStart(9) +
        middle("sys").toFixed(0).padStart(9) +
        (middle("peakKiB") / 1024).toFixed(1).padStart(10) +
        (odd === undefined ? "" : `  exit ${odd.status}!`),
    );
  });
  return lines.join("\n");
}
