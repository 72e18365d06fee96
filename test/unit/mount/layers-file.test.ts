import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { SCHEMAS } from "../../../scripts/schemas.js";
import { files } from "../../../src/lib/host/files.js";
import { specFromLayersFile } from "../../../src/lib/mount/layers-file.js";

const valid = new Ajv2020().compile(SCHEMAS["layers-1"]);
const place = { root: null, cwd: Buffer.from("/home"), files };
const read = (file: unknown, options = {}) =>
  specFromLayersFile(Buffer.from(JSON.stringify(file)), "stack.json", options, place);
const schema = "ovl-index/layers/1";

describe("layers as JSON", () => {
  it("are a stack, relative paths taken from the working directory", () => {
    const file = {
      schema,
      lower: ["/a:b,c\\", { path: "d e" }, { path: "/\uFFFD", pathHex: "2fff" }],
      data: ["/data"],
      upper: "/u",
      work: null,
      options: { index: "on", userxattr: "on", volatile: "off", redirect_dir: "nofollow" },
    };
    expect(valid(file)).toBe(true);
    const result = read(file, { index: false });
    if (!result.ok) throw new Error(result.error.reason);
    const { spec } = result;
    expect(spec.lower).toEqual([
      Buffer.from("/a:b,c\\"),
      Buffer.from("/home/d e"),
      Buffer.from([0x2f, 0xff]),
    ]);
    expect(spec.data.map(String)).toEqual(["/data"]);
    expect([spec.upper?.toString(), spec.work]).toEqual(["/u", null]);
    expect(spec.options).toEqual({
      index: false,
      userxattr: true,
      redirectDir: "nofollow",
      newer: ["userxattr", "::"],
    });
    expect(spec.source).toBe("--layers");
  });

  it.each<[unknown, string]>([
    [[], "it is no JSON object"],
    [{ lower: ["/a"] }, `"schema" is not "${schema}"`],
    [{ schema: "ovl-index/layers/2", lower: ["/a"] }, `"schema" is not "${schema}"`],
    [{ schema }, `"lower" is no list of paths`],
    [{ schema, lower: [] }, `"lower" names no layer`],
    [{ schema, lower: "/a" }, `"lower" is no list of paths`],
    [{ schema, lower: ["/a", 1] }, `"lower[1]" is no JSON object`],
    [{ schema, lower: ["/a"], uper: "/u" }, `"uper" is none of schema, lower, data, upper, work, options`],
    [{ schema, lower: [""] }, `"lower[0]" is empty`],
    [
      { schema, lower: ["/a"], upper: { pathHex: "2F" } },
      `"upper" is no path: neither a text nor bytes in hex`,
    ],
    [
      { schema, lower: ["/a"], upper: { path: "/u", name: "upper" } },
      `"upper" has "name": it takes path and pathHex`,
    ],
    [{ schema, lower: ["/a"], options: { indx: "on" } }, "option indx: unknown option"],
    [{ schema, lower: ["/a"], options: { index: true } }, "option index is no word"],
    [{ schema, lower: ["/a"], options: { index: "maybe" } }, 'option index: "maybe" is none of on, off'],
    [
      { schema, lower: ["/a"], options: { upperdir: "u" } },
      `"options" has upperdir, which "lower", "upper" and "work" say`,
    ],
    [
      { schema, lower: ["/a"], options: { "index=on,ro": "on" } },
      `"options" has "index=on,ro", which is no option`,
    ],
    [{ schema, lower: ["/a"], options: { userxattr: "yes" } }, "option userxattr is neither on nor off"],
  ])("%j is told as wrong, by the schema too", (file, reason) => {
    const result = read(file);
    expect(result).toEqual({ ok: false, error: { option: "stack.json", reason } });
    expect(valid(file)).toBe(false);
  });

  it("that are no JSON, no UTF-8 or have a zero byte are told as such", () => {
    const bytes = (text: string) => specFromLayersFile(Buffer.from(text, "latin1"), "-", {}, place);
    expect(bytes("{")).toMatchObject({
      error: { option: "-", reason: expect.stringMatching(/^it is no JSON: /) },
    });
    expect(bytes('{"schema":"\xff"}')).toMatchObject({ error: { reason: "it is no UTF-8" } });
    expect(read({ schema, lower: ["/a\0"] })).toMatchObject({
      error: { reason: '"lower[0]" has a zero byte, which no path has' },
    });
  });
});
