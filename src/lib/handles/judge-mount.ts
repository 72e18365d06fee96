/** Opens handles on a mounted overlay, and compares with what its names show. */

import type { RawObject } from "../host/native.js";
import { sampleOf } from "../host/sample.js";
import { isDir, sameType } from "../kernel/env.js";
import { HandleTable } from "../model/handle-table.js";
import { eachMountedName, type Mount } from "./mount.js";
import { type HandleRecord, typeLetter } from "./record.js";
import { structureOf } from "./shown.js";
import type { Verdict } from "./verdicts.js";

/** ENOENT, ENOTDIR, ELOOP: nothing of that name any more, or a directory on the way to it is something else now. */
const GONE: ReadonlySet<number> = new Set([-2, -20, -40]);

export class MountJudge {
  readonly #mount: Mount;
  readonly #content: boolean;
  /** The handles that names give now. */
  readonly #named = new HandleTable();

  constructor(mount: Mount, content: boolean) {
    this.#mount = mount;
    this.#content = content;
    eachMountedName(mount, ({ object }) => {
      const fh = structureOf(object.handle);
      if (fh !== null) this.#named.put(fh, 0, 0, 0);
    });
  }

  judge(record: HandleRecord): Verdict {
    const object = this.#mount.open(record.wire);
    if (typeof object === "number") return this.#nowhere(record);
    if (typeLetter(object.mode) !== record.type) return "wrong-type";
    const where = isDir(object) ? "same" : this.#file(record, object);
    return where === "same" && this.#content ? this.#compare(record) : where;
  }

  #nowhere({ path, wire }: HandleRecord): Verdict {
    const fh = structureOf(wire);
    if (fh === null) return "stale-not-a-handle";
    if (this.#named.find(fh, 0) >= 0) return "stale-named";
    const now = this.#mount.examine(path);
    // Its name fails, and not because it is gone.
    return typeof now === "number" && !GONE.has(now) ? "stale-named" : "deleted";
  }

  /** An object that the kernel found by its handle gives a handle itself: that of a name, if there is one. */
  #file({ path }: HandleRecord, object: RawObject): Verdict {
    const now = this.#mount.examine(path);
    const fh = structureOf(object.handle);
    if (fh === null) return "wrong-unnamed";
    if (typeof now !== "number" && now.ino === object.ino && sameType(now, object)) {
      // Where both have the number of the lower inode, only one can be what the name shows.
      return structureOf(now.handle)?.equals(fh) === true ? "same" : "wrong-old-data";
    }
    return this.#named.find(fh, 0) >= 0 ? "same" : "wrong-unnamed";
  }

  #compare({ sample, wire }: HandleRecord): Verdict {
    if (sample === null) return "same";
    const now = sampleOf(this.#mount.fd, wire);
    if (typeof now === "number") return "wrong-unreadable";
    return now === sample ? "same" : "wrong-content";
  }
}
