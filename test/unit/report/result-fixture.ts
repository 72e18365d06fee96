/** Results to be printed. */
import { type Finding, finding } from "../../../src/lib/catalogue/index.js";
import { CHECK_SCHEMA, type CheckResult, countFindings } from "../../../src/lib/report/index.js";

const EXAMINED = { directories: 3, upperObjects: 12, indexEntries: 9 };
const FILESYSTEM = { type: "ext4", uuid: "cd4aeaf1-7218-429f-96ed-dd6411380795", handles: true };

/** A healthy overlay, but for what is given. */
export function resultWith(findings: readonly Finding[], change: Partial<CheckResult> = {}): CheckResult {
  return {
    schema: CHECK_SCHEMA,
    tool: { version: "0.1.0" },
    overlay: {
      source: "-o",
      layers: [
        { name: "upper", role: "upper", path: Buffer.from("/ovl/upper"), filesystem: FILESYSTEM },
        { name: "lower[1]", role: "lower", path: Buffer.from("/ovl/lower"), filesystem: FILESYSTEM },
        { name: "work", role: "work", path: Buffer.from("/ovl/work"), filesystem: FILESYSTEM },
      ],
      requested: { index: "on" },
      effective: { index: "on", nfs_export: "on", redirect_dir: "follow", metacopy: "off", uuid: "auto" },
    },
    require: "nfs-export",
    ready: findings.every((found) => found.severity !== "error"),
    provisional: false,
    complete: true,
    prediction: { mount: { ok: true }, index: { removed: [], tombstoned: [] }, lookup: [], hidden: [] },
    counts: countFindings(findings, EXAMINED),
    findings,
    ...change,
  };
}

export function notIndexed(name: string | Buffer): Finding {
  return finding("copied-up-not-indexed", {
    layer: "upper",
    path: Buffer.from(name),
    evidence: { type: "file", era: true },
  });
}

export function orphanWhiteout(name: string): Finding {
  return finding("whiteout-orphan", {
    layer: "upper",
    path: Buffer.from(name),
    evidence: { kind: "device" },
  });
}
