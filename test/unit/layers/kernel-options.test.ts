import { describe, expect, it } from "vitest";
import { initialConfig } from "../../../src/lib/layers/config.js";
import { verifyParams } from "../../../src/lib/layers/verify-params.js";
import { KCONFIG_DEFAULTS } from "../../../src/lib/mount/defaults.js";
import { overlayOptions, parseMountinfo } from "../../../src/lib/mount/mountinfo.js";
import { parseOptions } from "../../../src/lib/mount/options.js";

const BASE = "upperdir=/u,workdir=/w";

function refusedBy(minor: number, text: string, major = 6): unknown {
  const parsed = parseOptions([Buffer.from(text)]);
  if (!parsed.ok) throw new Error(parsed.error.reason);
  const { options, data } = parsed.parsed;
  const { config, named } = initialConfig(options, KCONFIG_DEFAULTS);
  const kernel = { major, minor };
  const context = { kernel, hasUpper: true, hasData: data.length > 0, newer: options.newer ?? [] };
  const { refusal } = verifyParams(config, named, context);
  if (refusal === null) return null;
  const { errno, cause, evidence } = refusal;
  return [errno, cause, "reason" in evidence ? evidence.reason : undefined];
}

describe("options that older kernels do not know", () => {
  it.each([
    ["uuid=null", 6],
    ["uuid=auto", 6],
    ["verity=off", 6],
    ["fsync=volatile", 12],
    ["override_creds", 15],
    ["nooverride_creds", 15],
  ])("%s", (option, since) => {
    const text = `lowerdir=/l,${BASE},${option}`;
    const refused = ["EINVAL", "mount-option-invalid", `needs Linux 6.${since}`];
    expect([since - 1, since].map((minor) => refusedBy(minor, text))).toEqual([refused, null]);
  });

  it.each(["userxattr", "uuid=off", "uuid=on"])("%s, of Linux 5", (option) => {
    const text = `lowerdir=/l,${BASE},${option}`;
    const refused = ["EINVAL", "mount-option-invalid", "needs Linux 5.11"];
    expect([10, 11].map((minor) => refusedBy(minor, text, 5))).toEqual([refused, null]);
  });

  it("layers one by one, and data-only layers", () => {
    const needs = (reason: string) => ["EINVAL", "mount-option-invalid", reason];
    expect(refusedBy(7, `lowerdir+=/l,${BASE}`)).toEqual(needs("needs Linux 6.8"));
    expect(refusedBy(8, `lowerdir+=/l,datadir+=/d,${BASE},metacopy=on`)).toBeNull();
    expect(refusedBy(4, `lowerdir=/l::/d,${BASE},metacopy=on`)).toEqual(needs("needs Linux 6.5"));
    expect(refusedBy(5, `lowerdir=/l::/d,${BASE},metacopy=on`)).toBeNull();
  });

  it("what every kernel knows", () => {
    const text = `lowerdir=/l,${BASE},uuid=on,index=on,xino=auto,redirect_dir=follow,metacopy=off,volatile`;
    expect(refusedBy(1, text)).toBeNull();
  });

  it("a mounted overlay's options are known to the kernel that mounted it, whatever its number", () => {
    const line = "1 0 0:9 / /m rw - overlay o rw,lowerdir=/l::/d,uuid=auto\n";
    const [entry] = parseMountinfo(Buffer.from(line));
    const parsed = entry === undefined ? null : overlayOptions(entry);
    expect(parsed).toHaveProperty("data", [Buffer.from("/d")]);
    expect(parsed).not.toHaveProperty("options.newer");
  });

  it("uuid=on means nothing before 6.6, and so falls back to nothing", () => {
    const fallbacks = (minor: number) => {
      const { config, named } = initialConfig({ uuid: "on" }, KCONFIG_DEFAULTS);
      const context = { kernel: { major: 6, minor }, hasUpper: false, hasData: false, newer: [] };
      return verifyParams(config, named, context).fallbacks.map(({ option }) => option);
    };
    expect([fallbacks(1), fallbacks(6)]).toEqual([[], ["uuid"]]);
  });
});
