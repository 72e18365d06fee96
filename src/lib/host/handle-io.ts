/**
 * What a client of a file server does with a handle: get one for a name, and later read and write
 * through it, however the file is called by then.
 */
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { native } from "./addon.js";
import type { Errno, RawHandle } from "./native.js";

/** The handle that the filesystem mounted at `mount` gives out for `name` in its root. */
export function handleOf(mount: Buffer, name: Buffer): RawHandle | Errno {
  const opened = native.openLayer(mount);
  if (typeof opened === "number") return opened;
  const object = native.examine(opened.fd, name, "trusted.overlay.");
  native.close(opened.fd);
  return typeof object === "number" ? object : object.handle;
}

/** Run `use` with a path to what the handle leads to; the path is good for that long. */
function through<T>(mount: Buffer, handle: RawHandle, use: (path: string) => T): T | Errno {
  const root = openSync(mount, "r");
  try {
    const fd = native.openHandle(root, handle.type, handle.bytes);
    if (fd < 0) return fd;
    try {
      return use(`/proc/self/fd/${fd}`);
    } finally {
      native.close(fd);
    }
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).errno;
    if (typeof errno === "number") return errno;
    throw error;
  } finally {
    closeSync(root);
  }
}

/** Content of the file that a handle leads to. -ESTALE (-116) where it leads nowhere. */
export function readByHandle(mount: Buffer, handle: RawHandle): Buffer | Errno {
  return through(mount, handle, (path) => readFileSync(path));
}

/** Replace that content; 0, or the negative errno. */
export function writeByHandle(mount: Buffer, handle: RawHandle, content: string): Errno {
  return through(mount, handle, (path) => {
    writeFileSync(path, content);
    return 0;
  });
}
