/** A checked overlay as `handles` asks it, while its layers are open. */
import type { Checked } from "../check.js";
import { errnoName } from "../host/errno.js";
import type { RawObject } from "../host/native.js";
import type { Env, LayerPath } from "../kernel/env.js";
import { encodeFh } from "../kernel/origin.js";
import type { ReadHooks } from "../model/hooks.js";
import { showPath } from "../report/text.js";

export type Layers = NonNullable<Checked["layers"]>;

/** What kept the command from doing all of it. */
export class HandlesTrouble extends Error {}

/** Something in a layer that cannot be read: nothing is saved or vouched for around it. */
export const FAIL_UNREADABLE: ReadHooks = {
  onUnreadable: (layer, path, operation, errno) => {
    const name = layer.role === "upper" ? "upper" : `${layer.role}[${layer.index}]`;
    throw new HandlesTrouble(`${operation} ${name}:${showPath(path)}: ${errnoName(errno)}`);
  },
};

/** Handle structures of the layers' roots, upper first: they say which layers a file of handles was saved from. */
export function rootHandles(env: Env): Buffer[] {
  const roots = env.root.upper === null ? env.root.lower : [env.root.upper, ...env.root.lower];
  return roots.flatMap((root) => {
    const object = rootObject(env, root);
    const fh = encodeFh(env, root.layer, object, root.layer.index === 0);
    return fh === null ? [] : [fh];
  });
}

export function rootObject(env: Env, root: LayerPath): RawObject {
  const object = env.view.examine(root);
  if (typeof object === "number")
    throw new HandlesTrouble(`${showPath(root.layer.path)}: ${errnoName(object)}`);
  return object;
}
