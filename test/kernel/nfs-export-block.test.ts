/** What `export` prints for nfs-ganesha is what nfs-ganesha takes. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Export } from "../../src/lib/demo/ganesha.js";
import { planExport } from "../../src/lib/export/index.js";
import { decodeGanesha } from "../../src/lib/format/ganeshaHandle.js";
import { needsNfsServer } from "../support/nfs-server.js";
import { INDEX_OFF, Served } from "../support/served.js";
import { lookedUp, seen, seenByName } from "./nfs/client.js";
import { mend } from "./nfs/mend.js";

needsNfsServer("the EXPORT block of export", () => {
  let overlay: Served;

  beforeEach(async () => {
    overlay = Served.make((lower) => {
      writeFileSync(join(lower, "report"), "first");
      // Root of another machine is nobody here, as is usual.
      chmodSync(join(lower, "report"), 0o666);
    });
    await overlay.live(INDEX_OFF, (at) => writeFileSync(join(at, "report"), "second"));
    await mend(overlay.spec, "migrate");
  });
  afterEach(() => overlay.dispose());

  async function printed(): Promise<Export & { readonly id: number | undefined }> {
    const { mountpoint } = overlay;
    const wishes = { mountpoint: Buffer.from(mountpoint), clients: [], fsid: null, program: [] };
    const { blocks, identity } = await planExport(overlay.spec, { wishes });
    const [piece] = blocks.find(({ name }) => name === "ganesha")?.pieces ?? [];
    const names = mountpoint.slice(1).split("/");
    return {
      block: piece?.text ?? "",
      names: names.map((name) => Buffer.from(name)),
      id: identity?.exportId,
    };
  }

  it("serves the overlay, and says the same the next time", async () => {
    const exported = await printed();
    const report = await overlay.serve(async (server) => {
      const handle = await lookedUp(server, "report");
      expect(decodeGanesha(handle)).toMatchObject({ handle: { exportId: exported.id } });
      expect(await seen(server, handle)).toBe("second");
      await server.client.write(handle, Buffer.from("third"));
      expect(await seenByName(server, "report")).toBe("third");
      return handle;
    }, exported);
    const again = await printed();
    expect(again).toEqual(exported);
    await overlay.serve(async (server) => expect(await seen(server, report)).toBe("third"), again);
  });
});
