import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Native } from "./native.js";
import type { NativeWriter } from "./native-writer.js";
import { ObjectReader, type PackedExamine } from "./packed-object.js";

/** The addon is missing: this package was never built here, or was copied from elsewhere without it. */
export class AddonMissingError extends Error {
  override readonly name = "AddonMissingError";
}

/** From src/lib/host, from dist/lib/host and from the bundle alike: the nearest native/build above. */
function locate(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let at = start; ; at = dirname(at)) {
    const file = join(at, "native", "build", "ovl.node");
    if (existsSync(file)) return file;
    if (at === dirname(at)) {
      throw new AddonMissingError(
        'the native addon is not built: run "npm rebuild" in the package (it needs a C compiler)',
      );
    }
  }
}

/** What the addon knows of signals; for signals.ts alone. */
export interface NativeSignals {
  /** SIGINT, SIGTERM, SIGHUP and SIGQUIT end nothing any more, and Node's listeners are not told of them. */
  catch(): void;
  /** One of them was sent since. */
  caught(): boolean;
}

interface Others {
  readonly writer: NativeWriter;
  readonly signals: NativeSignals;
}
/** As it comes from C. */
interface Compiled extends Omit<Native, keyof PackedExamine>, PackedExamine, Others {}
interface Addon extends Native, Others {}

let loaded: Addon | undefined;

function addon(): Addon {
  loaded ??= complete(createRequire(import.meta.url)(locate()) as Compiled);
  return loaded;
}

function complete(packed: Compiled): Addon {
  const reader = new ObjectReader();
  return {
    ...packed,
    examine: (root, path, prefix) => reader.read((into) => packed.examine(root, path, prefix, into)),
    examineHandle: (root, type, bytes, prefix) =>
      reader.read((into) => packed.examineHandle(root, type, bytes, prefix, into)),
    glance: (root, path, xattr) => reader.glance((into) => packed.glance(root, path, xattr, into)),
  };
}

/**
 * The addon. What each function does is told by {@link Native}. Loaded with its first
 * use, so that help and explanations need none, and a missing one is an error like any other.
 */
export const native: Native = new Proxy({} as Native, { get: (_, name) => Reflect.get(addon(), name) });

/** What the addon writes; loaded in the same way. For system-writer.ts alone. */
export const nativeWriter: NativeWriter = new Proxy({} as NativeWriter, {
  get: (_, name) => Reflect.get(addon().writer, name),
});

/** Loaded in the same way. */
export const nativeSignals: NativeSignals = {
  catch: () => addon().signals.catch(),
  caught: () => addon().signals.caught(),
};
