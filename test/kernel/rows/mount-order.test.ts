/** docs/kernel.md, "Mount with index=on": the steps of the mount. */
import { strict as assert } from "node:assert";
import { needsRoot } from "../../support/root.js";
import { damaged, indexed, kept, refused } from "./indexed.js";
import { row } from "./row.js";

needsRoot("mount with index=on: in this order, each failure refuses the mount", () => {
  row("anything in work/incompat: EINVAL", {
    build: damaged((o) => o.dir("work/work/incompat/feature")),
    ...refused("EINVAL"),
  });
  row("an empty work/incompat is fine", { build: damaged((o) => o.dir("work/work/incompat")), ...kept });
  row("work/incompat comes before the root's origin", {
    build: damaged((o) => {
      o.set("upper", "origin", o.handle("lower/d"));
      o.dir("work/work/incompat/feature");
    }),
    ...refused("EINVAL"),
  });

  row("upper root's origin equals the handle of the top lower layer's root", { build: indexed, ...kept });
  row("upper root's origin is absent: set", {
    build: damaged((o) => o.unset("upper", "origin")),
    ...kept,
    proof: (o) => assert.deepEqual(o.get("upper", "origin"), o.handle("lower")),
  });
  row("upper root's origin does not match: ESTALE", {
    build: damaged((o) => o.set("upper", "origin", o.handle("lower/d"))),
    ...refused("ESTALE"),
  });
  row("upper root's origin has another filesystem's UUID: ESTALE", {
    build: damaged((o) => o.patch("upper", "origin", 9, 0x5a)),
    ...refused("ESTALE"),
  });
  for (const [what, value] of [
    ["empty", ""],
    ["damaged", "no handle at all, of some length"],
  ] as const) {
    row(`upper root's origin is ${what}: overwritten`, {
      build: damaged((o) => o.set("upper", "origin", value)),
      ...kept,
      proof: (o) => assert.deepEqual(o.get("upper", "origin"), o.handle("lower")),
    });
  }
  row("upper root's origin is of a newer version: overwritten", {
    build: damaged((o) => o.patch("upper", "origin", 0, 1)),
    ...kept,
    proof: (o) => assert.deepEqual(o.get("upper", "origin"), o.handle("lower")),
  });

  row("index is a file: ENOTDIR", {
    build: damaged((o) => {
      o.remove("work/index");
      o.file("work/index");
    }),
    ...refused("ENOTDIR"),
  });
  row("the index directory's upper equals the handle of the upper root", { build: indexed, ...kept });
  row("the index directory's upper is absent: set", {
    build: damaged((o) => o.unset("index", "upper")),
    ...kept,
    proof: (o) => assert.deepEqual(o.get("index", "upper"), o.handle("upper", true)),
  });
  row("the index directory's upper does not match: ESTALE", {
    build: damaged((o) => o.set("index", "upper", o.handle("upper/d", true))),
    ...refused("ESTALE"),
  });
  row("the index directory's upper lacks flag 4: ESTALE", {
    build: damaged((o) => o.set("index", "upper", o.handle("upper"))),
    ...refused("ESTALE"),
  });
  row("the index directory's upper is damaged: overwritten", {
    build: damaged((o) => o.set("index", "upper", "garbage")),
    ...kept,
    proof: (o) => assert.deepEqual(o.get("index", "upper"), o.handle("upper", true)),
  });
  row("a legacy origin on the index directory matches", {
    build: damaged((o) => o.set("index", "origin", o.handle("upper", true))),
    ...kept,
  });
  row("a legacy origin on the index directory does not match: a warning only", {
    build: damaged((o) => o.set("index", "origin", o.handle("lower/d"))),
    ...kept,
  });
});
