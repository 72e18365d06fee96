/** What a whiteout looked like that is taken away without being moved aside: all that there is to it. */
import { isPortable } from "../format/xattrNames.js";
import type { Likeness } from "../host/writer.js";
import { isWhiteoutDevice } from "../kernel/env.js";
import { asciiJson, hexFromJson, text, whole } from "./line.js";

/** Does it look as it did? Xattrs are told in no order. */
export function isLike(now: Likeness, like: Likeness): boolean {
  const values = new Map(now.xattrs);
  return (
    now.mode === like.mode &&
    now.uid === like.uid &&
    now.gid === like.gid &&
    now.atimeNs === like.atimeNs &&
    now.mtimeNs === like.mtimeNs &&
    values.size === like.xattrs.length &&
    like.xattrs.every(([name, value]) => values.get(name)?.equals(value) === true)
  );
}

export function likeToJson({ mode, uid, gid, atimeNs, mtimeNs, xattrs }: Likeness): string {
  const all = xattrs.map(([name, bytes]) => `[${asciiJson(name)},"${bytes.toString("hex")}"]`);
  return `[${mode},${uid},${gid},"${atimeNs}","${mtimeNs}",[${all.join(",")}]]`;
}

/** @throws Error where it is no whiteout's. */
export function likeFrom(json: unknown): Likeness {
  if (!Array.isArray(json)) throw new Error("no attributes");
  const [mode, uid, gid, atime, mtime, xattrs] = json as unknown[];
  if (!isWhiteoutDevice({ mode: whole(mode), rdev: 0 }) || !Array.isArray(xattrs))
    throw new Error("no attributes of a whiteout");
  return {
    mode: whole(mode),
    uid: whole(uid),
    gid: whole(gid),
    atimeNs: BigInt(text(atime)),
    mtimeNs: BigInt(text(mtime)),
    xattrs: (xattrs as unknown[]).map((pair) => {
      if (!Array.isArray(pair)) throw new Error("no xattr");
      const name = text(pair[0]);
      if (!isPortable(name)) throw new Error("no xattr that another inode may have");
      return [name, hexFromJson(pair[1])] as const;
    }),
  };
}
