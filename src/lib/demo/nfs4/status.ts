/** nfsstat4 (RFC 7530, section 13): those that a client sees here. */
const NAMES = new Map([
  [1, "PERM"],
  [2, "NOENT"],
  [5, "IO"],
  [13, "ACCESS"],
  [20, "NOTDIR"],
  [21, "ISDIR"],
  [22, "INVAL"],
  [28, "NOSPC"],
  [30, "ROFS"],
  [70, "STALE"],
  [10001, "BADHANDLE"],
  [10004, "NOTSUPP"],
  [10006, "SERVERFAULT"],
  [10008, "DELAY"],
  [10013, "GRACE"],
  [10018, "RESOURCE"],
]);

/** What a server answers instead of doing it. */
export class Nfs4Error extends Error {
  override readonly name = "Nfs4Error";
  /** As "NFS4ERR_STALE". */
  readonly status: string;

  constructor(status: number) {
    const name = `NFS4ERR_${NAMES.get(status) ?? status}`;
    super(`the server answers ${name}`);
    this.status = name;
  }
}
