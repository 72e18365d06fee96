/** docs/kernel.md, "Mount with index=on": options that are asked for and are not in force, or refuse the mount. */
import { expect, it } from "vitest";
import { check } from "../../../src/lib/index.js";
import type { Require } from "../../../src/lib/mount/spec.js";
import { Overlay, type Shape } from "../../fixtures/support/overlay.js";
import { mountOutcome } from "../../support/mount-forecast.js";
import { needsRoot } from "../../support/root.js";

interface Row extends Shape {
  readonly require?: Require;
  readonly build?: (o: Overlay) => void;
  readonly data?: (o: Overlay) => string;
  /** errno of mount(2), or what of index and nfs_export is in force. */
  readonly outcome: string;
  readonly codes: readonly string[];
}

const CLONE = ["-U", "4e0e4ff5-7ecb-45bd-8a1b-4a4cbd7c5b0c"];
const NULL = ["-U", "clear"];
const twoLowers = (args: readonly string[]) => (o: Overlay) => {
  o.image("stage/one", args);
  o.image("stage/two", args);
};
const LOWERS = (o: Overlay): string => o.data({ lowerdir: "stage/one:stage/two" });
const nested = (o: Overlay): void => {
  o.dir("nested/upper", "nested/work");
  o.attach("stage/nested", "overlay", o.data({ upperdir: "nested/upper", workdir: "nested/work" }));
};
const LOWER_ONLY = (o: Overlay): string => o.data({ upperdir: null, workdir: null });
const OFF = "index=false nfs_export=false";

const ROWS: Readonly<Record<string, Row>> = {
  "nothing stands against it": { outcome: "index=true nfs_export=true", codes: [] },
  "index=on alone": { require: "index", outcome: "index=true nfs_export=false", codes: [] },
  "no file handles on a lower filesystem": {
    build: nested,
    data: (o) => o.data({ lowerdir: "stage/nested" }),
    outcome: OFF,
    codes: ["fs-no-handles"],
  },
  "no file handles on the upper filesystem, and no xattrs": {
    build(o) {
      o.attach("stage/ram", "ramfs");
      o.dir("stage/ram/upper", "stage/ram/work");
    },
    data: (o) => o.data({ upperdir: "stage/ram/upper", workdir: "stage/ram/work" }),
    outcome: OFF,
    codes: ["fs-no-handles", "fs-no-xattrs"],
  },
  "null UUID on one lower": {
    build: (o) => o.image("stage/one", NULL),
    data: (o) => o.data({ lowerdir: "stage/one" }),
    outcome: "index=true nfs_export=true",
    codes: [],
  },
  "null UUID on more than one lower": {
    build: twoLowers(NULL),
    data: LOWERS,
    outcome: OFF,
    codes: ["uuid-null"],
  },
  "conflicting UUIDs": { build: twoLowers(CLONE), data: LOWERS, outcome: OFF, codes: ["uuid-conflict"] },
  "read-only upper": { build: (o) => o.remountReadonly(0), outcome: "EINVAL", codes: ["upper-readonly"] },
  "metacopy=on with nfs_export=on": {
    options: "metacopy=on",
    outcome: "EINVAL",
    codes: ["options-conflict"],
  },
  "a lower-only overlay, redirects followed": {
    lowers: 2,
    data: LOWER_ONLY,
    outcome: OFF,
    codes: ["option-fallback"],
  },
  "a lower-only overlay, redirect_dir=nofollow": {
    lowers: 2,
    options: "redirect_dir=nofollow",
    data: LOWER_ONLY,
    outcome: "index=false nfs_export=true",
    codes: [],
  },
};

const IMPLIED: Record<Require, string> = {
  "nfs-export": ",index=on,nfs_export=on",
  index: ",index=on",
  plain: "",
};

needsRoot("options asked for and options in force", () => {
  it.each(Object.entries(ROWS))("%s", async (_name, row) => {
    const o = new Overlay(row);
    try {
      row.build?.(o);
      const require = row.require ?? "nfs-export";
      const data = row.data === undefined ? o.data() : row.data(o);
      const { overlay, prediction, findings } = await check(o.spec(data), { require });
      const { index, nfs_export, redirect_dir } = overlay.effective;
      const said = prediction.mount.ok
        ? `index=${index === "on"} nfs_export=${nfs_export === "on"}`
        : prediction.mount.errno;
      const { errno, inForce } = mountOutcome(o.stage.mnt, Buffer.from(data + IMPLIED[require]));
      const did = inForce === null ? errno : `index=${inForce.index} nfs_export=${inForce.nfsExport}`;
      expect([said, did]).toEqual([row.outcome, row.outcome]);
      if (inForce !== null) expect(redirect_dir).toBe(inForce.redirect);
      const errors = new Set(findings.map(({ code }) => code));
      expect([...errors].sort()).toEqual(row.codes);
    } finally {
      o.dispose();
    }
  });

  it("index=off with nfs_export=on", () => {
    const o = new Overlay();
    try {
      expect(mountOutcome(o.stage.mnt, Buffer.from(`${o.data()},index=off,nfs_export=on`)).errno).toBe(
        "EINVAL",
      );
    } finally {
      o.dispose();
    }
  });
});
