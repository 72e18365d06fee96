/** A client of a real NFS server, which is started with each export and ends with it. The filehandles outlive it. */
import type { Answer, Client } from "./client.js";
import { exportOf, Ganesha } from "./ganesha.js";
import { Nfs4Error } from "./nfs4/status.js";
import { StageError } from "./stage.js";

export class NfsClient implements Client<Buffer> {
  #server: Ganesha | null = null;

  /** What the server keeps lies in `state`. */
  constructor(
    private readonly state: string,
    private readonly merged: string,
  ) {}

  calls(errno: string): string {
    return errno.replace(/^E/, "NFS4ERR_");
  }

  async begin(): Promise<void> {
    try {
      this.#server = await Ganesha.start(this.state, exportOf(this.merged));
    } catch (error) {
      throw new StageError((error as Error).message);
    }
  }

  async end(): Promise<void> {
    await this.#server?.stop();
    this.#server = null;
  }

  async handleOf(name: string): Promise<Buffer> {
    const answer = await answered(() => this.#up.handle(name));
    if (typeof answer === "string") throw new StageError(`no handle of ${name}: ${answer}`);
    return answer;
  }

  async readByName(name: string): Promise<Answer> {
    const handle = await answered(() => this.#up.handle(name));
    return typeof handle === "string" ? { errno: handle } : this.read(handle);
  }

  async read(handle: Buffer): Promise<Answer> {
    const read = await answered(() => this.#up.client.read(handle));
    return typeof read === "string" ? { errno: read } : { text: read.toString("utf8") };
  }

  async write(handle: Buffer, text: string): Promise<string | null> {
    return answered(async () => {
      await this.#up.client.write(handle, Buffer.from(text));
      return null;
    });
  }

  get #up(): Ganesha {
    if (this.#server === null) throw new Error("the server is not up");
    return this.#server;
  }
}

/**
 * What is asked for, or the status that the server answers with instead.
 * @throws StageError where it does not answer.
 */
async function answered<T>(ask: () => Promise<T>): Promise<T | string> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Nfs4Error) return error.status;
    throw new StageError((error as Error).message);
  }
}
