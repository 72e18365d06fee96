/**
 * The kernel's own NFS server and client, on one machine. The client's filehandles are had and used by
 * name_to_handle_at(2) and open_by_handle_at(2) on its mount: each use is a call to the server with the handle
 * that it once gave out.
 *
 * No rpc.mountd: what the server would ask it (nfsd.fh, nfsd.export, auth.unix.ip; exports(5)) is told it beforehand.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { LocalClient } from "../../src/lib/demo/local-client.js";

const MOUNTED = "/nfs";
const CACHES = ["nfsd.fh", "nfsd.export", "auth.unix.ip"];
/** Name of the one client, for the server. */
const DOMAIN = "guest";
/** The fsid of the root of NFSv4: 0, one number (FSID_NUM). */
const FSID_NUM = 1;
const FSID = "\\x00000000";
/** NFSEXP_FSID, NFSEXP_NOSUBTREECHECK, NFSEXP_INSECURE_PORT. */
const FLAGS = 0x2000 | 0x400 | 0x2;
const NOBODY = 65534;
const TTL_S = 100_000;

export class KernelNfs extends LocalClient {
  #mounted = false;

  /** `exported`: where the overlay is mounted. */
  constructor(private readonly exported: string) {
    super(MOUNTED);
  }

  override async begin(): Promise<void> {
    const until = Math.floor(Date.now() / 1000) + TTL_S;
    this.#tell("auth.unix.ip", `nfsd 127.0.0.1 ${until} ${DOMAIN}`);
    this.#tell("nfsd.export", `${DOMAIN} ${this.exported} ${until} ${FLAGS} ${NOBODY} ${NOBODY} 0`);
    this.#tell("nfsd.fh", `${DOMAIN} ${FSID_NUM} ${FSID} ${until} ${this.exported}`);
    server("versions", "-2 -3 +4 -4.0 +4.1 +4.2");
    server("portlist", "tcp 2049");
    server("threads", "2");
    // Nobody is to come back for what an earlier server had given out.
    server("v4_end_grace", "Y");
    mkdirSync(MOUNTED, { recursive: true });
    const options = "vers=4.2,addr=127.0.0.1,clientaddr=127.0.0.1,soft,timeo=100";
    execFileSync("mount", ["-i", "-t", "nfs4", "-o", options, "127.0.0.1:/", MOUNTED]);
    this.#mounted = true;
  }

  override async end(): Promise<void> {
    if (this.#mounted) execFileSync("umount", [MOUNTED]);
    this.#mounted = false;
    server("threads", "0");
    for (const cache of CACHES) writeFileSync(`/proc/net/rpc/${cache}/flush`, "1\n");
  }

  #tell(cache: string, line: string): void {
    writeFileSync(`/proc/net/rpc/${cache}/channel`, `${line}\n`);
  }
}

function server(file: string, value: string): void {
  writeFileSync(`/proc/fs/nfsd/${file}`, `${value}\n`);
}
