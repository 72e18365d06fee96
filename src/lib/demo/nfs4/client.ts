/**
 * A client of NFSv4.0 that holds bare filehandles, as a real one does for weeks: it looks a name up once, and reads
 * and writes by the handle from then on, through restarts of the server.
 */
import { Tcp } from "../../host/tcp.js";
import {
  type Attributes,
  getAttr,
  getFh,
  lookup,
  type Operation,
  putFh,
  putRootFh,
  read,
  readDir,
  setSize,
  write,
} from "./operations.js";
import { Rpc } from "./rpc.js";
import { Nfs4Error } from "./status.js";
import { XdrWriter } from "./xdr.js";

const PROGRAM = 100_003;
const VERSION = 4;
const COMPOUND = 1;
const MINOR_VERSION = 0;
/** As much as is read at once. */
const CHUNK = 65_536;

/** Every method throws {@link Nfs4Error} for what the server refuses. */
export class Nfs4Client {
  private constructor(private readonly rpc: Rpc) {}

  /** Connect to a server on this machine as soon as it listens. */
  static async connect(port: number, giveUp?: () => boolean): Promise<Nfs4Client> {
    return new Nfs4Client(new Rpc(await Tcp.dial(port, giveUp), PROGRAM, VERSION));
  }

  /** The handle of what these names lead to, from the server's root. */
  handle(names: readonly Buffer[]): Promise<Buffer> {
    return this.compound([putRootFh, ...names.map(lookup)], getFh);
  }

  attributes(handle: Buffer): Promise<Attributes> {
    return this.compound([putFh(handle)], getAttr);
  }

  /** The whole content of a file. */
  async read(handle: Buffer): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (let offset = 0; ; ) {
      const { eof, data } = await this.compound([putFh(handle)], read(offset, CHUNK));
      chunks.push(data);
      offset += data.length;
      if (eof || data.length === 0) return Buffer.concat(chunks);
    }
  }

  /** Replace the whole content of a file. */
  async write(handle: Buffer, content: Buffer): Promise<void> {
    const written = await this.compound([putFh(handle), setSize(0)], write(0, content));
    if (written !== content.length) throw new Error(`${written} of ${content.length} bytes were written`);
  }

  /** Names in a directory. */
  names(handle: Buffer): Promise<readonly Buffer[]> {
    return this.compound([putFh(handle)], readDir);
  }

  close(): void {
    this.rpc.close();
  }

  /** Operations on one current filehandle; the answer of the last is the one that is wanted. */
  private async compound<Answer>(
    first: readonly Operation<undefined>[],
    last: Operation<Answer>,
  ): Promise<Answer> {
    const args = new XdrWriter()
      .opaque(Buffer.alloc(0))
      .uint32(MINOR_VERSION)
      .uint32(first.length + 1);
    for (const operation of [...first, last]) {
      args.uint32(operation.code);
      operation.ask(args);
    }
    const result = await this.rpc.call(COMPOUND, args.bytes());
    const status = result.uint32();
    if (status !== 0) throw new Nfs4Error(status);
    result.opaque();
    result.uint32();
    for (const operation of first) {
      skipHead();
      operation.answer(result);
    }
    skipHead();
    return last.answer(result);

    /** Its number and its status, which is no error where the whole has none. */
    function skipHead(): void {
      result.uint32();
      result.uint32();
    }
  }
}
