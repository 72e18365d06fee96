/** The unit that checks an overlay before it is mounted: `export` prints it, and systemd/ has it for packages. */
import { unitWord } from "./escape.js";

export const GANESHA = "nfs-ganesha.service";
export const SERVERS: readonly string[] = ["nfs-server.service", GANESHA];

/** A template; its instances are named after the mount point, as mount units are. */
export const CHECK_UNIT = "ovl-index-check@.service";

/** @param program The command that checks, word by word, up to where its arguments begin. */
export function checkUnit(program: readonly Buffer[]): string[] {
  const command = program.map((word) => unitWord(word, true)).join(" ");
  return [
    "[Unit]",
    "Description=Check the overlay %f before it is mounted for export",
    "Documentation=man:ovl-index-check(8)",
    "# Mounts come before what services wait for by default, and this comes before a mount.",
    "DefaultDependencies=no",
    "Conflicts=shutdown.target",
    "After=local-fs-pre.target",
    `Before=%i.mount ${SERVERS.join(" ")} shutdown.target`,
    "# Done until the overlay is unmounted; then stopped, and made again before the next mount.",
    "StopWhenUnneeded=yes",
    "",
    "[Service]",
    "Type=oneshot",
    "RemainAfterExit=yes",
    `ExecStart=${command} check --require nfs-export %f`,
    "",
    "[Install]",
    "RequiredBy=%i.mount",
  ];
}
