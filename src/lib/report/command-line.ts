/** An overlay as arguments: what a person copies from a report and runs. */
import { escapePath, formatLowerdir } from "../mount/lowerdir.js";
import type { Require } from "../mount/spec.js";
import type { OverlayReport } from "./result.js";
import { shellBytes } from "./text.js";

/** Options without a value. */
const FLAGS: ReadonlySet<string> = new Set(["userxattr", "volatile", "ro"]);

/** The option string of an overlay, its layers by absolute paths. */
export function optionString(overlay: OverlayReport, options: Readonly<Record<string, string>>): Buffer {
  const paths = (role: string): Buffer[] =>
    overlay.layers.filter((layer) => layer.role === role).map((layer) => layer.path);
  const [upper] = paths("upper");
  const [work] = paths("work");
  const named = (name: string, value: Buffer): Buffer => Buffer.concat([Buffer.from(`${name}=`), value]);
  const words = [
    named("lowerdir", formatLowerdir({ lower: paths("lower"), data: paths("data") })),
    ...(upper === undefined ? [] : [named("upperdir", escapePath(upper))]),
    ...(work === undefined ? [] : [named("workdir", escapePath(work))]),
    ...Object.entries(options).flatMap(([name, value]) => {
      const word = FLAGS.has(name) ? (value === "on" ? name : null) : `${name}=${value}`;
      return word === null ? [] : [Buffer.from(word)];
    }),
  ];
  return Buffer.concat(words.flatMap((word, i) => (i === 0 ? [word] : [Buffer.from(","), word])));
}

/** `-o` with what mounts it ready for `require`, quoted for a shell. */
export function mountArguments(overlay: OverlayReport, require: Require): string {
  const asked: Record<string, string> = { ...overlay.requested };
  // Without an upper layer there is nothing to index.
  const hasUpper = overlay.layers.some(({ role }) => role === "upper");
  if (require === "index" || (require === "nfs-export" && hasUpper)) asked["index"] = "on";
  if (require === "nfs-export") asked["nfs_export"] = "on";
  return `-o ${shellBytes(optionString(overlay, asked))}`;
}

/**
 * Arguments that name the same overlay to a command of ours, from whichever directory it is run, and
 * what it shall be ready for.
 */
export function overlayArguments(overlay: OverlayReport, require: Require | null): string {
  const ready = require === null || require === "nfs-export" ? "" : ` --require ${require}`;
  return `-o ${shellBytes(optionString(overlay, overlay.requested))}${ready}`;
}
