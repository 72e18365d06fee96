import { describe, expect, it } from "vitest";
import type { Native, ScanJob } from "../../../src/lib/host/native.js";
import { Scanner } from "../../../src/lib/scan/scanner.js";

/** An answer with one empty part for each job; see native/FORMAT.md. */
function answer(jobs: readonly ScanJob[], resume = 0): Buffer {
  const parts = jobs.map((_, job) =>
    Buffer.from(Uint32Array.of(48, job, 0, resume, 0, 0, 0, 0, 0, 0, 0, 0).buffer),
  );
  return Buffer.concat(parts);
}

interface Call {
  readonly jobs: readonly ScanJob[];
  settle(result: Buffer | Error): void;
}

/** Scans that end when the test says so. */
function pending(): { native: Native; calls: Call[]; finished: number[] } {
  const calls: Call[] = [];
  const finished: number[] = [];
  const native = {
    scan: (jobs: readonly ScanJob[]) =>
      new Promise<Buffer>((resolve, reject) => {
        calls.push({
          jobs,
          settle: (result) => (Buffer.isBuffer(result) ? resolve(result) : reject(result)),
        });
      }),
    list: (_root: number, _path: Buffer, token: number) => {
      finished.push(token);
      return -9;
    },
  } as Partial<Native> as Native;
  return { native, calls, finished };
}

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

function start(handle: () => void = () => undefined) {
  const world = pending();
  const describe = (path: string) => ({ root: 3, path: Buffer.from(path), probes: [] });
  const scanner = new Scanner<string>(world.native, { prefix: "user.overlay." }, describe, handle);
  for (let i = 0; i < 200; i++) scanner.push(`${i}`);
  const state: { outcome: unknown } = { outcome: "running" };
  const done = scanner.drain().then(
    () => {
      state.outcome = "resolved";
    },
    (error: unknown) => {
      state.outcome = error;
    },
  );
  return { ...world, state, done };
}

describe("an error while directories are read", () => {
  it("is told when nothing is under way any more, the first one", async () => {
    const { calls, state, done } = start();
    const [first, second, ...others] = calls as [Call, Call, Call];
    const begun = calls.length;
    second.settle(new Error("second"));
    await turns();
    expect(state.outcome).toBe("running");
    first.settle(new Error("first"));
    await turns();
    expect(state.outcome).toBe("running");
    for (const call of others) call.settle(answer(call.jobs));
    await done;
    expect(state.outcome).toEqual(new Error("second"));
    // What waited was not begun.
    expect(calls.length).toBe(begun);
  });

  it("of the judge leaves no listing open", async () => {
    let parts = 0;
    const { calls, finished, state, done } = start(() => {
      if (++parts === 2) throw new Error("judge");
    });
    const begun = [...calls];
    for (const { jobs, settle } of begun) settle(answer(jobs, 7));
    await done;
    expect(state.outcome).toEqual(new Error("judge"));
    expect(finished.length).toBe(begun.flatMap(({ jobs }) => jobs).length);
    expect(new Set(finished)).toEqual(new Set([7]));
  });

  it("of a scan that goes on with directories leaves none of them open", async () => {
    const { calls, finished, done } = start();
    const [first, ...others] = [...calls] as [Call, ...Call[]];
    const begun = calls.length;
    first.settle(answer(first.jobs, 9));
    await turns();
    const next = calls[begun] as Call;
    expect(next.jobs.map(({ resume }) => resume)).toEqual(next.jobs.map(() => 9));
    for (const call of others) call.settle(answer(call.jobs));
    next.settle(new Error("no memory"));
    await turns();
    for (const call of calls.slice(begun + 1)) call.settle(answer(call.jobs));
    await done;
    expect(finished.filter((token) => token === 9).length).toBe(first.jobs.length);
  });
});
