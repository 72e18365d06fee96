/**
 * Damage that check cannot answer for by itself, as the kernel makes it or an administrator, and the run that mends
 * it on a real mount: each kind of evidence for where a dangling redirect was meant to lead, and the volatile mark.
 */
import { afterEach, describe, expect, it } from "vitest";
import { repair } from "../../src/lib/repair.js";
import { Overlay } from "../fixtures/support/overlay.js";
import { needsRoot } from "../support/root.js";
import { yes } from "./repaired/twice.js";

needsRoot("repair, by what is on the disk", () => {
  let o: Overlay;
  afterEach(() => o.dispose());

  /** A directory of the lower layer is renamed in the overlay, where a client holds a file in it. */
  function renamed(): void {
    o = new Overlay();
    o.file("lower/old/a", "lower");
    o.file("lower/old/b", "lower");
    o.live(() => {
      o.client("mnt/old/a");
      o.move("mnt/old", "mnt/new");
      o.file("mnt/new/b", "upper");
    });
  }

  /** What repair did to the redirect, and whether it asks for a person; the rest of the plan aside. */
  async function mended() {
    const { plan, after } = await repair(o.spec(), yes("nfs-export"));
    expect(after?.ready).toBe(true);
    const [action, ...others] = plan
      .map(({ action }) => action)
      .filter(({ target }) => target.layer === "upper" && target.path.toString() === "new");
    expect(others).toEqual([]);
    return action;
  }

  describe("a redirect whose lower directory was moved away", () => {
    function moved(): void {
      renamed();
      o.move("lower/old", "lower/elsewhere");
    }

    /** The directory shows what it showed before, and the client has its file. */
    function expectWhole(): void {
      o.live(() => {
        expect(o.names("mnt/new")).toEqual(["a", "b"]);
        expect([o.read("mnt/new/a"), o.read("mnt/new/b")]).toEqual(["lower", "upper"]);
        expect(o.names("mnt")).toEqual(["new"]);
        expect(o.readHeld("mnt/old/a")).toBe("lower");
      });
    }

    it("follows it by the directory's own origin", async () => {
      moved();
      expect(await mended()).toMatchObject({
        action: "set-redirect",
        safety: "confirm",
        evidence: 'its origin leads to lower[1] "elsewhere"',
      });
      expect(o.get("upper/new", "redirect")?.toString()).toBe("/elsewhere");
      expectWhole();
    });

    it("follows it by its index entry", async () => {
      moved();
      o.unset("upper/new", "origin");
      expect(await mended()).toMatchObject({
        action: "set-redirect",
        safety: "confirm",
        evidence: 'its index entry leads to lower[1] "elsewhere"',
      });
      expectWhole();
    });

    it("follows it by its name and what it stands upon, where one alone has both", async () => {
      renamed();
      o.file("lower/other/old/c");
      o.set("upper/new", "redirect", "/gone/old");
      o.unset("upper/new", "origin");
      o.remove(o.entry("lower/old"));
      expect(await mended()).toMatchObject({
        action: "set-redirect",
        safety: "confirm",
        evidence: expect.stringContaining('of that name only lower[1] "old" is shown by nobody'),
      });
      expect(o.get("upper/new", "redirect")?.toString()).toBe("/old");
      o.live(() => expect([o.read("mnt/new/a"), o.read("mnt/new/b")]).toEqual(["lower", "upper"]));
    });
  });

  describe("a redirect whose lower directory is no more", () => {
    it("is dropped unattended, where nobody sees a change", async () => {
      renamed();
      o.remove("lower/old");
      expect(await mended()).toMatchObject({ action: "remove-redirect", safety: "auto", loses: null });
      o.live(() => {
        expect(o.names("mnt/new")).toEqual(["b"]);
        expect(o.read("mnt/new/b")).toBe("upper");
      });
    });

    it("is dropped with consent, and opaque set, where a lower directory has its name", async () => {
      renamed();
      o.remove("lower/old");
      o.file("lower/new/stranger");
      expect(await mended()).toMatchObject({
        action: "remove-redirect",
        safety: "confirm",
        loses: 'the redirect "old", should what it led to come back',
      });
      o.live(() => expect(o.names("mnt/new")).toEqual(["b"]));
    });
  });

  it("takes the mark of a volatile mount away on demand only", async () => {
    o = new Overlay();
    o.live(() => o.file("mnt/new", "written"), "nfs-export", "volatile");
    const refused = await repair(o.spec(), yes("nfs-export"));
    expect(refused.trouble?.kind).toBe("volatile");
    expect(o.exists("work/work/incompat/volatile")).toBe(true);
    const { plan, after } = await repair(o.spec(), { ...yes("nfs-export"), clearVolatile: true });
    expect(plan.map(({ action }) => [action.action, action.safety])).toEqual([["clear-volatile", "confirm"]]);
    expect(after?.ready).toBe(true);
    o.live(() => expect(o.read("mnt/new")).toBe("written"));
  });
});
