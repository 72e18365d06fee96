/** Does a check's result tell that this handle will be served wrongly? */
import type { Finding } from "../../../src/lib/catalogue/index.js";
import type { Prediction } from "../../../src/lib/report/result.js";

/** Type of the handle, and three bytes before the structure. */
const BEFORE = 4 + 3;

/** By its bytes, by its index entry, by a name of its object or by a directory that the name is in. */
export function isNamed(
  findings: readonly Finding[],
  prediction: Prediction,
  handle: Buffer,
  names: readonly Buffer[],
): boolean {
  const fh = handle.subarray(BEFORE);
  const entry = fh.toString("hex");
  if (prediction.index.tombstoned.includes(entry) || prediction.index.removed.includes(entry)) return true;
  const paths = [...prediction.hidden, ...prediction.lookup.map(({ path }) => path)];
  if (paths.some((path) => covers(path, names))) return true;
  return findings.some(({ severity, layer, path, bytes, evidence }) => {
    if (severity === "info") return false;
    if (bytes?.fh?.equals(fh) === true || ("entry" in evidence && evidence.entry === entry)) return true;
    if (path === null) return false;
    return layer === "index" ? path.toString() === entry : covers(path, names);
  });
}

const covers = (path: Buffer, names: readonly Buffer[]): boolean =>
  names.some((name) => {
    const rest = name.subarray(0, path.length + 1);
    return rest.equals(path) || rest.equals(Buffer.concat([path, Buffer.from("/")]));
  });
