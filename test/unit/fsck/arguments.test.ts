import { describe, expect, it } from "vitest";
import { parseArguments } from "../../../src/fsck-overlay/arguments.js";

const NONE = { mode: null, options: [], device: null, verbose: false, help: false, version: false };

describe("arguments of fsck.overlay", () => {
  it.each<[string, object]>([
    ["", {}],
    ["-n", { mode: "dry-run" }],
    ["-p", { mode: "preen" }],
    ["-a", { mode: "preen" }],
    ["-pa -p", { mode: "preen" }],
    ["-y", { mode: "yes" }],
    ["-o lowerdir=a -n -o upperdir=b", { mode: "dry-run", options: ["lowerdir=a", "upperdir=b"] }],
    ["-oindex=on -p", { mode: "preen", options: ["index=on"] }],
    ["-fnvolowerdir=a,upperdir=b", { mode: "dry-run", options: ["lowerdir=a,upperdir=b"], verbose: true }],
    ["-fno lowerdir=-p", { mode: "dry-run", options: ["lowerdir=-p"] }],
    ["-C 5 -y /mnt", { mode: "yes", device: "/mnt" }],
    ["-C5 -y", { mode: "yes" }],
    ["-C -1 /mnt -p", { mode: "preen", device: "/mnt" }],
    ["/mnt -f", { device: "/mnt" }],
    ["-p -- -n", { mode: "preen", device: "-n" }],
    ["-", { device: "-" }],
    ["-V", { version: true }],
    ["--version", { version: true }],
    ["-h", { help: true }],
    ["--help -n -p /a", { usage: "give only one of -n, -p and -y" }],
    ["-np", { usage: "give only one of -n, -p and -y" }],
    ["-y -a", { usage: "give only one of -n, -p and -y" }],
    ["-x", { usage: "unknown option -x" }],
    ["-nx", { usage: "unknown option -x" }],
    ["--no-such", { usage: "unknown option --no-such" }],
    ["--constructor", { usage: "unknown option --constructor" }],
    ["-o", { usage: "-o needs a value" }],
    ["-n -C", { usage: "-C needs a value" }],
    ["-C x", { usage: '-C needs a file descriptor, not "x"' }],
    ["/a /b", { usage: 'one overlay at a time, not "/a" and "/b"' }],
  ])("%s", (line, expected) => {
    const argv = line.split(" ").filter((word) => word !== "");
    expect(parseArguments(argv)).toEqual("usage" in expected ? expected : { ...NONE, ...expected });
  });
});
