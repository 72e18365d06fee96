/** The page of `check --report`. */
import { files } from "../../lib/host/files.js";
import { htmlReport } from "../../lib/html-report/index.js";
import { type CheckRun, lossyText, timeText } from "../../lib/report/index.js";

/** A check that has counted coverage, as one HTML file. */
export function pageOf({ result, ended }: CheckRun, commands: ReadonlySet<string>): string {
  const host = files.read(Buffer.from("/proc/sys/kernel/hostname"));
  const made = {
    when: timeText(new Date(ended).toISOString()),
    host: typeof host === "number" ? "a host without a name" : lossyText(host).trim(),
    kernel: files.kernelRelease(),
  };
  return htmlReport({ result, commands, made });
}
