/** Lower layers opened to be written: those that the session may write, and those that a journal has to take back. */
import type { LayerName } from "../catalogue/index.js";
import { errnoName } from "../host/errno.js";
import type { Errno } from "../host/native.js";
import { showPath } from "../report/text.js";
import type { Ground } from "./ground.js";
import type { Journal } from "./journal.js";
import { findMount } from "./rails.js";
import { Stop, troubleOf } from "./trouble.js";
import { Trouble } from "./types.js";

const ESTALE = -116;

/** Not one that a mount uses. @throws Stop */
export function openLower(ground: Ground, names: readonly LayerName[]): void {
  const { host, target } = ground;
  if (names.length === 0) return;
  const mounted = findMount(host, target, names);
  if (mounted !== null) throw new Stop(mounted);
  for (const layer of target.lower) {
    if (!names.includes(layer.name)) continue;
    const fd = host.writer.openWritableLayer(layer.path, layer);
    if (fd < 0) throw new Stop(notOpened(fd, layer.name, layer.path));
    ground.add(layer.name, { fd, dev: layer.dev });
  }
}

/** The layers that a journal's changes are about. @throws Stop */
export function openLayersOf(ground: Ground, { batches }: Journal): void {
  const used = new Set(batches.flatMap(({ changes }) => changes.map(({ at }) => at.layer)));
  openLower(
    ground,
    [...used].filter((name) => !ground.has(name)),
  );
}

export function notOpened(errno: Errno, what: string, path: Buffer): Trouble {
  if (errno === ESTALE) {
    return new Trouble("changed", `${what}: another directory is at its path now; check again`);
  }
  if (errnoName(errno) === "EXDEV") {
    return new Trouble(
      "unsupported",
      "upper and work are not on one mount: the kernel would not take them either",
    );
  }
  return troubleOf(errno, `open ${what} (${showPath(path)}) for writing`);
}
