/** Opens handles on a mounted overlay, and compares with what its names show. */

import { decodeHandle } from "../format/fileHandle.js";
import type { RawObject } from "../host/native.js";
import { sampleOf } from "../host/sample.js";
import { isDir, sameType } from "../kernel/env.js";
import { HandleTable } from "../model/handle-table.js";
import { eachMountedName, type Mount } from "./mount.js";
import { type HandleRecord, typeLetter } from "./record.js";
import { structureOf } from "./shown.js";
import { VERDICTS, type Verdict } from "./verdicts.js";

/** ENOENT, ENOTDIR, ELOOP: nothing of that name any more, or a directory on the way to it is something else now. */
const GONE: ReadonlySet<number> = new Set([-2, -20, -40]);

export class MountJudge {
  readonly #mount: Mount;
  readonly #content: boolean;
  /** The handles that names give now. */
  readonly #named = new HandleTable();
  /** What names show by the handle of a lower object; read when it is first asked for. */
  #indexed: ReadonlySet<string> | null = null;

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
    return VERDICTS[where].outcome === "same" && this.#content ? this.#compare(record, where) : where;
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
    if (this.#named.find(fh, 0) >= 0) return "same";
    return this.#isSecond(fh, object) ? "same-second-inode" : "wrong-unnamed";
  }

  /**
   * A file that has got an index entry is opened by the handle of its upper inode as well, and is then another inode of
   * the overlay, of which no name gives the handle. It is told by what both take from the upper inode, and by its links: its name in
   * upper, and the entry. What is only kept somewhere has the one link that it is kept by.
   */
  #isSecond(fh: Buffer, object: RawObject): boolean {
    if (!isOfUpper(fh) || object.nlink < 2) return false;
    this.#indexed ??= this.#readIndexed();
    return this.#indexed.has(featuresOf(object));
  }

  #readIndexed(): ReadonlySet<string> {
    const found = new Set<string>();
    eachMountedName(this.#mount, ({ object }) => {
      const fh = structureOf(object.handle);
      if (fh !== null && !isDir(object) && !isOfUpper(fh)) found.add(featuresOf(object));
    });
    return found;
  }

  #compare({ sample, wire }: HandleRecord, where: Verdict): Verdict {
    if (sample === null) return where;
    const now = sampleOf(this.#mount.fd, wire);
    if (typeof now === "number") return "wrong-unreadable";
    return now === sample ? where : "wrong-content";
  }
}

const featuresOf = ({ mode, rdev, size, ctimeNs }: RawObject): string => `${mode} ${rdev} ${size} ${ctimeNs}`;

/** Does the handle structure point into the upper layer? */
function isOfUpper(fh: Buffer): boolean {
  const verdict = decodeHandle(fh);
  return verdict.kind === "valid" && verdict.handle.upper;
}
