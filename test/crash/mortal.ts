/** A host whose process may end at any call that writes. */
import { native } from "../../src/lib/host/addon.js";
import type { Native } from "../../src/lib/host/native.js";
import { writer } from "../../src/lib/host/system-writer.js";
import type { Writer } from "../../src/lib/host/writer.js";
import { hookedWriter, type WriterMethod } from "../support/writer-faults.js";

export interface MortalHost {
  readonly writer: Writer;
  readonly native: Native;
}

/** The process is gone. */
class Gone extends Error {}

export interface End {
  /** Number of a call; the first is 1. */
  readonly call: number;
  readonly phase: "before" | "after";
}

/** Carries descriptors like a process: they go when it ends, and with them its locks. */
export class Mortal {
  private readonly fds = new Set<number>();
  private gone = false;
  /** Calls so far. */
  calls = 0;

  constructor(
    private readonly end: End | null = null,
    /** Sees every call before it is made. */
    private readonly watch: (call: number, method: WriterMethod) => void = () => {},
  ) {}

  get host(): MortalHost {
    return {
      native: this.trackedNative(),
      writer: hookedWriter(this.tracked(), (n, method, phase) => {
        if (phase === "before") this.watch(n, method);
        this.calls = n;
        // Nothing that would clean up behind it runs in a process that is gone.
        this.gone ||= n === this.end?.call && phase === this.end.phase;
        if (this.gone) throw new Gone();
      }),
    };
  }

  /** True where it came to its own end. */
  live(life: (host: MortalHost) => void): boolean {
    try {
      life(this.host);
      return true;
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      return false;
    } finally {
      this.#end();
    }
  }

  /** The same, of a life that takes its time. */
  async liveLong(life: (host: MortalHost) => Promise<void>): Promise<boolean> {
    try {
      await life(this.host);
      return true;
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      return false;
    } finally {
      this.#end();
    }
  }

  #end(): void {
    for (const fd of this.fds) writer.close(fd);
    this.fds.clear();
  }

  private trackedNative(): Native {
    const tracked: Pick<Native, "openDirectory" | "close"> = {
      openDirectory: (root, path) => {
        const fd = native.openDirectory(root, path);
        if (fd >= 0) this.fds.add(fd);
        return fd;
      },
      close: (fd) => {
        this.fds.delete(fd);
        native.close(fd);
      },
    };
    return Object.assign(Object.create(native) as Native, tracked);
  }

  private tracked(): Writer {
    return {
      ...writer,
      openWritable: (upper, work, expected) => {
        const opened = writer.openWritable(upper, work, expected);
        if (typeof opened !== "number") this.fds.add(opened.upper).add(opened.work);
        return opened;
      },
      openWritableLayer: (path, expected, upper) => {
        const fd = writer.openWritableLayer(path, expected, upper);
        if (fd >= 0) this.fds.add(fd);
        return fd;
      },
      openOwned: (root, path) => {
        const fd = writer.openOwned(root, path);
        if (fd >= 0) this.fds.add(fd);
        return fd;
      },
      close: (fd) => {
        this.fds.delete(fd);
        writer.close(fd);
      },
    };
  }
}

/** Both sides of every call. */
export function everyEnd(calls: number): End[] {
  return Array.from({ length: calls }, (_, i) => i + 1).flatMap((call): End[] => [
    { call, phase: "before" },
    { call, phase: "after" },
  ]);
}
