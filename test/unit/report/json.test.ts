import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { SCHEMAS } from "../../../scripts/schemas.js";
import { inspectText } from "../../../src/lib/inspect/index.js";
import { checkJson, checkLines, explainAll, explainLog } from "../../../src/lib/report/index.js";
import { notIndexed, orphanWhiteout, resultWith } from "./result-fixture.js";

const none = { commands: new Set<string>() };
const schemas = new URL("../../../schemas/", import.meta.url);

function validator(name: keyof typeof SCHEMAS) {
  return new Ajv2020({ allErrors: true }).compile(
    JSON.parse(readFileSync(new URL(`${name}.schema.json`, schemas), "utf8")),
  );
}

function check(document: unknown, name: keyof typeof SCHEMAS): void {
  const valid = validator(name);
  valid(document);
  expect(valid.errors).toBeNull();
}

function printed(...args: Parameters<typeof checkJson>) {
  return JSON.parse([...checkJson(...args)].join(""));
}

describe("schema files", () => {
  it.each(Object.entries(SCHEMAS))("%s is what scripts/write-schemas.ts writes", (name, schema) => {
    const file = JSON.parse(readFileSync(new URL(`${name}.schema.json`, schemas), "utf8"));
    expect(file).toEqual(JSON.parse(JSON.stringify(schema)));
  });
});

describe("check --format ndjson", () => {
  const lines = (name: Buffer, result: ReturnType<typeof resultWith>) => {
    const text = [...checkLines({ name, result, exitCode: 4, ended: 0, seconds: 0 }, none)].join("");
    expect(text.endsWith("\n")).toBe(true);
    const made = text
      .slice(0, -1)
      .split("\n")
      .map((line) => JSON.parse(line));
    for (const line of made) check(line, "check-line-1");
    return made;
  };

  it("has a line for each finding as they were found, and the rest of the document at the end", () => {
    const result = resultWith([notIndexed("a"), orphanWhiteout("b\n{}"), notIndexed("c")]);
    const { schema: _, findings, ...rest } = printed(result, none);
    const made = lines(Buffer.from("/srv/export"), result);
    const line = { schema: "ovl-index/check-line/1", name: "/srv/export" };
    const byPath = new Map(findings.map((found: { path: string }) => [found.path, found]));
    expect(made).toEqual([
      ...["a", "b\n{}", "c"].map((path) => ({ ...line, kind: "finding", ...(byPath.get(path) as object) })),
      { ...line, kind: "summary", ...rest, exitCode: 4 },
    ]);
  });

  it("puts the bytes of names that are not UTF-8 beside them", () => {
    const odd = Buffer.from([0x61, 0xff]);
    const [found, summary] = lines(odd, resultWith([notIndexed(odd)]));
    expect(found).toMatchObject({ name: "a\ufffd", nameHex: "61ff", path: "a\ufffd", pathHex: "61ff" });
    expect(summary).toMatchObject({ nameHex: "61ff" });
  });
});

describe("check --json", () => {
  it("keeps to its schema without findings", () => {
    check(printed(resultWith([]), none), "check-1");
  });

  it("keeps to its schema with findings, and has them in their order", () => {
    const document = printed(resultWith([notIndexed("a"), orphanWhiteout("b"), notIndexed("c")]), none);
    check(document, "check-1");
    expect(document.findings.map((found: { path: string }) => found.path)).toEqual(["a", "c", "b"]);
    expect(document.findings[0].kernel.effect).toBe("wrong-object");
    expect(document.counts).toMatchObject({ error: 2, info: 1, byCode: { "copied-up-not-indexed": 2 } });
  });

  it("names no repair command that does not exist, and one that does", () => {
    const result = resultWith([notIndexed("a")]);
    expect(printed(result, none).findings[0].repair.command).toBeNull();
    expect(printed(result, { commands: new Set(["build"]) }).findings[0].repair.command).toBe(
      "ovl-index build",
    );
  });

  it("puts the bytes of a name that is not UTF-8 beside it", () => {
    const odd = Buffer.from([0x61, 0xff, 0x2f, 0x62]);
    const result = resultWith([notIndexed(odd)]);
    const document = printed(
      {
        ...result,
        prediction: {
          ...result.prediction,
          hidden: [odd, Buffer.from("ok")],
          lookup: [{ path: odd, errno: "EIO" }],
        },
      },
      none,
    );
    check(document, "check-1");
    expect(document.findings[0]).toMatchObject({ path: "a\ufffd/b", pathHex: "61ff2f62" });
    expect(document.prediction.hidden).toEqual([{ path: "a\ufffd/b", pathHex: "61ff2f62" }, "ok"]);
    expect(document.prediction.lookup).toEqual([{ path: "a\ufffd/b", pathHex: "61ff2f62", errno: "EIO" }]);
  });

  it("has no pathHex where the name is UTF-8", () => {
    expect(printed(resultWith([notIndexed("é")]), none).findings[0]).not.toHaveProperty("pathHex");
  });
});

describe("other documents", () => {
  const options = { version: "0.1.0", commands: new Set<string>() };

  it("explain keeps to its schema", () => {
    check(explainAll(options), "explain-1");
    check(
      explainLog("[1.0] overlayfs: failed to verify upper root origin\noverlayfs: new\nx\n", options),
      "explain-1",
    );
  });

  it("inspect keeps to its schema", () => {
    const recognised = inspectText("trusted.overlay.redirect=/a/b");
    check(
      { schema: "ovl-index/inspect/1", tool: { version: "0.1.0" }, subject: "s", ...recognised },
      "inspect-1",
    );
  });
});
