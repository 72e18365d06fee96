import { compiled } from "./compiled.js";
import type { Native } from "./native.js";
import type { NativeWriter } from "./native-writer.js";
import { ObjectReader, type PackedExamine } from "./packed-object.js";

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
  loaded ??= complete(compiled("ovl") as Compiled);
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
