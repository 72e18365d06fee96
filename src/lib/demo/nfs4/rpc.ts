/** ONC RPC (RFC 5531) over TCP: one call after the other, as root by AUTH_SYS. */
import type { Tcp } from "../../host/tcp.js";
import { XdrReader, XdrWriter } from "./xdr.js";

const CALL = 0;
const REPLY = 1;
const RPC_VERSION = 2;
const AUTH_NONE = 0;
const AUTH_SYS = 1;
const LAST_FRAGMENT = 0x8000_0000;

export class Rpc {
  private xid = 0;

  constructor(
    private readonly tcp: Tcp,
    private readonly program: number,
    private readonly version: number,
  ) {}

  /** @throws Error where the server does not take the call, or the connection ends. */
  async call(procedure: number, args: Buffer): Promise<XdrReader> {
    const xid = ++this.xid;
    const message = new XdrWriter().uint32(xid).uint32(CALL).uint32(RPC_VERSION);
    message.uint32(this.program).uint32(this.version).uint32(procedure);
    message.uint32(AUTH_SYS).opaque(ROOT).uint32(AUTH_NONE).opaque(NO_BYTES).fixed(args);
    const bytes = message.bytes();
    const mark = new XdrWriter().uint32(LAST_FRAGMENT + bytes.length).bytes();
    this.tcp.write(Buffer.concat([mark, bytes]));

    const reply = new XdrReader(await this.record());
    if (reply.uint32() !== xid || reply.uint32() !== REPLY) throw new Error("an answer to another call");
    if (reply.uint32() !== 0) throw new Error("the server denies the call");
    reply.uint32();
    reply.opaque();
    const accepted = reply.uint32();
    if (accepted !== 0) throw new Error(`the server does not take the call: accept_stat ${accepted}`);
    return reply;
  }

  close(): void {
    this.tcp.close();
  }

  private async record(): Promise<Buffer> {
    const fragments: Buffer[] = [];
    for (;;) {
      const mark = (await this.tcp.read(4)).readUInt32BE();
      fragments.push(await this.tcp.read(mark % LAST_FRAGMENT));
      if (mark >= LAST_FRAGMENT) return Buffer.concat(fragments);
    }
  }
}

const NO_BYTES = Buffer.alloc(0);
/** Stamp, machine's name, uid, gid, further gids. */
const ROOT = new XdrWriter().uint32(0).opaque(NO_BYTES).uint32(0).uint32(0).words([]).bytes();
