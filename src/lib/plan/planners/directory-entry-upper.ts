/** A directory's index entry that does not say which directory: the one with its origin, or none. */

import type { Finding } from "../../catalogue/index.js";
import { decodeIndexName } from "../../format/indexName.js";
import type { Facts } from "../facts.js";
import type { Place, Proposal } from "../types.js";
import { answer, keep, quoted, setXattr, upperAt } from "./changes.js";

export function pointEntry(because: Finding, facts: Facts): Proposal {
  const name = because.path ?? Buffer.alloc(0);
  const target: Place = { layer: "work", path: Buffer.concat([Buffer.from("index/"), name]) };
  const verdict = decodeIndexName(name);
  if (verdict.kind !== "valid") return { left: "Repair its name first." };
  const owners = facts.claimants(verdict.bytes).filter(({ isDir }) => isDir);
  const common = { target, because, safety: "auto", loses: null } as const;
  const [owner] = owners;
  const path = owner?.paths[0];
  if (path === undefined) {
    const evidence = "no upper directory has its origin: the next mount would remove it";
    return answer({ ...common, action: "keep-entry", evidence, steps: keep(facts, target) });
  }
  if (owners.length > 1) {
    const both = owners.map(({ paths }) => quoted(paths[0] ?? Buffer.alloc(0))).join(" and ");
    return { left: `Decide which of ${both} is the lower directory's: each has its origin.` };
  }
  const upper = facts.encode(upperAt(path));
  if (upper === null) return { left: "Its filesystem gives no handles: there is nothing to be set." };
  const evidence = `${quoted(path)} is the one upper directory that has its origin`;
  return answer({ ...common, action: "set-upper", evidence, steps: setXattr(facts, target, "upper", upper) });
}
