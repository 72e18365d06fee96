/** nfs-ganesha, the NFS server in user space, serving one directory; in a network namespace of its own. */
import { type Running, runProgram, startProgram } from "../host/processes.js";
import { makeDirectory, readText, writeText } from "../host/scratch.js";
import { Nfs4Client } from "./nfs4/client.js";

export const GANESHA = "ganesha.nfsd";
/** Nobody else listens in this network. */
const PORT = 12_049;
/** Milliseconds that it may take to end. */
const PATIENCE = 10_000;

/** Why there is no server to be had here, as one line; null where there is. */
export function whyNoGanesha(): string | null {
  const missing = [
    ...(runProgram(GANESHA, ["-v"]).code === 127 ? ["nfs-ganesha nfs-ganesha-vfs"] : []),
    ...(runProgram("ip", ["-V"]).code === 127 ? ["iproute2"] : []),
  ];
  return missing.length === 0 ? null : `an NFS server is missing: apt install ${missing.join(" ")}`;
}

/** The loopback device of a new network namespace is down. */
export function raiseLoopback(): void {
  const { code, stderr } = runProgram("ip", ["link", "set", "lo", "up"]);
  if (code !== 0) throw new Error(`ip link set lo up: ${stderr.trim()}`);
}

/**
 * NFSv4 over TCP alone, which needs neither rpcbind nor dbus. Handles keep their meaning over restarts and mounts:
 * the filesystem is told by its fsid, not by its device number, which is another one after each mount.
 */
const config = (state: string): string => `
NFS_CORE_PARAM {
  NFS_Protocols = 4; NFS_Port = ${PORT};
  Enable_NLM = false; Enable_RQUOTA = false; Enable_UDP = false; fsid_device = false;
}
NFSV4 {
  Graceless = true; Lease_Lifetime = 5; Grace_Period = 5; Minor_Versions = 0;
  RecoveryBackend = fs; RecoveryRoot = "${state}/recovery";
}
`;

/** What is exported. */
export interface Export {
  /** EXPORT of the configuration. */
  readonly block: string;
  /** From the server's root to it: its Pseudo path. */
  readonly names: readonly Buffer[];
}

/** A directory that root may write to. */
export const exportOf = (path: string): Export => ({
  block: `
EXPORT {
  Export_Id = 7; Path = "${path}"; Pseudo = "/export"; Filesystem_Id = 7.7;
  Access_Type = RW; Squash = No_Root_Squash; Protocols = 4; Transports = TCP;
  FSAL { Name = VFS; }
}
`,
  names: [Buffer.from("export")],
});

export class Ganesha {
  private constructor(
    private readonly server: Running,
    readonly client: Nfs4Client,
    private readonly names: readonly Buffer[],
  ) {}

  /**
   * Serve a directory, and connect a client. What the server writes lies in `state`.
   * @throws Error where it does not come up; its message is the last of the server's log.
   */
  static async start(state: string, exported: Export): Promise<Ganesha> {
    const log = `${state}/log`;
    makeDirectory(`${state}/recovery`);
    writeText(`${state}/conf`, config(state) + exported.block);
    writeText(log, "");
    const files = ["-L", log, "-f", `${state}/conf`, "-p", `${state}/pid`];
    const server = startProgram(GANESHA, ["-F", "-N", "NIV_EVENT", ...files]);
    try {
      return new Ganesha(server, await Nfs4Client.connect(PORT, server.hasEnded), exported.names);
    } catch {
      await server.stop(PATIENCE);
      const said = readText(log);
      throw new Error(
        `${GANESHA} does not come up: ${"text" in said ? said.text.trim().split("\n").at(-1) : ""}`,
      );
    }
  }

  /** The names from the server's root to something in the exported directory. */
  handle(...names: readonly string[]): Promise<Buffer> {
    return this.client.handle([...this.names, ...names.map((name) => Buffer.from(name))]);
  }

  /** Ends when it holds nothing of the exported filesystem any more. */
  async stop(): Promise<void> {
    this.client.close();
    await this.server.stop(PATIENCE);
  }
}
