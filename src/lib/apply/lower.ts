/** Lower layers: written where the session was told to, and nowhere else, whatever a journal says. */
import type { LayerName } from "../catalogue/index.js";
import { errnoName } from "../host/errno.js";
import type { Errno } from "../host/native.js";
import { JOURNAL } from "../plan/place.js";
import { showPath } from "../report/text.js";
import { arrival, type Change, sources } from "./change.js";
import type { Ground } from "./ground.js";
import type { Journal } from "./journal.js";
import { findMount } from "./mounted.js";
import { Stop, troubleOf } from "./trouble.js";
import { Trouble } from "./types.js";

const ESTALE = -116;

const EROFS = -30;

/** Not one that a mount uses; one that is read-only stays closed: nothing is planned in it. @throws Stop */
export function openLower(ground: Ground, names: readonly LayerName[]): void {
  const { host, target } = ground;
  if (names.length === 0) return;
  const mounted = findMount(host, target, names);
  if (mounted !== null) throw new Stop(mounted);
  for (const layer of target.lower) {
    if (!names.includes(layer.name)) continue;
    const fd = host.writer.openWritableLayer(layer.path, layer, ground.upper);
    if (fd === EROFS) continue;
    if (fd < 0) throw new Stop(notOpened(fd, layer.name, layer.path));
    ground.add(layer.name, { fd, dev: layer.dev });
  }
}

/** The layers that a journal's changes are about. */
export function layersOf({ batches }: Pick<Journal, "batches">): Set<LayerName> {
  const used = new Set(batches.flatMap(({ changes }) => changes.flatMap(layersOfChange)));
  for (const { touched } of batches) for (const { at } of touched) used.add(at.layer);
  used.delete(JOURNAL);
  return used;
}

function layersOfChange(change: Change): LayerName[] {
  return [...sources(change), arrival(change)].flatMap((place) => (place === null ? [] : [place.layer]));
}

/** All of them are open to be written: it is not the journal that decides what is. @throws Stop */
export function requireLayersOf(ground: Ground, journal: Journal): void {
  const closed = [...layersOf(journal)].filter((name) => !ground.has(name)).sort();
  if (closed.length === 0) return;
  const why = `${closed.join(", ")}: that run changed it; repair and undo take that back with --write-lower`;
  throw new Stop(new Trouble("unsupported", why));
}

/** Why a layer was not opened. `errno` is negative; `what`: which layer, in words, `use`: what it was wanted for. */
export function notOpened(errno: Errno, what: string, path: Buffer, use = "writing"): Trouble {
  if (errno === ESTALE) {
    return new Trouble("changed", `${what}: another directory is at its path now; check again`);
  }
  if (errnoName(errno) === "EXDEV") {
    return new Trouble(
      "unsupported",
      "upper and work are not on one mount: the kernel would not take them either",
    );
  }
  return troubleOf(errno, `open ${what} (${showPath(path)}) for ${use}`);
}
