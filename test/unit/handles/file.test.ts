import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readHandles, readHeader, readRecords } from "../../../src/lib/handles/reader.js";
import { type HandleRecord, HandlesFileError, typeLetter } from "../../../src/lib/handles/record.js";
import { HandlesWriter } from "../../../src/lib/handles/writer.js";
import { WholeFile } from "../../../src/lib/host/line-file.js";

const SUM = "it is damaged: its last line is not the sum of what comes before";

const header = {
  from: "layers" as const,
  saved: "2026-01-02T03:04:05.000Z",
  tool: "0.1.0",
  roots: [Buffer.from("00fb1500", "hex")],
  content: true,
};
const records: readonly HandleRecord[] = [
  {
    path: Buffer.alloc(0),
    type: "d",
    wire: { type: 0xf8, bytes: Buffer.from("000102", "hex") },
    sample: null,
  },
  {
    path: Buffer.from('a/b"\n'),
    type: "f",
    wire: { type: 0xf8, bytes: Buffer.alloc(32, 7) },
    sample: "00aa",
  },
  { path: Buffer.from([0x61, 0xff]), type: "l", wire: { type: 0xfb, bytes: Buffer.alloc(8) }, sample: null },
];

let dir: string;
let path: Buffer;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "ovl-index-unit-"));
  path = Buffer.from(join(dir, "file"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(list: readonly HandleRecord[], replace = false): number {
  const file = WholeFile.create(path, replace);
  if (typeof file === "number") return file;
  const writer = new HandlesWriter(file, replace, header);
  for (const record of list) writer.add(record);
  return writer.commit();
}

const recordsIn = (file: Buffer): HandleRecord[] => [...readRecords(file)].map(({ record }) => record);

function handlesIn(file: Buffer): HandleRecord["wire"][] {
  const found: HandleRecord["wire"][] = [];
  const count = readHandles(file, (type, bytes, length) => {
    found.push({ type, bytes: Buffer.from(bytes.subarray(0, length)) });
  });
  expect(count).toBe(found.length);
  return found;
}

/** What is wrong with the file, and whether that is the caller's mistake. */
function complaint(): [string, boolean] {
  try {
    readHeader(path);
    readHandles(path, () => undefined);
  } catch (error) {
    if (error instanceof HandlesFileError) return [error.message, error.usage];
    throw error;
  }
  return ["", false];
}

describe("a file of handles", () => {
  it("gives back what was written, and is for its owner alone", () => {
    expect(write(records)).toBe(0);
    expect(readHeader(path)).toEqual(header);
    expect(recordsIn(path)).toEqual(records);
    expect(handlesIn(path)).toEqual(records.map(({ wire }) => wire));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(["file"]);
  });

  it("is read in pieces: a megabyte of records", () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({
      ...(records[1] as HandleRecord),
      path: Buffer.from(`d/${i}`),
    }));
    write(many);
    expect(handlesIn(path).length).toBe(many.length);
    const read = recordsIn(path);
    expect(read.length).toBe(many.length);
    expect(read[19_999]).toEqual(many[19_999]);
  });

  it("reads lines that another program has spelled in its own way", () => {
    write(records);
    const [head = "", ...lines] = readFileSync(path, "utf8").trimEnd().split("\n");
    const spelled = lines.slice(0, -1).map((line, i) => {
      const { handle = "", ...rest } = JSON.parse(line) as Record<string, string>;
      return i === 0 ? JSON.stringify({ handle, ...rest }) : line.replaceAll(",", " , ");
    });
    const body = `${[head, ...spelled].join("\n")}\n`;
    const sha256 = createHash("sha256").update(body).digest("hex");
    writeFileSync(path, `${body}${JSON.stringify({ records: 3, sha256 })}\n`);
    expect(handlesIn(path)).toEqual(records.map(({ wire }) => wire));
    expect(recordsIn(path)).toEqual(records);
  });

  it("takes no path for a handle", () => {
    const sly = {
      ...(records[1] as HandleRecord),
      path: Buffer.from('x","type":"f","handle":"f8:00","sample":"\\'),
    };
    write([sly, sly]);
    expect(recordsIn(path)).toEqual([sly, sly]);
    expect(handlesIn(path)).toEqual([sly.wire, sly.wire]);
  });

  it("never replaces another file unless it is told to", () => {
    writeFileSync(path, "mine");
    expect(write(records)).toBe(-17);
    expect(readFileSync(path, "utf8")).toBe("mine");
    expect(write(records, true)).toBe(0);
    expect(recordsIn(path).length).toBe(3);
  });

  it("does not replace one that was made meanwhile", () => {
    const file = WholeFile.create(path, false);
    if (typeof file === "number") throw new Error("not created");
    writeFileSync(path, "mine");
    expect(file.commit(false)).toBe(-17);
    expect(readFileSync(path, "utf8")).toBe("mine");
    expect(readdirSync(dir)).toEqual(["file"]);
  });

  it("leaves nothing behind that was not finished", () => {
    const file = WholeFile.create(path, false);
    if (typeof file === "number") throw new Error("not created");
    file.write(Buffer.from("half"));
    file.discard();
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe("a file that is no longer what was written", () => {
  it.each<[string, (text: string) => string, string, boolean]>([
    ["nothing", () => "", "it is empty", true],
    ["something else", () => "hello\n", "it is no file of handles", true],
    ["another JSON", () => '{"schema":"ovl-index/check/1"}\n', "it is no file of handles", true],
    [
      "a later version",
      (text) => text.replace("handles/1", "handles/2"),
      "it is of version ovl-index/handles/2, and this is for ovl-index/handles/1",
      true,
    ],
    ["a header without roots", (text) => text.replace('"roots"', '"rocks"'), "line 1 is damaged", false],
    [
      "no last line",
      (text) => text.replace(/\{"records".*\n/, ""),
      "it is cut off: its last line is missing",
      false,
    ],
    ["half a last line", (text) => text.slice(0, -9), "it is cut off: its last line is missing", false],
    ["half a record", (text) => text.slice(0, 260), "it is cut off: its last line is missing", false],
    ["a record missing", (text) => text.replace(/\{"pathHex".*\n/, ""), SUM, false],
    ["a byte changed", (text) => text.replace("07070707", "08070707"), SUM, false],
    ["a line garbled", (text) => text.replace('"type":"l"', '"type":"l'), "line 4 is damaged", false],
    ["a type nobody knows", (text) => text.replace('"type":"l"', '"type":"D"'), "line 4 is damaged", false],
    [
      "a handle without its type",
      (text) => text.replace('"f8:000102', '":000102'),
      "line 2 is damaged",
      false,
    ],
    ["something behind the end", (text) => `${text}{}\n`, "line 6: something follows the end", false],
    ["a line that never ends", (text) => text + "x".repeat(70_000), "EINVAL", true],
  ])("%s", (_what, change, message, usage) => {
    write(records);
    writeFileSync(path, change(readFileSync(path, "utf8")));
    expect(complaint()).toEqual([message, usage]);
  });

  it("is not there, or is no file", () => {
    expect(complaint()).toEqual(["ENOENT", true]);
    path = Buffer.from(dir);
    expect(complaint()).toEqual(["EINVAL", true]);
  });
});

it("names types as find does", () => {
  const modes = [0o100644, 0o040755, 0o120777, 0o010644, 0o140755, 0o020644, 0o060644];
  expect(modes.map(typeLetter).join("")).toBe("fdlpscb");
});
