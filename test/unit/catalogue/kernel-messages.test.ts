import { describe, expect, it } from "vitest";
import { isCode, KERNEL_MESSAGES, overlayText, recogniseMessage } from "../../../src/lib/catalogue/index.js";

describe("kernel messages", () => {
  it.each(KERNEL_MESSAGES.map((message) => [message.sample, message] as const))("%s", (sample, message) => {
    expect(recogniseMessage(`[   12.345678] overlayfs: ${sample}`)?.message).toBe(message);
    expect(recogniseMessage(sample)?.message).toBe(message);
    for (const code of message.codes) expect(isCode(code)).toBe(true);
  });

  it("are recognised by one pattern only", () => {
    for (const { sample } of KERNEL_MESSAGES) {
      expect(
        KERNEL_MESSAGES.filter((message) => message.pattern.test(sample)),
        sample,
      ).toHaveLength(1);
    }
  });

  it.each([
    ["[    1.0] overlayfs: a", "a"],
    ["<4>overlayfs: a", "a"],
    ["Nov 23 10:00:00 host kernel: overlayfs: a", "a"],
    ["[    1.0] overlay: Unknown parameter 'x'", "Unknown parameter 'x'"],
    ["[    1.0] EXT4-fs: overlayfs", null],
    ["myoverlayfs: a", null],
  ])("of a log line: %s", (line, text) => {
    expect(overlayText(line)).toBe(text);
  });

  it.each([
    "upperdir is in-use as upperdir/workdir of another mount, accessing files from both mounts will result in undefined behavior.",
    "...falling back to index=off,metacopy=off.",
    "upper fs does not support file handles, falling back to index=off.",
    "NFS export is not supported with metadata only copy up, falling back to nfs_export=off.",
    "case-insensitive capable filesystem on /x not supported",
    "filesystem on /x is read-only",
    "metacopy file 'f' has unsupported version",
    "failed to lookup one by real (a, layer=1, connected=b, err=-2)",
    "conflicting options: userxattr,redirect_dir=on",
  ])("in their other wording: %s", (text) => {
    expect(recogniseMessage(text)).not.toBeNull();
  });
});
