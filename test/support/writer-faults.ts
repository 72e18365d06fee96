/** Writers for tests of what happens in the middle: one call fails, or somebody looks on before and after each. */
import type { Writer } from "../../src/lib/host/writer.js";

/** Every call but close(), which cannot fail and changes nothing. */
export type WriterMethod = Exclude<keyof Writer, "close">;

/** The calls of `writer`, each made by `around` with its number (the first is 1) and its method's name. */
function wrapped(
  writer: Writer,
  around: <T>(call: () => T, n: number, method: WriterMethod) => T | number,
): Writer {
  let calls = 0;
  const wrap =
    <A extends unknown[], T>(method: WriterMethod, real: (...args: A) => T): ((...args: A) => T | number) =>
    (...args) =>
      around(() => real(...args), ++calls, method);
  return {
    openWritable: wrap("openWritable", writer.openWritable),
    openWritableLayer: wrap("openWritableLayer", writer.openWritableLayer),
    openOwned: wrap("openOwned", writer.openOwned),
    close: writer.close,
    lock: wrap("lock", writer.lock),
    setXattr: wrap("setXattr", writer.setXattr),
    link: wrap("link", writer.link),
    unlink: wrap("unlink", writer.unlink),
    rmdir: wrap("rmdir", writer.rmdir),
    rename: wrap("rename", writer.rename),
    whiteout: wrap("whiteout", writer.whiteout),
    mkdir: wrap("mkdir", writer.mkdir),
    dress: wrap("dress", writer.dress),
    times: wrap("times", writer.times),
    setTimes: wrap("setTimes", writer.setTimes),
    append: wrap("append", writer.append),
    read: wrap("read", writer.read),
    sync: wrap("sync", writer.sync),
    syncAll: wrap("syncAll", writer.syncAll),
    space: wrap("space", writer.space),
    copyData: wrap("copyData", writer.copyData),
    settle: wrap("settle", writer.settle),
    empty: wrap("empty", writer.empty),
  };
}

/**
 * The `call`-th call (the first is 1; close() does not count) is not made and answers `errno`, which is negative.
 * All others go through: whoever gets the error can clean up.
 */
export function faultyWriter(
  writer: Writer,
  fault: { readonly call: number; readonly errno: number },
): Writer {
  return wrapped(writer, (call, n) => (n === fault.call ? fault.errno : call()));
}

/**
 * `hook` is called before and after each call, with its number as above. What it throws goes through to whoever
 * called: thrown before, the call is not made; thrown after, its answer is lost, as by a crash.
 */
export function hookedWriter(
  writer: Writer,
  hook: (n: number, method: WriterMethod, phase: "before" | "after") => void,
): Writer {
  return wrapped(writer, (call, n, method) => {
    hook(n, method, "before");
    const answer = call();
    hook(n, method, "after");
    return answer;
  });
}
