/**
 * A real NFS server and a client that keeps its filehandles while the overlay is exported, mounted without its index
 * and exported again: what goes wrong then, and that it does not where the overlay was migrated in between.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Ganesha } from "../../src/lib/demo/ganesha.js";
import { decodeGanesha, encodeGanesha } from "../../src/lib/format/ganeshaHandle.js";
import { native } from "../../src/lib/host/addon.js";
import { files } from "../../src/lib/host/files.js";
import { parseClientHandle } from "../../src/lib/inspect/index.js";
import { resolve } from "../../src/lib/resolve/index.js";
import { needsNfsServer } from "../support/nfs-server.js";
import { INDEX_OFF, Served } from "../support/served.js";
import { lookedUp, seen, seenByName } from "./nfs/client.js";
import { mend } from "./nfs/mend.js";

/** What a handle leads to: as `resolve` foretells it of the bytes on the wire, and as the client then sees it. */
type Leads = readonly [foretold: string, seen: string];
const STALE: Leads = ["nowhere", "NFS4ERR_STALE"];

interface Story {
  /** What the client has looked up, and holds the handle of. */
  readonly held: string;
  readonly before: Leads;
  /** What becomes of it without the index; null where it is deleted. */
  readonly now: string | null;
  /** Where the handle leads at the next export when nothing is done. */
  readonly unmended: Leads;
  readonly mended: Leads;
}

const file = (layer: string, path: string, content: string): Leads => [`${layer}: ${path}`, content];
const STORIES: readonly Story[] = [
  {
    held: "report",
    before: file("lower[1]", "report", "first report"),
    now: "report",
    unmended: file("lower[1]", "", "first report"),
    mended: file("upper", "report", "second report"),
  },
  {
    held: "plan",
    before: file("lower[1]", "plan", "first plan"),
    now: null,
    unmended: file("lower[1]", "", "first plan"),
    mended: STALE,
  },
  {
    held: "note",
    before: file("lower[1]", "note", "first note"),
    now: "memo",
    unmended: file("lower[1]", "", "first note"),
    mended: file("upper", "memo", "second memo"),
  },
  {
    held: "quiet",
    before: file("lower[1]", "quiet", "first quiet"),
    now: "quiet",
    unmended: file("lower[1]", "quiet", "first quiet"),
    mended: file("lower[1]", "quiet", "first quiet"),
  },
  {
    held: "folder",
    before: ["folder", "inside"],
    now: "moved",
    unmended: STALE,
    mended: ["moved", "inside new"],
  },
  {
    held: "folder/inside",
    before: file("lower[1]", "folder/inside", "first inside"),
    now: "moved/inside",
    unmended: file("lower[1]", "", "first inside"),
    mended: file("upper", "moved/inside", "second inside"),
  },
  { held: "empty", before: ["empty", ""], now: null, unmended: STALE, mended: STALE },
];

function fill(lower: string): void {
  for (const dir of ["folder", "empty"]) mkdirSync(join(lower, dir));
  for (const name of ["report", "plan", "note", "quiet"]) writeFileSync(join(lower, name), `first ${name}`);
  writeFileSync(join(lower, "folder/inside"), "first inside");
}

function changeWithoutIndex(at: string): void {
  writeFileSync(join(at, "report"), "second report");
  rmSync(join(at, "plan"));
  renameSync(join(at, "note"), join(at, "memo"));
  writeFileSync(join(at, "memo"), "second memo");
  renameSync(join(at, "folder"), join(at, "moved"));
  writeFileSync(join(at, "moved/inside"), "second inside");
  writeFileSync(join(at, "moved/new"), "second new");
  rmSync(join(at, "empty"), { recursive: true });
}

/** By what was looked up. */
type Held = ReadonlyMap<string, Buffer>;

needsNfsServer("nfs-ganesha", () => {
  let overlay: Served;
  let held: Held;

  const told = (when: "before" | "unmended" | "mended", which: 0 | 1) =>
    Object.fromEntries(STORIES.map((story) => [story.held, story[when][which]]));

  function foretold(): Record<string, string> {
    const given = [...held.values()].map((bytes) => {
      const text = bytes.toString("hex");
      const handle = parseClientHandle(text);
      if (handle?.form !== "ganesha") throw new Error("not taken for a handle of ganesha");
      return { given: text, handle };
    });
    const { handles } = resolve(overlay.spec, given, { limit: 1000 }, { native, files });
    const ends = handles.map(({ end }) => {
      if (end.leads === "nowhere") return end.leads;
      return end.leads === "directory" ? end.path.toString() : `${end.layer}: ${end.paths.join(" ")}`;
    });
    return Object.fromEntries([...held.keys()].map((path, i) => [path, ends[i] ?? ""]));
  }

  async function byHandle(server: Ganesha): Promise<Record<string, string>> {
    const all: Record<string, string> = {};
    for (const [path, handle] of held) all[path] = await seen(server, handle);
    return all;
  }

  beforeEach(async () => {
    overlay = Served.make(fill);
    held = await overlay.serve(async (server) => {
      const taken = new Map<string, Buffer>();
      for (const { held: path } of STORIES) taken.set(path, await lookedUp(server, path));
      return taken;
    });
  });
  afterEach(() => overlay.dispose());

  it("gives out handles that are read as what they are, and outlive the server and the mount", async () => {
    for (const handle of held.values()) {
      const verdict = decodeGanesha(handle);
      expect(verdict).toMatchObject({ kind: "valid", handle: { flags: 0, exportId: 7, type: 0xf8 } });
      if (verdict.kind === "valid") expect(encodeGanesha(verdict.handle)).toEqual(handle);
    }
    expect(foretold()).toEqual(told("before", 0));
    await overlay.serve(async (server) => expect(await byHandle(server)).toEqual(told("before", 1)));
  });

  it("serves what is no longer, loses a write and breaks a name when nothing is done", async () => {
    const report = held.get("report") as Buffer;
    await overlay.live(INDEX_OFF, changeWithoutIndex);
    expect(foretold()).toEqual(told("unmended", 0));
    await overlay.serve(async (server) => {
      expect(await byHandle(server)).toEqual(told("unmended", 1));
      expect(await seenByName(server, "report")).toBe("second report");
      await server.client.write(report, Buffer.from("third report"));
      expect(await seen(server, report)).toBe("third report");
      expect(await seenByName(server, "report")).toBe("second report");
    });
    await overlay.serve(async (server, at) => {
      expect(await seen(server, report)).toBe("NFS4ERR_STALE");
      expect(await seenByName(server, "report")).toBe("NFS4ERR_IO");
      expect(() => readFileSync(join(at, "report"))).toThrow("EIO");
    });
  });

  it.each(["migrate", "repair"] as const)("serves what is right after %s", async (command) => {
    const report = held.get("report") as Buffer;
    await overlay.live(INDEX_OFF, changeWithoutIndex);
    expect(await mend(overlay.spec, command)).toMatchObject({ trouble: null, after: { ready: true } });
    expect(foretold()).toEqual(told("mended", 0));
    await overlay.serve(async (server) => {
      expect(await byHandle(server)).toEqual(told("mended", 1));
      // And what is looked up now has the handle that it always had.
      for (const { held: path, now } of STORIES)
        if (now !== null) expect(await lookedUp(server, now), now).toEqual(held.get(path));
      await server.client.write(report, Buffer.from("third report"));
      expect(await seenByName(server, "report")).toBe("third report");
    });
    await overlay.serve(async (server, at) => {
      expect(await byHandle(server)).toEqual({ ...told("mended", 1), report: "third report" });
      expect(readFileSync(join(at, "report"), "utf8")).toBe("third report");
    });
  });
});
