import { lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as xattr from "fs-xattr";
import { describe, expect, it } from "vitest";
import { encodeHandle } from "../../../src/lib/format/fileHandle.js";
import { encodeIndexName } from "../../../src/lib/format/indexName.js";
import { native } from "../../../src/lib/host/addon.js";
import { PackedScanReader } from "../../../src/lib/host/packed-scan-reader.js";
import type { Layer } from "../../../src/lib/layers/types.js";
import { DiskView } from "../../../src/lib/model/disk-view.js";
import { HandleTable } from "../../../src/lib/model/handle-table.js";
import { IndexState } from "../../../src/lib/model/index-state.js";
import { job, layer, PREFIX, scratch, seek } from "../host/tree.js";

function handle(n: number, layerNumber = 0, length = 8): Buffer {
  const fid = Buffer.alloc(length);
  fid.writeUInt32LE(n);
  fid.writeUInt32LE((n * 2654435761) >>> 0, length - 4);
  return encodeHandle({ type: 1, uuid: Buffer.alloc(16, layerNumber), fid, upper: false });
}

function indexOf(names: readonly (Buffer | string)[]): { state: IndexState; work: string } {
  const work = scratch();
  mkdirSync(join(work, "index"));
  for (const name of names)
    writeFileSync(Buffer.concat([Buffer.from(`${work}/index/`), Buffer.from(name)]), "");
  const state = new IndexState(new DiskView(native, PREFIX), { fd: layer(work) } as Layer);
  expect(state.read(native)).toBe(0);
  return { state, work };
}

describe("a table of handles", () => {
  it("finds what was put in, and nothing else", () => {
    const table = new HandleTable();
    const handles = Array.from({ length: 3000 }, (_, i) => handle(i, i % 3, i % 2 === 0 ? 8 : 12));
    handles.forEach((fh, i) => {
      expect(table.add(fh, 0, 1000 + i, 8)).toEqual({ row: i, isNew: true });
    });
    handles.forEach((fh, i) => {
      expect(table.add(fh, 0, 0, 0)).toEqual({ row: i, isNew: false });
      expect([table.find(fh, 0), table.ino(i), table.flags(i)]).toEqual([i, 1000 + i, 8]);
      expect(table.handle(i).equals(fh)).toBe(true);
    });
    expect(table.find(handle(3000), 0)).toBe(-1);
    expect(table.find(handle(1, 7), 0)).toBe(-1);
  });

  it("is looked into alike from both sides", async () => {
    const top = scratch();
    const table = new HandleTable();
    const handles = Array.from({ length: 200 }, (_, i) => handle(i, i % 5, i % 2 === 0 ? 8 : 12));
    for (const fh of handles.slice(0, 150)) table.put(fh, 0, 0, 0);
    handles.forEach((fh, i) => {
      writeFileSync(join(top, `f${i}`), "");
      xattr.setAttributeSync(join(top, `f${i}`), `${PREFIX}origin`, fh);
    });
    writeFileSync(join(top, "cut"), "");
    xattr.setAttributeSync(join(top, "cut"), `${PREFIX}origin`, handle(0).subarray(0, 25));
    writeFileSync(join(top, "bare"), "");
    const options = { prefix: PREFIX, table: table.columns() };
    const reader = new PackedScanReader(await native.scan([job(layer(top))], options));
    reader.nextPart();
    const rows: Record<string, number> = {};
    while (reader.nextEntry()) {
      const name = reader.name().toString();
      rows[name] = reader.originRow;
      const ctimeNs = reader.originRow === -1 ? lstatSync(join(top, name), { bigint: true }).ctimeNs : 0n;
      expect(reader.ctimeNs()).toBe(ctimeNs);
    }
    expect([rows["cut"], rows["bare"]]).toEqual([-1, -2]);
    handles.forEach((fh, i) => {
      expect(rows[`f${i}`]).toBe(table.find(fh, 0));
    });
  });

  it("tells which probes have the handle of the origin", async () => {
    const [upper, first, second] = [scratch(), scratch(), scratch()] as const;
    for (const top of [upper, first, second]) writeFileSync(join(top, "f"), "");
    const fd = layer(second);
    const object = native.examine(fd, Buffer.from("f"), PREFIX);
    if (typeof object === "number" || typeof object.handle === "number") return;
    const origin = encodeHandle({
      type: object.handle.type,
      uuid: Buffer.alloc(16),
      fid: object.handle.bytes,
      upper: false,
    });
    xattr.setAttributeSync(join(upper, "f"), `${PREFIX}origin`, origin);
    const probes = [first, second].map((top) => ({ root: layer(top), path: Buffer.alloc(0) }));
    const reader = new PackedScanReader(
      await native.scan([job(layer(upper), "", probes)], { prefix: PREFIX }),
    );
    reader.nextPart();
    expect(seek(reader, "f").originProbes).toBe(2);
  });
});

describe("an index directory", () => {
  it("is loaded in readdir order, with what is no handle beside it", () => {
    const names = Array.from({ length: 18_000 }, (_, i) =>
      encodeIndexName(handle(i, i % 100 === 0 ? i / 100 : 0)),
    );
    const odd = ["00FB".padEnd(58, "0"), "short", `${names[0]?.toString()}00`];
    const { state } = indexOf([...names, ...odd, "#17"]);
    expect(state.table.size).toBe(names.length);
    expect(state.odd.map(({ name }) => name.toString()).sort()).toEqual([...odd].sort());
    expect(state.temporaries.map(({ name }) => name.toString())).toEqual(["#17"]);
    for (let i = 0; i < names.length; i++) {
      const row = state.table.find(handle(i, i % 100 === 0 ? i / 100 : 0), 0);
      expect(state.name(row).equals(names[i] as Buffer)).toBe(true);
    }
    expect(listed(state).equals(inDirectory(state))).toBe(true);
  });
});

/** Every name that the state knows of, in the order in which it has them. */
function listed(state: IndexState): Buffer {
  const names: Buffer[] = [];
  let odd = 0;
  for (let row = 0; row <= state.table.size; row++) {
    while (state.odd[odd]?.position === row) names.push(state.odd[odd++]?.name as Buffer);
    if (row < state.table.size) names.push(state.name(row));
  }
  return Buffer.concat(names);
}

function inDirectory(state: IndexState): Buffer {
  const names: Buffer[] = [];
  for (let resume = 0; ; ) {
    const listing = native.list(state.place.root, state.place.path, resume, 1000);
    if (typeof listing === "number") throw new Error(`list: ${listing}`);
    let start = 0;
    for (const end of listing.ends) {
      const name = listing.names.subarray(start, end);
      if (name[0] !== 0x23) names.push(name);
      start = end;
    }
    resume = listing.resume;
    if (resume === 0) return Buffer.concat(names);
  }
}
