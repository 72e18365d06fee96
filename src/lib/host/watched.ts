/**
 * A check may go on without something that it could not read, as the kernel does. That it could not is
 * remembered here, below everything that judges: what was not read is never called well.
 */
import type { Errno, Native, RawObject } from "./native.js";

/**
 * What says nothing about the layers, only that they cannot be read: EPERM, EINTR, EIO, ENXIO, EAGAIN, ENOMEM,
 * EACCES, ENODEV, ENFILE, EMFILE, EBADMSG, ETIMEDOUT, EUCLEAN, EREMOTEIO.
 */
const READ_FAILURES: ReadonlySet<Errno> = new Set(
  [1, 4, 5, 6, 11, 12, 13, 19, 23, 24, 74, 110, 117, 121].map((errno) => -errno),
);

/** What could not be read, and where; `errno` is negative. */
export interface ReadFailure {
  /** Descriptor of the layer. */
  readonly root: number;
  /** Null where only a handle is known. */
  readonly path: Buffer | null;
  readonly operation: "open" | "read" | "stat";
  /** Name of an overlay xattr, "*" for their list; null: it is the object itself. */
  readonly xattr: string | null;
  readonly errno: Errno;
}

/** `failures` grows with what the returned functions are answered; scans tell of their own. */
export function watchReads(native: Native): { native: Native; failures: readonly ReadFailure[] } {
  const failures: ReadFailure[] = [];
  const note = (
    root: number,
    path: Buffer | null,
    operation: ReadFailure["operation"],
    errno: Errno,
    xattr: string | null = null,
  ): void => {
    if (READ_FAILURES.has(errno)) failures.push({ root, path, operation, xattr, errno });
  };
  const noteObject = (root: number, path: Buffer | null, object: RawObject): void => {
    if (typeof object.handle === "number") note(root, path, "open", object.handle);
    if (object.xattrError !== 0) note(root, path, "read", object.xattrError, "*");
    for (const [name, value] of object.xattrs) {
      if (typeof value === "number") note(root, path, "read", value, name);
    }
  };
  const watched: Pick<Native, "examine" | "examineHandle" | "list" | "loadTable" | "content"> = {
    examine: (root, path, prefix) => {
      const object = native.examine(root, path, prefix);
      if (typeof object === "number") note(root, path, "stat", object);
      else noteObject(root, path, object);
      return object;
    },
    examineHandle: (root, type, bytes, prefix) => {
      const object = native.examineHandle(root, type, bytes, prefix);
      if (typeof object === "number") note(root, null, "open", object);
      else {
        noteObject(root, object.path.length > 0 ? object.path : null, object);
        note(root, null, "open", object.pathError);
      }
      return object;
    },
    content: (root, path) => {
      const content = native.content(root, path);
      if (typeof content === "number") note(root, path, "read", content);
      return content;
    },
    list: (root, path, resume, max) => {
      const listing = native.list(root, path, resume, max);
      if (typeof listing === "number") note(root, path, "read", listing);
      return listing;
    },
    loadTable: (root, path, resume, max, table) => {
      const listing = native.loadTable(root, path, resume, max, table);
      if (typeof listing === "number") note(root, path, "read", listing);
      return listing;
    },
  };
  return { native: Object.assign(Object.create(native) as Native, watched), failures };
}
