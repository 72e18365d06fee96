/** A host of which one call fails. */
import type { Files } from "../../src/lib/host/files.js";
import { finishListing } from "../../src/lib/host/listing.js";
import type { Native, RawObject } from "../../src/lib/host/native.js";

/** What a call's own answer becomes; `undefined`: it has nothing that could fail in this way. */
type Failure = (answer: unknown) => unknown;

const EIO = -5;
const ENOENT = -2;
/** Of native/FORMAT.md. */
const PART_WORDS = 12;
const isObject = (answer: unknown): answer is RawObject => typeof answer === "object" && answer !== null;

const errno: Readonly<Record<string, Failure>> = { "": () => EIO };
const object: Readonly<Record<string, Failure>> = {
  ...errno,
  " xattrs": (answer) => (isObject(answer) ? { ...answer, xattrs: new Map(), xattrError: EIO } : undefined),
  " values": (answer) =>
    isObject(answer) && answer.xattrs.size > 0
      ? { ...answer, xattrs: new Map([...answer.xattrs.keys()].map((name) => [name, EIO])) }
      : undefined,
  " handle": (answer) => (isObject(answer) ? { ...answer, handle: EIO } : undefined),
};

/** By method: in which ways it fails. */
const FAILURES: Readonly<Record<string, Readonly<Record<string, Failure>>>> = {
  openLayer: errno,
  examine: object,
  examineHandle: object,
  openHandle: errno,
  list: errno,
  loadTable: errno,
  scan: {
    // It has to have ended: nothing is closed while a scan is under way.
    " rejected": async (answer) => {
      await answer;
      throw new Error("scan: EIO");
    },
    " part": (answer) => changed(answer, (words, at) => put(words, at + 2)),
    " probes": (answer) =>
      changed(answer, (words, at) => (words[at + 8] === 0 ? false : put(words, at + PART_WORDS))),
    " entry": (answer) =>
      changed(answer, (words, at) => (words[at + 9] === 0 ? false : put(words, entryOf(words, at) + 2))),
    " probe": (answer) =>
      changed(answer, (words, at) => {
        if (words[at + 8] === 0) return false;
        for (let entry = entryOf(words, at), left = words[at + 9] as number; left > 0; left--) {
          const lengths = words[entry + 5] as number;
          const padded = (bytes: number): number => (bytes + 3) >>> 2;
          const probe = entry + 18 + padded(lengths & 0xffff) + padded(lengths >>> 16);
          // With an errno a probe is one word, and that is all there is room for where the name is not there.
          if (words[probe] === ENOENT) return put(words, probe);
          entry += (words[entry] as number) >>> 2;
        }
        return false;
      }),
  },
  fsUuid: errno,
  statfs: errno,
  read: errno,
  readlink: errno,
  stat: errno,
  lstat: errno,
  locate: errno,
  probeXattr: errno,
};

function put(words: Int32Array, at: number): boolean {
  words[at] = EIO;
  return true;
}
const entryOf = (words: Int32Array, at: number): number => at + PART_WORDS + (words[at + 8] as number);

/** The answer with the first part changed that can be. */
async function changed(
  answer: unknown,
  change: (words: Int32Array, at: number) => boolean,
): Promise<Buffer | undefined> {
  const source = (await answer) as Buffer;
  const copy = new Uint8Array(source.length);
  copy.set(source);
  const words = new Int32Array(copy.buffer);
  for (let at = 0; at < words.length; ) {
    const size = (words[at] as number) >>> 2;
    // The buffer may be longer than the answer.
    if (size === 0) break;
    if (change(words, at)) return Buffer.from(copy.buffer);
    at += size;
  }
  return undefined;
}

export interface Faulty {
  readonly native: Native;
  readonly files: Files;
  /** Every way in which a call could have failed, in the order of the calls. */
  readonly calls: string[];
  /** Whether the call that was to fail was made. */
  readonly failed: () => boolean;
}

/** `fail`: one of the `calls` of an earlier run; null lets everything through. */
export function faultyHost(native: Native, files: Files, fail: string | null): Faulty {
  const calls: string[] = [];
  const counts = new Map<string, number>();
  const layers = new Map<number, string>();
  let failed = false;
  const wrap = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (_, property) => {
        const method = String(property);
        const real = Reflect.get(target, property) as (...args: unknown[]) => unknown;
        const failures = (target as unknown) === files && method === "list" ? errno : FAILURES[method];
        if (failures === undefined) return real;
        return (...args: unknown[]) => {
          const [root, ...rest] = args;
          const where = typeof root === "number" ? [layers.get(root) ?? "", ...rest] : args;
          const shown = where
            .map((arg) =>
              Buffer.isBuffer(arg) ? arg.toString("latin1") : typeof arg === "string" ? arg : "",
            )
            .join(" ");
          const base = `${(target as unknown) === files ? "files" : "native"}.${method} ${shown.trim()}`;
          const nth = (counts.get(base) ?? 0) + 1;
          counts.set(base, nth);
          if (`${base} #${nth}` === fail) {
            failed = true;
            // What goes on with a listing that failed gives it back.
            if (typeof args[2] === "number" && (method === "list" || method === "loadTable")) {
              finishListing(native, args[2]);
            }
            return EIO;
          }
          const answer = real(...args);
          if (method === "openLayer" && typeof answer === "object" && answer !== null && "fd" in answer) {
            layers.set(answer.fd as number, (args[0] as Buffer).toString("latin1").replace(/^.*\//, ""));
          }
          for (const [way, failure] of Object.entries(failures)) {
            const call = `${base} #${nth}${way}`;
            calls.push(call);
            if (call !== fail) continue;
            const result = failure(answer);
            if (result === undefined) continue;
            failed = true;
            if (!(result instanceof Promise)) return result;
            return result.then((bytes: unknown) => {
              if (bytes === undefined) failed = false;
              return bytes ?? answer;
            });
          }
          return answer;
        };
      },
    });
  return { native: wrap(native), files: wrap(files), calls, failed: () => failed };
}
