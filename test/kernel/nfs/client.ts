/** What a client of the NFS server sees. */
import type { Ganesha } from "../../../src/lib/demo/ganesha.js";
import { Nfs4Error } from "../../../src/lib/demo/nfs4/status.js";

const REGULAR = 1;

/** Through a handle: content of a file, names in a directory, or what the server answers instead. */
export function seen({ client }: Ganesha, handle: Buffer): Promise<string> {
  return answered(async () => {
    if ((await client.attributes(handle)).type === REGULAR) return (await client.read(handle)).toString();
    return (await client.names(handle)).toSorted(Buffer.compare).join(" ");
  });
}

/** By a path that is looked up now. */
export function seenByName(server: Ganesha, path: string): Promise<string> {
  return answered(async () => seen(server, await lookedUp(server, path)));
}

export const lookedUp = (server: Ganesha, path: string): Promise<Buffer> => server.handle(...path.split("/"));

async function answered(ask: () => Promise<string>): Promise<string> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Nfs4Error) return error.status;
    throw error;
  }
}
