import { printable, unescapeBackslash } from "./bytes.js";
import { newerWords, OVERLAY_OPTIONS, type OverlayOption } from "./known-options.js";
import { MAX_LAYERS, parseLowerdir } from "./lowerdir.js";
import type { LayerRole, RequestedOptions } from "./spec.js";

/** An option that the kernel, or mount(8), would refuse: one line for the user, and what might have been meant. */
export interface OptionError {
  readonly option: string;
  readonly reason: string;
  /** A known option with nearly this name. */
  readonly nearest?: string;
}

export interface ParsedOptions {
  readonly lower: readonly Buffer[];
  readonly data: readonly Buffer[];
  readonly upper: Buffer | null;
  readonly work: Buffer | null;
  readonly options: RequestedOptions;
  /** In which order the kernel resolves the paths: the first that fails gives mount(2)'s errno. */
  readonly order: readonly LayerRole[];
  /** Options that say nothing about the overlay, as given. */
  readonly ignored: readonly string[];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Collects options one by one as ovl_parse_param() does: later ones win, lowerdir= replaces all lower layers. */
export class OptionState {
  private lower: Buffer[] = [];
  private data: Buffer[] = [];
  private upper: Buffer | null = null;
  private work: Buffer | null = null;
  private listed = false;
  private readonly options: Writable<RequestedOptions> = {};
  private readonly newer = new Set<string>();
  private readonly order = new Set<LayerRole>();
  readonly ignored: string[] = [];

  /** `accepted`: the options of an overlay that is mounted, all of which the running kernel has taken. */
  constructor(private readonly accepted = false) {}

  /** `value`: null where there is no `=`; escapes of the option string still in place. Undefined: taken. */
  apply(name: OverlayOption, value: Buffer | null): OptionError | undefined {
    const kind = OVERLAY_OPTIONS[name];
    for (const word of newerWords(name, value?.toString("latin1") ?? null)) this.newer.add(word);
    if (kind === "flag") {
      if (value !== null) return { option: name, reason: "takes no value" };
      if (name === "userxattr") this.options.userxattr = true;
      if (name === "volatile") this.options.volatile = true;
      return undefined;
    }
    if (value === null) return { option: name, reason: "needs a value" };
    if (kind === "path list") return this.setLowerdir(value);
    if (kind === "path") return this.setPath(name, value);
    const text = value.toString("latin1");
    if (!(kind as readonly string[]).includes(text)) {
      return { option: name, reason: `"${printable(value)}" is none of ${kind.join(", ")}` };
    }
    this.setMode(name, text);
    return undefined;
  }

  setReadonly(readonly: boolean): void {
    this.options.readonly = readonly;
  }

  result(): ParsedOptions {
    const { lower, data, upper, work, ignored, newer } = this;
    const options = this.accepted || newer.size === 0 ? this.options : { ...this.options, newer: [...newer] };
    return { lower, data, upper, work, options, ignored, order: [...this.order] };
  }

  private setLowerdir(value: Buffer): OptionError | undefined {
    const layers = parseLowerdir(value);
    if (typeof layers === "string") return { option: "lowerdir", reason: layers };
    this.lower = layers.lower;
    this.data = layers.data;
    if (layers.data.length > 0) this.newer.add("::");
    this.listed = value.length > 0;
    this.order.add("lower");
    return undefined;
  }

  private setPath(name: OverlayOption, value: Buffer): OptionError | undefined {
    if (value.length === 0) return { option: name, reason: "needs a value" };
    if (name === "upperdir") {
      this.upper = unescapeBackslash(value);
      this.order.add("upper");
    } else if (name === "workdir") {
      this.work = unescapeBackslash(value);
      this.order.add("work");
    } else {
      return this.addLower(name, value);
    }
    return undefined;
  }

  /** lowerdir+ and datadir+ are one path each, with no escapes of their own. */
  private addLower(name: OverlayOption, path: Buffer): OptionError | undefined {
    if (this.listed) return { option: name, reason: "cannot follow lowerdir=" };
    if (name === "lowerdir+" && this.data.length > 0) {
      return { option: name, reason: "a regular lower layer cannot follow a data-only layer" };
    }
    if (this.lower.length + this.data.length === MAX_LAYERS) {
      return { option: name, reason: `more than ${MAX_LAYERS} lower layers` };
    }
    (name === "lowerdir+" ? this.lower : this.data).push(path);
    this.order.add("lower");
    return undefined;
  }

  private setMode(name: OverlayOption, value: string): void {
    const options = this.options;
    switch (name) {
      case "index":
        options.index = value === "on";
        break;
      case "nfs_export":
        options.nfsExport = value === "on";
        break;
      case "metacopy":
        options.metacopy = value === "on";
        break;
      case "redirect_dir":
        options.redirectDir = value as NonNullable<RequestedOptions["redirectDir"]>;
        break;
      case "uuid":
        options.uuid = value as NonNullable<RequestedOptions["uuid"]>;
        break;
      case "xino":
        options.xino = value as NonNullable<RequestedOptions["xino"]>;
        break;
      case "verity":
        options.verity = value as NonNullable<RequestedOptions["verity"]>;
        break;
      case "fsync":
        options.volatile = value === "volatile";
        break;
      default:
        break;
    }
  }
}
