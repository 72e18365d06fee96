/** Who holds handles in the story, and what is answered when they are used. */

/** Content, or the name of the error that comes instead. */
export type Answer = { readonly text: string } | { readonly errno: string };

export interface Client<Handle> {
  /** What this client calls an error: "ESTALE" is "NFS4ERR_STALE" over NFS. */
  calls(errno: string): string;
  /** The overlay is mounted for export. */
  begin(): Promise<void>;
  /** It is about to be unmounted. */
  end(): Promise<void>;
  /** @throws StageError where there is none. */
  handleOf(name: string): Promise<Handle>;
  readByName(name: string): Promise<Answer>;
  read(handle: Handle): Promise<Answer>;
  /** Replace the content: null, or the name of the error. */
  write(handle: Handle, text: string): Promise<string | null>;
}
