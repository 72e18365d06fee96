import { describe, expect, it } from "vitest";
import {
  CATALOGUE,
  CODES,
  entryOf,
  finding,
  GROUPS,
  groupOf,
  isCode,
  messageOf,
} from "../../../src/lib/catalogue/index.js";

describe("the catalogue", () => {
  it("has each code in one group only", () => {
    const all = Object.values(GROUPS).flatMap((group) => Object.keys(group));
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(CODES);
    for (const code of CODES) expect(Object.keys(GROUPS[groupOf(code)])).toContain(code);
  });

  it.each(CODES)("%s is told in whole sentences, and says what has to be said", (code) => {
    const { title, explanation, cause, kernel, repair } = entryOf(code);
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(title.length).toBeLessThanOrEqual(76);
    for (const text of [explanation, cause, kernel.detail, repair.action])
      expect(text).toMatch(/^\S.*[.)]$/s);
    if (repair.loses !== null) expect(repair.loses).toMatch(/^[a-z].*[^.]$/);
    expect(kernel.source.length > 0).toBe(kernel.effect !== "none");
    for (const name of kernel.source) expect(name).toMatch(/^ovl_[a-z0-9_]+$/);
  });

  it("leaves to a person what nobody can know, and has no command for it", () => {
    for (const code of CODES) {
      const { repair } = entryOf(code);
      if (repair.safety === "never") expect(repair.command, code).toBeNull();
    }
  });

  it("makes findings with the entry's severity, unless told otherwise", () => {
    const evidence = { redirect: "/a", resolved: "a" };
    const found = finding("redirect-dangling", { layer: "upper", path: Buffer.from("d"), evidence });
    expect(found.severity).toBe(CATALOGUE["redirect-dangling"].severity);
    expect(messageOf(found)).toContain('"/a"');
    expect(finding("redirect-dangling", { evidence, severity: "info" })).toMatchObject({
      severity: "info",
      layer: null,
      path: null,
    });
  });

  it("knows its codes", () => {
    expect(isCode("redirect-dangling")).toBe(true);
    expect(isCode("toString")).toBe(false);
  });
});
