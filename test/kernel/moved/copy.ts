/** How people move directories: the tools, with the flags that lose nothing. */
import { execFileSync, spawnSync } from "node:child_process";

export type Tool = "cp" | "rsync" | "tar";

/** Copy the directories `names` of `from` into `to`, all with one command. */
export function copyWith(tool: Tool, from: string, names: readonly string[], to: string): void {
  const sources = names.map((name) => `${from}/${name}`);
  switch (tool) {
    case "cp":
      run("cp", ["-a", ...sources, to]);
      return;
    case "rsync":
      run("rsync", ["-aHAX", ...sources, `${to}/`]);
      return;
    case "tar":
      pipeTar(from, names, to);
  }
}

export function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, LC_ALL: "C" } });
}

function pipeTar(from: string, names: readonly string[], to: string): void {
  const xattrs = ["--xattrs", "--xattrs-include=*"];
  const packed = spawnSync("tar", ["-C", from, ...xattrs, "-cf", "-", ...names], { maxBuffer: 1 << 28 });
  if (packed.status !== 0) throw new Error(`tar: ${packed.stderr.toString()}`);
  const unpacked = spawnSync("tar", ["-C", to, ...xattrs, "-xpf", "-"], { input: packed.stdout });
  if (unpacked.status !== 0) throw new Error(`tar: ${unpacked.stderr.toString()}`);
}
