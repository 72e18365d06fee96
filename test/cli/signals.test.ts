import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

const module = resolve(import.meta.dirname, "../../dist/lib/host/signals.js");

/** What a process prints that sends itself a signal and is busy then: nothing but a native call can tell it. */
function busy(signal: string): { status: number | null; stdout: string } {
  const script = `
    import { noteSignals } from ${JSON.stringify(module)};
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) process.on(name, () => process.exit(3));
    const asked = noteSignals();
    const before = asked();
    process.kill(process.pid, ${JSON.stringify(signal)});
    console.log(before, asked());
  `;
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
  });
  return { status, stdout };
}

describe("signals while something is written", () => {
  it.each([["SIGINT"], ["SIGTERM"], ["SIGHUP"], ["SIGQUIT"]])(
    "%s is noted at once, and ends nothing",
    (signal) => {
      expect(busy(signal)).toEqual({ status: 0, stdout: "false true\n" });
    },
  );
});
