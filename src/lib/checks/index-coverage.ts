/**
 * Everything that was copied up is in the index, so that the lower object's handle leads to the upper one. What is
 * not is only noted when its name is met: how many names of its lower object show is known at the end.
 */
import { finding } from "../catalogue/index.js";
import { encodeNlink } from "../format/nlink.js";
import { isDir } from "../kernel/env.js";
import { byHandle } from "../model/groups.js";
import type { Claimant } from "../model/place-claims.js";
import type { Survey, Unindexed } from "../model/survey.js";
import { type NameCheck, type TableCheck, typeName } from "./context.js";

export const indexCoverage: NameCheck = (seen, { survey }) => {
  if (seen.layer.role !== "upper" || seen.kind === "whiteout" || survey.index === null) return;
  const { path, home } = seen;
  if (seen.lookups === null) {
    const fh = seen.xattrs.get("origin");
    if (!Buffer.isBuffer(fh)) return;
    const { mode, nlink } = home ?? { mode: 0, nlink: 1 };
    const isPlain = seen.kind === "file" && !seen.xattrs.has("nlink") && seen.ctimeNs !== 0n;
    const file = isPlain ? { ino: seen.ino, ctimeNs: seen.ctimeNs } : null;
    survey.unindexed.push({ path, mode, fh, lowerNlink: nlink, atHome: true, file });
    return;
  }
  const found = seen.lookups.required;
  if (found.kind !== "found" || found.upper === null || found.lowerFh === null || found.indexed) return;
  const [lower] = found.lower;
  // Another object is in its place, or it was never copied up: that is told elsewhere.
  if (lower === undefined) return;
  if (found.events.some((e) => e.kind === "index-other-inode" || e.kind === "origin-set")) return;
  const { mode, xattrs } = found.upper.object;
  // A hard link that copying up has broken: of the lower object only the data are still used.
  if (!isDir(found.upper.object) && !xattrs.has("origin")) return;
  const { nlink: lowerNlink } = lower.object;
  if (!survey.views.required.options.nfsExport && (isDir(found.upper.object) || lowerNlink === 1)) return;
  const fh = found.lowerFh;
  survey.unindexed.push({ path, mode, fh, lowerNlink, atHome: home?.fh?.equals(fh) === true, file: null });
};

export const unindexedObjects: TableCheck = ({ survey, report, era }, { groups }) => {
  const others = byHandle(groups);
  const homes = new Map<string, number>();
  for (const one of survey.unindexed) {
    if (!one.atHome || one.lowerNlink === 1) continue;
    const key = one.fh.toString("latin1");
    homes.set(key, (homes.get(key) ?? 0) + 1);
  }
  // All the objects of an overlay may be among them: what many have in common is one object.
  const evidences = new Map<string, { readonly type: string; readonly era: boolean }>();
  for (const one of survey.unindexed) {
    const { path, mode, fh } = one;
    const key = fh.toString("latin1");
    const type = typeName(mode);
    const evidence = evidences.get(type) ?? { type, era };
    evidences.set(type, evidence);
    const rival = rivalOf(one, others.get(key) ?? []);
    const nlink = isDir(one)
      ? null
      : one.lowerNlink === 1
        ? ONLY_UPPER
        : nlinkOf(one, homes.get(key) ?? 0, survey);
    const bytes = {
      fh,
      ...(nlink === null ? {} : { nlink }),
      ...(rival === null ? {} : { other: rival }),
      ...(one.file === null ? {} : { file: one.file }),
    };
    const severity = era ? "error" : "warning";
    report(finding("copied-up-not-indexed", { layer: "upper", path, evidence, severity, bytes }));
  }
};

/** A name that leads to the same lower object and to another upper one, or to none though it is the only lower name. */
function rivalOf(one: Unindexed, claimants: readonly Claimant[]): Buffer | null {
  const own = claimants.find(({ path }) => path.equals(one.path))?.upper;
  const isRival = ({ upper, path }: Claimant): boolean =>
    upper === null ? isDir(one) || one.lowerNlink === 1 : upper !== own && !path.equals(one.path);
  return claimants.find(isRival)?.path ?? null;
}

const ONLY_UPPER = encodeNlink("U", -1);

/** Every upper name counts once, as the entry does: what is to be added are names that still show the lower object. */
function nlinkOf({ lowerNlink, fh }: Unindexed, covered: number, survey: Survey): Buffer {
  return encodeNlink("U", Math.max(lowerNlink - covered - survey.hiddenLinks(fh), 0) - 1);
}
