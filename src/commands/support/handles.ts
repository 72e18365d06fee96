/** What `handles save` and `handles verify` share. */
import { Args, Flags } from "@oclif/core";
import { HandlesTrouble } from "../../lib/handles/overlay.js";
import { HandlesFileError } from "../../lib/handles/record.js";
import type { MountSpec } from "../../lib/mount/spec.js";
import { type Progress, startProgress } from "../../lib/report/index.js";
import { showPath } from "../../lib/report/text.js";
import { argumentBytes } from "./argument-bytes.js";
import { BaseCommand } from "./base.js";
import { OVERLAY_GROUP } from "./metadata.js";
import { namesLayers, type OverlayWords } from "./overlay.js";
import { overlayArgs, overlayFlags } from "./overlay-flags.js";

export const handlesArgs = {
  file: Args.string({ required: true, ignoreStdin: true, description: "the file of handles" }),
  ...overlayArgs,
};

export const handlesFlags = {
  ...overlayFlags,
  mounted: Flags.string({
    helpGroup: OVERLAY_GROUP,
    helpValue: "MOUNTPOINT",
    description: "ask the kernel, through the overlay mounted there with nfs_export=on",
  }),
};

export interface HandlesWords extends OverlayWords {
  readonly mounted?: string | undefined;
}

/** Either the layers, or a mount point whose kernel is asked. */
export type Source = { readonly spec: MountSpec } | { readonly mounted: Buffer };

export abstract class HandlesBase extends BaseCommand {
  protected source(words: HandlesWords): Source {
    if (words.mounted !== undefined) {
      if (words.mounted === "") this.usage("--mounted is empty");
      if (namesLayers(words) || (words.mountpoint ?? words.root) !== undefined)
        this.usage("--mounted says it all: leave out what names layers");
      return { mounted: argumentBytes(words.mounted) };
    }
    const spec = this.overlay(words);
    return { spec };
  }

  /** What the file or the overlay does not allow ends in a line on stderr. */
  protected async attempt<T>(file: Buffer, act: (progress: Progress) => T | Promise<T>): Promise<T> {
    if (file.length === 0) this.usage("the name of the file of handles is empty");
    if (file.toString("latin1") === "-")
      this.usage(
        "the handles are not read from stdin, nor written to stdout: name a file; one called - is ./-",
      );
    const progress = await startProgress(process.stderr, true);
    try {
      return await act(progress);
    } catch (error) {
      progress.stop();
      if (error instanceof HandlesTrouble) this.impossible(error.message);
      if (!(error instanceof HandlesFileError)) throw error;
      const message = `${showPath(file)}: ${error.message}`;
      return error.usage ? this.usage(message) : this.impossible(message);
    } finally {
      progress.stop();
    }
  }
}
