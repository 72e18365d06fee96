/**
 * What "ready" promises: each handle that a client can hold leads to the right object. Every lower object that ever
 * showed is followed by the rules (which decode-random.test.ts holds to the kernel), on overlays of random lives and
 * damages, and the right object is found the other way round: by the names of the overlay.
 */
import { describe, expect, it } from "vitest";
import { decodeHandle } from "../../src/lib/format/fileHandle.js";
import { check } from "../../src/lib/index.js";
import { decodeHandleStructure } from "../../src/lib/kernel/decode.js";
import { encodeForClient } from "../../src/lib/kernel/encode.js";
import type { DirStack, Env, Found } from "../../src/lib/kernel/env.js";
import { type FoundObject, lookup, stackOf } from "../../src/lib/kernel/lookup.js";
import { join } from "../../src/lib/kernel/path.js";
import type { CheckResult } from "../../src/lib/report/result.js";
import { withRules } from "../fixtures/support/rules.js";
import { Stage } from "../support/mounts.js";
import { needsRoot } from "../support/root.js";
import { seeds } from "../support/seeds.js";
import { names, printable, under } from "../support/tree.js";
import { damageOtherwise } from "./random/damage.js";
import { build } from "./random/live.js";
import { layout, scenario } from "./random/scenario.js";
import { specOf } from "./random/seed.js";

/** Every name of an overlay, as the rules find it. */
function walk(
  env: Env,
  visit: (path: Buffer, found: FoundObject, way: readonly FoundObject[]) => void,
): void {
  const enter = (path: Buffer, stack: DirStack, way: readonly FoundObject[]): void => {
    const places = [...(stack.upper === null ? [] : [stack.upper]), ...stack.lower];
    const all = new Map(
      places.flatMap(({ layer, path: at }) => {
        const dir = at.length === 0 ? layer.path : under(layer.path, at);
        return names(dir).map((name) => [name.toString("latin1"), name] as const);
      }),
    );
    for (const name of all.values()) {
      const found = lookup(env, stack, name);
      if (found.kind !== "found") continue;
      const below = [...way, found];
      visit(join(path, name), found, below);
      if (found.isDir) enter(join(path, name), stackOf(found), below);
    }
  };
  enter(Buffer.alloc(0), env.root, []);
}

const shown = (real: Found): string => `${real.layer.index === 0 ? "upper" : "lower"} ${real.object.ino}`;

/** What is read under a name; a lower name may show what was copied up under another one. */
function nonDirectory(env: Env, found: FoundObject): string {
  const hit = found.upper === null && found.lowerFh !== null ? env.index?.find(found.lowerFh) : undefined;
  if (hit?.state === "entry") return `upper ${hit.ino}`;
  const real = found.upper ?? found.lower[0];
  return real === undefined ? "nowhere" : shown(real);
}

/** Lower objects that once showed, and whose handle leads elsewhere than their names do. */
function wrongHandles(env: Env, except: ReadonlySet<string>): string[] {
  const now = new Map<string, string>();
  const named = new Set<string>();
  /** A directory's handle that is not given out before something is copied up: nobody holds it as it is. */
  const notYet = new Set<string>();
  walk(env, (path, found, way) => {
    const right = found.isDir ? `directory ${printable(path)}` : nonDirectory(env, found);
    named.add(right);
    if (found.lowerFh === null) return;
    const key = found.lowerFh.toString("hex");
    now.set(key, right);
    const given = encodeForClient(env, way);
    if (given.kind === "handle" && (given.points === "upper" || given.copiesUp !== null)) notYet.add(key);
  });
  const wrong: string[] = [];
  const once: Env = { ...env, index: null, root: { upper: null, lower: env.root.lower } };
  walk(once, (path, { lowerFh }) => {
    const verdict = lowerFh === null ? null : decodeHandle(lowerFh);
    if (lowerFh === null || verdict?.kind !== "valid") return;
    const key = lowerFh.toString("hex");
    if (except.has(key)) return;
    const decoded = decodeHandleStructure(env, lowerFh, verdict.handle);
    const leads =
      decoded.kind === "stale"
        ? "nowhere"
        : decoded.directory !== null
          ? `directory ${printable(decoded.directory.path)}`
          : shown(decoded.real);
    const right = now.get(key) ?? "nowhere";
    // What the index says stands for the object, and has a name, is the object.
    const byIndex = decoded.kind === "found" && decoded.via === "index" && named.has(leads);
    if (leads === right || byIndex || (leads === "nowhere" && notYet.has(key))) return;
    wrong.push(`${printable(path)} leads to ${leads}, not to ${right}`);
  });
  return wrong;
}

async function readyButWrong(seed: number): Promise<string[]> {
  const what = scenario("ext4", seed);
  // Nobody can hold a handle of an overlay that was never exported.
  if (!what.lives.some(({ mode }) => mode === "nfs_export")) return [];
  const stage = Stage.create("ext4", what.apart ? 2 : 1);
  try {
    stage.mountDisks();
    const where = layout(stage, what);
    build(stage, what, where);
    damageOtherwise(stage, what, where);
    const spec = specOf(what, where, "nfs-export");
    const result: CheckResult = await check(spec, { require: "nfs-export" });
    if (!result.ready) return [];
    // The kernel itself miscounts the names of a hard link that another layer hides; that is a warning of its own.
    const miscounted = new Set(
      result.findings
        .filter(
          ({ code, layer, severity }) =>
            code === "nlink-wrong" && layer === "index" && severity === "warning",
        )
        .map(({ path }) => path?.toString("latin1") ?? ""),
    );
    return withRules(spec, "nfs-export", (env) => wrongHandles(env, miscounted));
  } finally {
    stage.dispose();
  }
}

describe("ready", () => {
  needsRoot("means that no handle leads to a wrong object", () => {
    it.each(seeds(60))("seed %i", async (seed) => {
      expect(await readyButWrong(seed)).toEqual([]);
    });
  });
});
