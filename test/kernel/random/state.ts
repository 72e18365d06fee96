/** The layers as they stand: to see that nothing changed, and to show. */
import { lstatSync } from "node:fs";
import { describe, scan, under } from "../../support/tree.js";
import type { Layout, Scenario } from "./scenario.js";

/** Everything that a check must leave alone. */
export function fingerprint(where: Layout): string {
  const roots = [...where.lower, where.upper, where.work];
  return roots
    .flatMap((root) => scan(root))
    .map(
      (node) =>
        `${describe(node)} ${node.mode} ${node.size} ${lstatSync(node.path, { bigint: true }).ctimeNs}`,
    )
    .join("\n");
}

/** Lines for a person: each object of each layer with its overlay xattrs. */
export function picture(what: Scenario, where: Layout): string[] {
  const prefix = what.userxattr ? "user.overlay." : "trusted.overlay.";
  const roots: [string, Buffer][] = [
    ...where.lower.map((path, i): [string, Buffer] => [`lower ${i + 1}`, path]),
    ["upper", where.upper],
    ["work", where.work],
    ["index", under(where.work, "index")],
  ];
  return roots.flatMap(([name, path]) => {
    const self = scan(path.subarray(0, path.lastIndexOf(0x2f)), prefix).find((node) =>
      node.path.equals(path),
    );
    return [
      `== ${name}: ${self ? describe(self) : "not there"}`,
      ...(name === "work" || !self ? [] : scan(path, prefix).map(describe)),
    ];
  });
}
