import type { RequestedOptions, Require } from "../mount/spec.js";

/**
 * The options that the overlay is judged with: those given, and those that `--require` implies. Without an upper layer
 * there is nothing to index, and export needs none.
 */
export function requestFor(require: Require, options: RequestedOptions, hasUpper = true): RequestedOptions {
  switch (require) {
    case "nfs-export":
      return { ...options, ...(hasUpper ? { index: true } : {}), nfsExport: true };
    case "index":
      return { ...options, index: true };
    case "plain":
      return options;
  }
}

/** The same overlay without index and export: the view that a prediction is compared with. */
export function plainRequest(options: RequestedOptions): RequestedOptions {
  return { ...options, index: false, nfsExport: false };
}
