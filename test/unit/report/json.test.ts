import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { SCHEMAS } from "../../../scripts/schemas.js";
import { inspectText } from "../../../src/lib/inspect/index.js";
import { checkJson, explainAll, explainLog } from "../../../src/lib/report/index.js";
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
