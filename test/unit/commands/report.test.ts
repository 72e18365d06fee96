import { describe, expect, it } from "vitest";
import { resolveReport } from "../../../src/commands/support/report.js";

const none = { json: false, quiet: false, strict: false, all: false, verbose: false };

describe("how a check reports", () => {
  it.each([
    [{}, { format: "text", output: null, quiet: false, strict: false }],
    [{ json: true }, { format: "json" }],
    [{ json: true, format: "json" }, { format: "json" }],
    [
      { format: "prometheus", output: "/f" },
      { format: "prometheus", output: Buffer.from("/f") },
    ],
    [{ strict: true }, { strict: true }],
    [{ "fail-on": "warning" }, { strict: true }],
    [{ "fail-on": "warning", strict: true }, { strict: true }],
    [{ "fail-on": "error" }, { strict: false }],
    [{ quiet: true }, { quiet: true, format: "text" }],
    [
      { quiet: true, json: true, output: "/f" },
      { quiet: true, format: "json" },
    ],
  ] as const)("%j is clear", (words, wish) => {
    expect(resolveReport({ ...none, ...words })).toMatchObject(wish);
  });

  it.each([
    [
      { json: true, format: "ndjson" },
      "--json is --format json: leave out one of --json and --format ndjson",
    ],
    [{ strict: true, "fail-on": "error" }, "--strict is --fail-on warning"],
    [{ quiet: true, json: true }, "--quiet prints no report"],
    [{ quiet: true, verbose: true }, "--quiet prints no report"],
    [{ quiet: true, all: true }, "--quiet prints no report"],
    [{ output: "" }, "--output is empty"],
  ] as const)("%j contradicts itself", (words, message) => {
    expect(resolveReport({ ...none, ...words })).toEqual({ usage: expect.stringContaining(message) });
  });
});
