/** A systemd of its own for a test; see boot-systemd.sh. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ran, root } from "./cli.js";

const BOOT = join(import.meta.dirname, "boot-systemd.sh");
/** Seconds; it takes two. */
const PATIENCE = "60";

export interface Booted {
  /** Name below /etc/systemd/system to text. */
  readonly units: Readonly<Record<string, string>>;
  /** Of bash; what it prints is the answer. */
  readonly script: string;
  readonly fstab?: string;
}

/** The lines of a script that a service of a freshly booted systemd runs. `stage`: all that it can change. */
export function underSystemd(stage: string, { units, script, fstab = "" }: Booted): string[] {
  const scratch = mkdtempSync(join(tmpdir(), "ovl-index-systemd-"));
  const put = (name: string, text: string) => {
    mkdirSync(dirname(join(scratch, name)), { recursive: true });
    writeFileSync(join(scratch, name), text);
  };
  mkdirSync(join(scratch, "units"));
  for (const [name, text] of Object.entries(units)) put(`units/${name}`, text);
  put("fstab", fstab);
  put("script", script);
  const own = ["--mount", "--propagation", "private", BOOT];
  const { status, stdout, stderr } = ran("unshare", [
    ...own,
    scratch,
    stage,
    root,
    process.execPath,
    PATIENCE,
  ]);
  rmSync(scratch, { recursive: true });
  if (status !== 0) throw new Error(`it did not end: ${stderr}`);
  return stdout.trimEnd().split("\n");
}
