import { expect, it } from "vitest";
import { type Code, type Evidence, finding, messageOf } from "../../../src/lib/catalogue/index.js";

function told<C extends Code>(code: C, evidence: Evidence[C]): string {
  return messageOf(finding(code, { evidence }));
}

it("a value that is none is told in words", () => {
  expect(told("entry-name-invalid", { reason: "short" })).toBe(
    "its name is no handle: too short for a handle",
  );
  expect(told("entry-name-unknown", { reason: "newer-version" })).toBe(
    "its name is a handle of a newer version",
  );
  expect(told("entry-name-noncanonical", { reason: "upper-case", canonical: "00fb" })).toBe(
    "it has hex digits in upper case; lookups use 00fb",
  );
  expect(told("origin-invalid", { stored: "dead", reason: "magic" })).toBe(
    "origin dead: it does not begin as a handle does",
  );
  expect(told("origin-unknown", { stored: "", reason: "empty" })).toBe("origin is empty");
  expect(told("redirect-malformed", { redirect: "a/b", reason: "relative-with-slash" })).toBe(
    'redirect "a/b": it has a slash and does not begin with one',
  );
  expect(told("metacopy-invalid", { value: "00", reason: "short" })).toBe("metacopy 00: too short");
});

it("what was deleted is told with its place in the layer only where that is another", () => {
  const deleted = (path: string) =>
    messageOf(
      finding("tombstone-missing", { path: Buffer.from(path), evidence: { type: "file", lower: "d/f" } }),
    );
  expect(deleted("d/f")).toBe("this file of the lower layer has no name in the overlay and no tombstone");
  expect(deleted("moved/f")).toContain("this file of the lower layer, there d/f, has no name");
});

it("a redirect that was not read is not told as an empty one", () => {
  expect(told("redirect-uncovered", { redirect: "", origin: "d" })).toBe("d is still visible too");
  expect(told("redirect-duplicate", { redirect: "", other: "p/e" })).toBe(
    "the lower directory that it shows is that of p/e, too",
  );
  expect(told("redirect-duplicate", { redirect: "/d", other: "p/e" })).toContain('"/d"');
});
