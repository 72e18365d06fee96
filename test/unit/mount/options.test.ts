import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { specFromLayers, specFromOptions } from "../../../src/lib/mount/build-spec.js";
import { formatLowerdir, parseLowerdir } from "../../../src/lib/mount/lowerdir.js";
import {
  describeOptionError,
  knownOptions,
  parseOptions,
  splitOptions,
} from "../../../src/lib/mount/options.js";
import { resolveInRoot } from "../../../src/lib/mount/root-path.js";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const texts = (paths: readonly Buffer[]): string[] => paths.map((path) => path.toString("latin1"));
const parse = (...given: string[]) => {
  const result = parseOptions(given.map(bytes));
  if (!result.ok) throw new Error(describeOptionError(result.error));
  return result.parsed;
};
const errorOf = (...given: string[]): string => {
  const result = parseOptions(given.map(bytes));
  return result.ok ? "" : describeOptionError(result.error);
};
const nothing = { root: null, cwd: bytes("/here"), files: { readlink: () => -2 } };

describe("option string", () => {
  it("reads layers and options as mount(8) takes them", () => {
    const parsed = parse(
      "ro,lowerdir=/a\\:b:/c\\,d::/e,upperdir=/u\\,v,workdir=/w",
      "index=on,nfs_export=on,noatime,x-systemd.automount,_netdev,userxattr",
    );
    expect(texts(parsed.lower)).toEqual(["/a:b", "/c,d"]);
    expect(texts(parsed.data)).toEqual(["/e"]);
    expect(parsed.upper?.toString()).toBe("/u,v");
    expect(parsed.work?.toString()).toBe("/w");
    expect(parsed.options).toEqual({
      readonly: true,
      index: true,
      nfsExport: true,
      userxattr: true,
      newer: ["::", "userxattr"],
    });
    expect(parsed.ignored).toEqual(["noatime", "x-systemd.automount", "_netdev"]);
    expect(parsed.order).toEqual(["lower", "upper", "work"]);
  });

  it("keeps names that are not UTF-8", () => {
    expect(parse("upperdir=/\xff\xfe").upper).toEqual(bytes("/\xff\xfe"));
  });

  it("lets the last one win, and lowerdir= replace what was added", () => {
    const parsed = parse("index=on,lowerdir+=/a,lowerdir=/b,rw", "index=off,upperdir=/u,upperdir=/v,ro");
    expect(texts(parsed.lower)).toEqual(["/b"]);
    expect(parsed.upper?.toString()).toBe("/v");
    expect(parsed.options).toEqual({ index: false, readonly: true, newer: ["lowerdir+"] });
  });

  it("takes lowerdir+ and datadir+ with no escapes of their own", () => {
    const parsed = parse("lowerdir+=/a:b,lowerdir+=/c\\:d,datadir+=/e");
    expect(texts(parsed.lower)).toEqual(["/a:b", "/c\\:d"]);
    expect(texts(parsed.data)).toEqual(["/e"]);
  });

  it("skips what has no name", () => {
    expect(parse(",,=3,lowerdir=/a,").lower).toHaveLength(1);
    expect(parse("").lower).toHaveLength(0);
  });

  it("reads every option of the kernel", () => {
    const parsed = parse(
      "metacopy=on,redirect_dir=follow,uuid=null,xino=auto,verity=require,volatile,default_permissions,override_creds",
    );
    expect(parsed.options).toEqual({
      metacopy: true,
      redirectDir: "follow",
      uuid: "null",
      xino: "auto",
      verity: "require",
      volatile: true,
      newer: ["uuid", "uuid=null", "verity", "override_creds"],
    });
    expect(parse("fsync=volatile").options.volatile).toBe(true);
    expect(parse("volatile,fsync=auto").options.volatile).toBe(false);
  });

  it.each([
    ["indx=on", 'mount option indx: unknown option; did you mean "index"?'],
    ["nfsexport=on", 'mount option nfsexport: unknown option; did you mean "nfs_export"?'],
    ["zzzzzzzz", "mount option zzzzzzzz: unknown option"],
    ["remount", "mount option remount: unknown option"],
    ["index=1", 'mount option index: "1" is none of on, off'],
    ["index", "mount option index: needs a value"],
    ["userxattr=1", "mount option userxattr: takes no value"],
    ["upperdir=", "mount option upperdir: needs a value"],
    ["lowerdir=:/a", "mount option lowerdir: the list begins with a colon"],
    ["lowerdir=/a:", "mount option lowerdir: the list ends with a colon"],
    ["lowerdir=/a:::/b", "mount option lowerdir: more than two colons in a row"],
    ["lowerdir=/a::/b:/c", "mount option lowerdir: a regular lower layer follows a data-only layer"],
    ["lowerdir=/a,lowerdir+=/b", "mount option lowerdir+: cannot follow lowerdir="],
    [
      "datadir+=/a,lowerdir+=/b",
      "mount option lowerdir+: a regular lower layer cannot follow a data-only layer",
    ],
    [`lowerdir=${"/a:".repeat(500)}/a`, "mount option lowerdir: more than 500 lower layers"],
  ])("%s is refused", (given, line) => {
    expect(errorOf(given)).toBe(line);
  });

  it("lists the options that it knows", () => {
    expect(knownOptions()).toContain("nfs_export");
  });

  it("protects commas of security contexts only", () => {
    expect(parse('context="system_u:object_r:x:s0:c1,c2",lowerdir=/a').ignored).toHaveLength(1);
    expect(texts(splitOptions(bytes('lowerdir="/a,b"')))).toEqual(['lowerdir="/a', 'b"']);
    expect(texts(splitOptions(bytes("a\\\\,b\\,c,d\\")))).toEqual(["a\\\\", "b\\,c", "d\\"]);
  });

  it("never throws", () => {
    const text = fc.string({
      unit: fc.constantFrom(...'a:\\,="+/\xff', "lowerdir=", "upperdir="),
      maxLength: 40,
    });
    fc.assert(fc.property(text, (given) => void parseOptions([bytes(given)])));
  });
});

describe("lowerdir", () => {
  it("reads back what it writes", () => {
    const path = fc
      .uint8Array({ minLength: 1, maxLength: 12 })
      .map((array) => Buffer.from(array.map((byte) => (byte === 0 ? 0x3a : byte))));
    fc.assert(
      fc.property(
        fc.array(path, { minLength: 1, maxLength: 4 }),
        fc.array(path, { maxLength: 2 }),
        (lower, data) => {
          expect(parseLowerdir(formatLowerdir({ lower, data }))).toEqual({ lower, data });
          // The same escapes carry it through the option string.
          const option = Buffer.concat([
            bytes("index=on,lowerdir="),
            formatLowerdir({ lower, data }),
            bytes(",ro"),
          ]);
          const result = parseOptions([option]);
          expect(result.ok && result.parsed.lower).toEqual(lower);
        },
      ),
    );
  });
});

describe("spec", () => {
  it("reads relative paths against the working directory", () => {
    const result = specFromOptions(parse("lowerdir=a:/b,upperdir=u,workdir=./w"), "-o", nothing);
    if (!result.ok) throw new Error(result.error.reason);
    expect(texts(result.spec.lower)).toEqual(["/here/a", "/b"]);
    expect(result.spec.upper?.toString()).toBe("/here/u");
    expect(result.spec.source).toBe("-o");
  });

  it("takes --upper and --work as they are, and --lower as a list", () => {
    const layers = { lower: bytes("/a\\:b:/c"), upper: bytes("/u:v"), work: bytes("/w\\x") };
    const result = specFromLayers(layers, { index: true }, nothing);
    if (!result.ok) throw new Error(result.error.reason);
    expect(texts(result.spec.lower)).toEqual(["/a:b", "/c"]);
    expect(result.spec.upper?.toString()).toBe("/u:v");
    expect(result.spec.work?.toString()).toBe("/w\\x");
    expect(specFromLayers({ ...layers, lower: bytes(":") }, {}, nothing)).toMatchObject({ ok: false });
  });
});

describe("--root", () => {
  const links: Record<string, string> = {
    "/img/abs": "/etc/x",
    "/img/up": "../../../../etc",
    "/img/etc/x": "y",
    "/img/loop": "loop",
    "/img/dot": "./abs/.",
  };
  const readlink = (path: Buffer): Buffer | null => {
    const target = links[path.toString()];
    return target === undefined ? null : bytes(target);
  };
  it.each([
    ["/a/b", "/img/a/b"],
    ["a//./b/", "/img/a/b"],
    ["/../../a", "/img/a"],
    ["/abs", "/img/etc/y"],
    ["/abs/z", "/img/etc/y/z"],
    ["/up/x/..", "/img/etc"],
    ["/dot", "/img/etc/y"],
    ["/", "/img"],
  ])("%s leads to %s", (path, result) => {
    expect(resolveInRoot(bytes("/img"), bytes(path), readlink)?.toString()).toBe(result);
  });

  it("gives up on loops", () => {
    expect(resolveInRoot(bytes("/img"), bytes("/loop"), readlink)).toBeNull();
    const place = {
      root: bytes("/img"),
      cwd: bytes("/"),
      files: { readlink: (at: Buffer) => readlink(at) ?? -22 },
    };
    expect(specFromOptions(parse("lowerdir=/loop"), "-o", place)).toMatchObject({ ok: false });
    const good = specFromOptions(parse("lowerdir=abs"), "-o", place);
    expect(good.ok && good.spec.lower[0]?.toString()).toBe("/img/etc/y");
  });
});
