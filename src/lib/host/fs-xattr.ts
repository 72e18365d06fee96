/**
 * fs-xattr, as far as the program needs it. Its own module loads the compiled half from where npm puts it, and only
 * from there; here it is found where the package has brought it along, too, and loaded with its first use.
 */
import type * as FsXattr from "fs-xattr";
import { compiled } from "./compiled.js";

/** What fs-xattr's C exports; its module checks the types of arguments and calls this. */
interface CompiledXattr {
  readonly getSync: typeof FsXattr.getAttributeSync;
}

let loaded: CompiledXattr | undefined;

/** One xattr's value; symlinks are followed. Throws what fs-xattr throws: an error with `errno`, positive. */
export const getAttributeSync: typeof FsXattr.getAttributeSync = (path, attr) => {
  loaded ??= compiled("xattr") as CompiledXattr;
  return loaded.getSync(path, attr);
};
