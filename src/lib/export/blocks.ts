/** The lines that mount and export one overlay, each for the file that it goes into. Pure. */
import { unitName } from "../mount/systemd.js";
import { isUtf8, type OverlayReport, optionString, shellBytes } from "../report/index.js";
import { CHECK_UNIT, checkUnit, GANESHA, SERVERS } from "./check-unit.js";
import { ganeshaString, Inexpressible, octalField, unitValue, unitWord } from "./escape.js";
import {
  BLOCKS,
  type Block,
  type BlockName,
  type ExportWishes,
  type Identity,
  type Omitted,
  type Piece,
} from "./types.js";

export interface Setting extends ExportWishes {
  readonly overlay: OverlayReport;
  readonly identity: Identity;
}

const UNITS = "/etc/systemd/system";

/** All blocks that can be written for these paths. */
export function makeBlocks(setting: Setting): { blocks: Block[]; omitted: Omitted[] } {
  const blocks: Block[] = [];
  const omitted: Omitted[] = [];
  for (const name of BLOCKS) {
    try {
      blocks.push({ name, ...MAKE[name](setting) });
    } catch (error) {
      if (!(error instanceof Inexpressible)) throw error;
      omitted.push({ name, why: error.message });
    }
  }
  return { blocks, omitted };
}

const MAKE: Readonly<Record<BlockName, (setting: Setting) => Omit<Block, "name">>> = {
  mount,
  fstab,
  exports: exportsLine,
  ganesha,
  systemd,
};

const isReadonly = ({ effective }: OverlayReport): boolean => effective["ro"] === "on";
const hasUpper = ({ layers }: OverlayReport): boolean => layers.some(({ role }) => role === "upper");

/** What was asked for, and every option that handles depend on by its name: defaults differ between kernels. */
function options(overlay: OverlayReport): Buffer {
  const { requested, effective } = overlay;
  const uuid = requested["uuid"] ?? (effective["uuid"] === "off" ? "off" : undefined);
  const named: Record<string, string | undefined> = {
    ...requested,
    index: hasUpper(overlay) ? "on" : undefined,
    nfs_export: "on",
    redirect_dir: effective["redirect_dir"],
    metacopy: "off",
    uuid,
  };
  const given = Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return optionString(overlay, Object.fromEntries(given));
}

function whyOptions(overlay: OverlayReport): string[] {
  const redirect = overlay.effective["redirect_dir"];
  return [
    ...(hasUpper(overlay)
      ? ["index=on,nfs_export=on: handles outlast copying up, renaming and a restart"]
      : [
          "nfs_export=on: the overlay gives out handles; without an upper layer there is nothing to index",
          "redirect_dir=nofollow: without an upper layer the kernel exports only where it follows no redirects",
        ]),
    "metacopy=off: nfs_export excludes it, and a kernel may have it on by default",
    ...(hasUpper(overlay) ? [`redirect_dir=${redirect}: as it was checked`] : []),
    ...(overlay.requested["uuid"] === undefined
      ? []
      : [`uuid=${overlay.requested["uuid"]}: as it was checked; another mode makes other handles`]),
  ];
}

function mount({ overlay, mountpoint }: Setting): Omit<Block, "name"> {
  const text = `mount -t overlay overlay -o ${shellBytes(options(overlay))} ${shellBytes(mountpoint)}`;
  return { why: whyOptions(overlay), pieces: [{ file: null, text }] };
}

function fstab({ overlay, mountpoint }: Setting): Omit<Block, "name"> {
  const layers = mountsNeeded(overlay).filter((path) => /^[\w/.:-]+$/.test(path.toString("latin1")));
  const order = [
    ...layers.map((path) => `x-systemd.requires-mounts-for=${path.toString("latin1")}`),
    ...SERVERS.map((unit) => `x-systemd.before=${unit}`),
  ];
  const mounting = octalField(options(overlay));
  const text = `overlay ${octalField(mountpoint)} overlay ${[mounting, ...order].join(",")} 0 0`;
  return {
    why: [
      "mounted at boot, after what its layers are on and before a server that would export an empty directory",
    ],
    pieces: [{ file: "/etc/fstab", text }],
  };
}

function exportsLine({ overlay, mountpoint, clients, identity, fsid }: Setting): Omit<Block, "name"> {
  const mode = isReadonly(overlay) ? "ro" : "rw";
  const words = clients.map(
    (client) => `${client}(${mode},no_subtree_check,mountpoint,fsid=${fsid ?? identity.fsid})`,
  );
  const text = `${octalField(mountpoint)} ${words.join(" ")}`;
  return {
    why: [
      "no_subtree_check: an overlay's handle does not name a directory to be checked",
      "mountpoint: nothing is exported while the overlay is not mounted",
      "fsid: in each handle; an overlay has no device number that lasts. Keep it for as long as clients hold handles",
      ...whoMay(clients),
    ],
    pieces: [{ file: "/etc/exports", text }],
  };
}

function whoMay(clients: readonly string[]): string[] {
  return clients.length === 1 && clients[0] === DEFAULT_CLIENT
    ? ["this machine alone, until --clients names others"]
    : [];
}

export const DEFAULT_CLIENT = "localhost";

function ganesha({ overlay, mountpoint, clients, identity }: Setting): Omit<Block, "name"> {
  const path = ganeshaString(mountpoint);
  const mode = isReadonly(overlay) ? "RO" : "RW";
  const text = [
    "EXPORT {",
    `    Export_Id = ${identity.exportId};`,
    `    Path = ${path};`,
    `    Pseudo = ${path};`,
    `    Filesystem_Id = ${identity.filesystemId.join(".")};`,
    "    Protocols = 4;",
    "    Transports = TCP;",
    "    Access_Type = None;",
    "    FSAL { Name = VFS; }",
    `    CLIENT { Clients = ${clients.join(", ")}; Access_Type = ${mode}; }`,
    "}",
  ].join("\n");
  return {
    why: [
      "Export_Id: in each handle. Keep it for as long as clients hold handles",
      "leave fsid_device in NFS_CORE_PARAM false: a device number is another one after each mount",
      ...whoMay(clients),
    ],
    pieces: [{ file: "/etc/ganesha/ganesha.conf", text }],
  };
}

function systemd({ overlay, mountpoint, program }: Setting): Omit<Block, "name"> {
  const name = unitName(mountpoint);
  const needs = mountsNeeded(overlay).map((path) => unitWord(path));
  const mountUnit = [
    "[Unit]",
    `Description=Overlay for export at ${unitValue(mountpoint)}`,
    `RequiresMountsFor=${needs.join(" ")}`,
    `Before=${SERVERS.join(" ")}`,
    "",
    "[Mount]",
    "What=overlay",
    `Where=${unitValue(mountpoint)}`,
    "Type=overlay",
    `Options=${unitValue(options(overlay))}`,
    "",
    "[Install]",
    "WantedBy=multi-user.target",
    `RequiredBy=${GANESHA}`,
  ];
  const service = CHECK_UNIT.replace("@", `@${name}`);
  const dropIn = ["[Unit]", `RequiresMountsFor=${needs.join(" ")}`];
  const piece = (file: string, lines: readonly string[]): Piece => ({
    file: `${UNITS}/${file}`,
    text: lines.join("\n"),
  });
  return {
    why: [
      "in place of the fstab line; the check alone serves that, too, with nofail in it: where a mount without that fails, the machine stops booting",
      "the mount waits for the check, and fails where that does; the servers wait for the mount",
      "nfs-ganesha does not start without the mount: it would export the empty directory",
      `to have it at boot: systemctl daemon-reload && systemctl enable ${shellBytes(Buffer.from(`${name}.mount`))} ${shellBytes(Buffer.from(service))}`,
    ],
    pieces: [
      piece(`${name}.mount`, mountUnit),
      piece(CHECK_UNIT, checkUnit(program)),
      piece(`${service}.d/layers.conf`, dropIn),
    ],
  };
}

/** Directories whose filesystems have to be mounted first. */
function mountsNeeded({ layers }: OverlayReport): Buffer[] {
  return layers.map(({ path }) => path);
}

/** A name for the mount point where nobody gave one: that of the directory that the layers are in. */
export function defaultMountpoint({ layers }: OverlayReport): Buffer {
  const top = layers.find(({ role }) => role === "upper") ?? layers[0];
  const names = (top?.path ?? Buffer.alloc(0))
    .toString("latin1")
    .split("/")
    .filter((name) => name !== "");
  const name = Buffer.from(names.at(-2) ?? "overlay", "latin1");
  return Buffer.concat([Buffer.from("/export/"), isUtf8(name) ? name : Buffer.from("overlay")]);
}
