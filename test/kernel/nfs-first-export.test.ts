/** An overlay from before anybody thought of NFS, exported for the first time: what a client's mere looking does to it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { needsNfsServer } from "../support/nfs-server.js";
import { INDEX_OFF, Served } from "../support/served.js";
import { lookedUp } from "./nfs/client.js";
import { mend } from "./nfs/mend.js";

/** The second lies in the first, which is copied up, and is itself in lower alone. */
const PATHS = ["folder", "folder/quiet", "folder/quiet/inside", "folder/report"];

needsNfsServer("the first export", () => {
  let overlay: Served;

  /** What has become of the layers when a client has looked everything up. */
  const lookedAt = async (): Promise<string[]> => {
    const before = new Set(overlay.dump());
    await overlay.serve(async (server) => {
      for (const path of PATHS) await lookedUp(server, path);
    });
    return overlay.dump().filter((line) => !before.has(line));
  };

  beforeEach(async () => {
    overlay = Served.make((lower) => {
      mkdirSync(join(lower, "folder/quiet"), { recursive: true });
      for (const path of ["folder/report", "folder/quiet/inside"]) writeFileSync(join(lower, path), "first");
    });
    await overlay.live(INDEX_OFF, (at) => writeFileSync(join(at, "folder/report"), "second"));
  });
  afterEach(() => overlay.dispose());

  it("copies directories up when nothing is done", async () => {
    const touched = (await lookedAt()).map((line) => line.split(" ")[0]);
    expect(touched).toContain("upper/folder/quiet");
  });

  it("changes nothing after migrate", async () => {
    expect(await mend(overlay.spec, "migrate")).toMatchObject({ trouble: null, after: { ready: true } });
    expect(await lookedAt()).toEqual([]);
  });
});
