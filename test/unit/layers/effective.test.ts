import { describe, expect, it } from "vitest";
import { params } from "../../../src/lib/layers/effective.js";
import {
  atLeast,
  kernelVersion,
  type LayerFacts,
  type StackFacts,
  type UpperFacts,
} from "../../../src/lib/layers/facts.js";
import { plainRequest, requestFor } from "../../../src/lib/layers/request.js";
import { KCONFIG_DEFAULTS, type ModuleDefaults } from "../../../src/lib/mount/defaults.js";
import type { RequestedOptions } from "../../../src/lib/mount/spec.js";

/** What cannot be shown on the machine's own kernel and filesystems; the rest is held to real mounts. */

const NULL = Buffer.alloc(16);
const uuid = (n: number): Buffer => Buffer.alloc(16, n);
let next = 1;
function layer(name: string, over: Partial<LayerFacts> = {}): LayerFacts {
  return {
    name,
    path: `/${name}`,
    object: `1:${next++}`,
    location: { device: "8:1", path: Buffer.from(`/${name}`) },
    use: null,
    useAbove: null,
    device: "8:1",
    uuid: uuid(1),
    filesystem: "ext4",
    handles: true,
    ...over,
  };
}
function facts(over: Partial<StackFacts> = {}, upper: Partial<UpperFacts> = {}): StackFacts {
  return {
    kernel: { major: 6, minor: 18 },
    upper: { ...layer("upper"), xattrError: null, ...upper },
    work: { ...layer("work"), sameMount: true, incompat: [], stuck: null },
    lower: [layer("lower[1]")],
    data: [],
    ...over,
  };
}
const run = (options: RequestedOptions, given: StackFacts, defaults: Partial<ModuleDefaults> = {}) => {
  const result = params(options, { ...KCONFIG_DEFAULTS, ...defaults }, given);
  const fallbacks = result.fallbacks.map(({ option, effective, cause }) => `${option}=${effective} ${cause}`);
  return {
    ...result,
    fallbacks,
    errnos: [...result.refusals, ...result.late].map(({ errno, cause }) => `${errno} ${cause}`),
  };
};
const EXPORT: RequestedOptions = { index: true, nfsExport: true };

describe("fallbacks", () => {
  it("upper without handles", () => {
    const result = run(EXPORT, facts({}, { handles: false, filesystem: "fuse" }));
    expect(result.effective).toMatchObject({ index: false, nfsExport: false });
    expect(result.fallbacks).toEqual(["index=off fs-no-handles", "nfs_export=off fs-no-handles"]);
  });

  it("upper without xattrs loses everything that is kept in them", () => {
    const options = { ...EXPORT, redirectDir: "on", uuid: "on" } as const;
    const result = run(options, facts({}, { xattrError: "EOPNOTSUPP" }));
    expect(result.effective).toMatchObject({
      redirectMode: "nofollow",
      redirectFollow: false,
      uuid: "null",
      noxattr: true,
    });
    expect(result.fallbacks).toEqual([
      "redirect_dir=nofollow fs-no-xattrs",
      "index=off fs-no-xattrs",
      "uuid=null fs-no-xattrs",
      "nfs_export=off option-fallback",
    ]);
    expect(run({ metacopy: true }, facts({}, { xattrError: "EPERM" })).effective.metacopy).toBe(false);
  });

  it("one lower without handles is enough, a data-only one too", () => {
    const bad = layer("lower[2]", { handles: false });
    for (const given of [facts({ lower: [layer("lower[1]"), bad] }), facts({ data: [bad] })]) {
      expect(run(EXPORT, given).effective).toMatchObject({ index: false, nfsExport: false });
    }
    const lowerOnly = facts({ upper: null, work: null, lower: [layer("lower[1]"), bad] });
    const result = run({ nfsExport: true, redirectDir: "nofollow" }, lowerOnly);
    expect(result.fallbacks).toEqual(["nfs_export=off fs-no-handles"]);
    expect(run({}, lowerOnly).fallbacks).toEqual([]);
  });

  it("two lower filesystems without UUID cannot be told apart, one can", () => {
    const first = layer("lower[1]", { device: "8:2", uuid: NULL });
    const second = layer("lower[2]", { device: "8:3", uuid: NULL });
    const one = run(EXPORT, facts({ lower: [first] }));
    expect(one.lower).toEqual([{ fsid: 1, badUuid: false }]);
    expect(one.fallbacks).toEqual([]);
    const two = run(EXPORT, facts({ lower: [first, second] }));
    expect(two.lower).toEqual([
      { fsid: 1, badUuid: true },
      { fsid: 2, badUuid: true },
    ]);
    expect(two.fallbacks).toEqual(["index=off uuid-null", "nfs_export=off uuid-null"]);
  });

  it("without any of the features that follow origins, a null UUID is not trusted at all", () => {
    const null1 = layer("lower[1]", { device: "8:2", uuid: NULL });
    expect(run({}, facts({ lower: [null1] })).lower).toEqual([{ fsid: 1, badUuid: true }]);
    expect(run({ metacopy: true }, facts({ lower: [null1] })).lower).toEqual([{ fsid: 1, badUuid: false }]);
    expect(run({ xino: "on" }, facts({ lower: [null1] })).lower).toEqual([{ fsid: 1, badUuid: false }]);
  });

  it("a conflict between upper's filesystem and a lower one counts once upper's holds a lower too, and never for fsid 0", () => {
    const twin = layer("lower[2]", { device: "8:2" });
    expect(run(EXPORT, facts({ lower: [twin] })).lower).toEqual([{ fsid: 1, badUuid: false }]);
    expect(run(EXPORT, facts({ lower: [layer("lower[1]"), twin] })).lower).toEqual([
      { fsid: 0, badUuid: false },
      { fsid: 1, badUuid: true },
    ]);
  });

  it("xino=auto is turned off with a bad UUID, and then null ones are bad too", () => {
    const lower = [
      layer("lower[1]", { device: "8:2", uuid: uuid(2) }),
      layer("lower[2]", { device: "8:3", uuid: uuid(2) }),
    ];
    expect(run({ xino: "auto" }, facts({ lower })).fallbacks).toEqual([]);
  });
});

describe("defaults of the module", () => {
  it("give way to what is asked for", () => {
    expect(run({ nfsExport: true }, facts(), { metacopy: true }).fallbacks).toEqual([
      "metacopy=off option-fallback",
    ]);
    expect(run({ metacopy: true }, facts(), { nfsExport: true }).fallbacks).toEqual([
      "nfs_export=off option-fallback",
    ]);
    expect(run({ index: false }, facts(), { nfsExport: true }).fallbacks).toEqual([
      "nfs_export=off option-fallback",
    ]);
    expect(run({ redirectDir: "nofollow" }, facts(), { metacopy: true }).fallbacks).toEqual([
      "metacopy=off option-fallback",
    ]);
    expect(run({}, facts(), { metacopy: true }).effective).toMatchObject({
      metacopy: true,
      redirectMode: "on",
    });
    expect(run({ userxattr: true }, facts(), { metacopy: true }).effective).toMatchObject({
      metacopy: false,
      redirectMode: "nofollow",
    });
    expect(run({ redirectDir: "off" }, facts(), { redirectAlwaysFollow: false }).effective.redirectMode).toBe(
      "nofollow",
    );
  });
});

describe("kernels before 6.16", () => {
  const old = facts({ kernel: { major: 6, minor: 6 } });
  it("verity brings metacopy along", () => {
    expect(run({ verity: "on" }, old).effective).toMatchObject({ metacopy: true, redirectMode: "on" });
    expect(run({ verity: "on", metacopy: false }, old).errnos).toEqual(["EINVAL options-conflict"]);
    expect(run({ verity: "on", redirectDir: "follow" }, old).errnos).toEqual(["EINVAL options-conflict"]);
    expect(run({ verity: "on", userxattr: true }, old).errnos).toEqual(["EINVAL options-conflict"]);
    expect(run({ verity: "on", nfsExport: true }, old).fallbacks).toEqual(["nfs_export=off option-fallback"]);
  });
  it("data-only layers need metacopy", () => {
    const withData = { ...old, data: [layer("data[2]")] };
    expect(run({}, withData).errnos).toEqual(["EINVAL options-conflict"]);
    expect(run({ metacopy: true }, withData).errnos).toEqual([]);
  });
  it("an upper layer without a work directory is refused by all, before 5.15 with another errno", () => {
    const without = (major: number, minor: number) =>
      run({}, facts({ kernel: { major, minor }, work: null }));
    expect(without(5, 10).errnos).toEqual(["ENOMEM work-missing"]);
    expect(without(5, 15).errnos).toEqual(["EINVAL work-missing"]);
  });
  it("are told by their release", () => {
    expect(kernelVersion("6.1.0-23-amd64")).toEqual({ major: 6, minor: 1, patch: 0 });
    expect(kernelVersion("6.12.117+deb13-amd64")).toEqual({ major: 6, minor: 12, patch: 117 });
    expect(kernelVersion("7.0-rc1")).toEqual({ major: 7, minor: 0 });
    expect(atLeast(kernelVersion("7.0-rc1"), 6, 16)).toBe(true);
    expect(atLeast(kernelVersion("5.19.1"), 6, 16)).toBe(false);
    expect(atLeast(kernelVersion("what"), 6, 16)).toBe(true);
  });
});

describe("refusals", () => {
  it("come in the kernel's order", () => {
    const use = { role: "upper", mountpoint: "/mnt", pid: 7, byPathOnly: false } as const;
    const given = facts(
      { work: { ...layer("work"), sameMount: false, incompat: ["volatile"], stuck: null, useAbove: use } },
      { use },
    );
    expect(run({ index: true }, given).errnos).toEqual([
      "EBUSY layers-in-use",
      "EINVAL work-other-mount",
      "EINVAL volatile-dirty",
      "EBUSY layers-in-use",
    ]);
    expect(run({}, given).errnos).toEqual(["EINVAL work-other-mount", "EINVAL volatile-dirty"]);
    expect(run({}, given).inUse.map(({ cause }) => cause)).toEqual(["layers-in-use", "layers-in-use"]);
  });
  it("name both of two layers that overlap", () => {
    const inside = layer("lower[1]", { location: { device: "8:1", path: Buffer.from("/upper/x") } });
    expect(run({}, facts({ lower: [inside] })).late[0]?.evidence).toEqual({
      inner: "lower[1] /lower[1]",
      outer: "upper /upper",
    });
    const beside = layer("lower[1]", { location: { device: "8:1", path: Buffer.from("/upperx") } });
    expect(run({}, facts({ lower: [beside] })).late).toEqual([]);
    const elsewhere = layer("lower[1]", { location: { device: "8:2", path: Buffer.from("/upper/x") } });
    expect(run({}, facts({ lower: [elsewhere] })).late).toEqual([]);
    const unknown = layer("lower[1]", { location: null });
    expect(run({}, facts({ lower: [unknown] })).late).toEqual([]);
  });
});

describe("what is asked for", () => {
  it("follows from --require", () => {
    expect(requestFor("nfs-export", { index: false, metacopy: true })).toEqual({
      index: true,
      nfsExport: true,
      metacopy: true,
    });
    expect(requestFor("index", { redirectDir: "on" })).toEqual({ redirectDir: "on", index: true });
    expect(requestFor("plain", { index: false })).toEqual({ index: false });
    expect(plainRequest({ index: true, nfsExport: true, redirectDir: "on" })).toEqual({
      index: false,
      nfsExport: false,
      redirectDir: "on",
    });
  });
});
