/** docs/kernel.md, "Escaping": `::` starts data-only layers, which take no part in names. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { check } from "../../../src/lib/index.js";
import { Overlay } from "../../fixtures/support/overlay.js";
import { needsRoot } from "../../support/root.js";
import { errnoName, must, sys } from "../../support/sys.js";

let o: Overlay;
beforeEach(() => {
  o = new Overlay({ options: "metacopy=on" });
  o.file("data/blob", "data");
  o.file("data/d/only");
});
afterEach(() => o.dispose());

/** An empty file whose data is said to be somewhere else. */
function metadata(where: string, redirect: string): void {
  o.file(where, "");
  o.set(where, "metacopy", "");
  o.set(where, "redirect", redirect);
}

interface Seen {
  readonly codes: string[];
  readonly lookup: string[];
}

/** What check says, and what lookups of these names really give. */
async function judged(names: readonly string[]): Promise<Seen> {
  const data = o.data().replace(/(lowerdir=[^,]*)/, `$1::${o.path("data").toString()}`);
  const { prediction, findings } = await check(o.spec(data), { require: "index" });
  expect(prediction.mount).toEqual({ ok: true });
  const overlay = Buffer.from("overlay");
  must(sys.mount(overlay, o.stage.mnt, overlay, 0, Buffer.from(`${data},index=on`)), "mount");
  o.later(() => void sys.umount(o.stage.mnt, 0));
  const failed = names.flatMap((name) => {
    const result = sys.lookup(o.path(`mnt/${name}`));
    return result < 0 && result !== -2 ? [`${name} ${errnoName(result)}`] : [];
  });
  const lookup = prediction.lookup.map(({ path, errno }) => `${path.toString()} ${errno}`);
  expect(lookup).toEqual(failed);
  return { codes: findings.map(({ code, path }) => `${code} ${path?.toString() ?? ""}`).sort(), lookup };
}

needsRoot("data-only layers", () => {
  it("an absolute redirect finds its data there", async () => {
    metadata("lower/a", "/blob");
    expect(await judged(["a"])).toEqual({ codes: [], lookup: [] });
    expect(o.read("mnt/a")).toBe("data");
  });

  it("their names are nobody's", async () => {
    o.file("upper/d/own");
    expect(await judged(["d", "d/only", "blob"])).toMatchObject({ lookup: [] });
    expect(o.exists("mnt/blob")).toBe(false);
    expect(o.names("mnt/d")).toEqual(["own"]);
  });

  it("a relative redirect does not lead there: EIO", async () => {
    metadata("lower/a", "blob");
    expect(await judged(["a"])).toEqual({ codes: ["metacopy-no-data a"], lookup: ["a EIO"] });
  });

  it("a redirect to nothing there: the name is found, its data is not", async () => {
    metadata("lower/a", "/gone");
    expect(await judged(["a"])).toMatchObject({ lookup: [] });
    expect(() => o.read("mnt/a")).toThrow();
  });

  it("a file whose data is in an ordinary lower layer is none of theirs", async () => {
    o.file("lower/a", "own");
    o.live(() => o.chmod("mnt/a", 0o600), "index");
    expect(await judged(["a"])).toEqual({ codes: [], lookup: [] });
    expect(o.read("mnt/a")).toBe("own");
  });
});
