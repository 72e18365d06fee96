/** A TCP connection to this machine, read in pieces of a known size. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

const RETRY_MS = 5;

/** What does not answer is given up after so long. */
const PATIENCE_MS = 20_000;

export class Tcp {
  private constructor(private readonly socket: Socket) {}

  /**
   * Connect, as soon as somebody listens there.
   * @throws The error of the last attempt when `giveUp` says so, or patience is at its end.
   */
  static async dial(port: number, giveUp: () => boolean = () => false): Promise<Tcp> {
    for (const end = Date.now() + PATIENCE_MS; ; ) {
      const socket = connect({ host: "127.0.0.1", port, noDelay: true });
      try {
        await once(socket, "connect");
        // A connection that breaks shows in the next read.
        socket.on("error", () => undefined);
        socket.setTimeout(PATIENCE_MS, () => socket.destroy());
        return new Tcp(socket);
      } catch (error) {
        socket.destroy();
        if (giveUp() || Date.now() > end) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** @throws Error where the connection ends before there are so many bytes. */
  async read(size: number): Promise<Buffer> {
    for (;;) {
      const got: unknown = size === 0 ? Buffer.alloc(0) : this.socket.read(size);
      if (got instanceof Buffer && got.length === size) return got;
      if (this.socket.readableEnded || this.socket.destroyed) throw new Error("the connection has ended");
      await new Promise<void>((resolve) => {
        const go = (): void => {
          for (const event of EVENTS) this.socket.off(event, go);
          resolve();
        };
        for (const event of EVENTS) this.socket.on(event, go);
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

const EVENTS = ["readable", "end", "close"] as const;
