/** How an overlay is named on the command line, for every command that takes one. */
import { Args, Flags } from "@oclif/core";
import { OVERLAY_GROUP } from "./metadata.js";

export const overlayFlags = {
  options: Flags.string({
    char: "o",
    helpGroup: OVERLAY_GROUP,
    multiple: true,
    // One value each: what follows is the mount point, or an error.
    multipleNonGreedy: true,
    helpValue: "OPTIONS",
    description: "mount options, as mount(8) takes them: lowerdir=...,upperdir=...,workdir=...,index=on",
  }),
  lower: Flags.string({
    helpGroup: OVERLAY_GROUP,
    helpValue: "A:B",
    description: "lower layers, the topmost first",
  }),
  upper: Flags.string({ helpGroup: OVERLAY_GROUP, helpValue: "DIR", description: "the upper layer" }),
  work: Flags.string({ helpGroup: OVERLAY_GROUP, helpValue: "DIR", description: "the work directory" }),
  docker: Flags.string({
    helpGroup: OVERLAY_GROUP,
    helpValue: "ID",
    description: "the overlay of a container of Docker's",
  }),
  podman: Flags.string({
    helpGroup: OVERLAY_GROUP,
    helpValue: "ID",
    description: "the overlay of a container of podman's",
  }),
  containerd: Flags.string({
    helpGroup: OVERLAY_GROUP,
    helpValue: "KEY",
    description: "a container or an active snapshot of containerd's: KEY, or NAMESPACE/KEY",
  }),
  layers: Flags.string({
    helpGroup: OVERLAY_GROUP,
    helpValue: "FILE",
    description: "layers and options as JSON (schemas/layers-1.schema.json); - for stdin",
  }),
  root: Flags.string({
    helpGroup: OVERLAY_GROUP,
    helpValue: "DIR",
    description: "resolve all paths inside this image tree",
  }),
};

export const overlayArgs = {
  // oclif would take what a script has on stdin for the argument that is not given.
  mountpoint: Args.string({
    ignoreStdin: true,
    description: "where it is mounted, or where fstab or a mount unit would mount it; or the unit",
  }),
};
