/** What is told about a command in --help, in its manual page and in shells, beyond what oclif has words for. */

/** fsck(8)'s bits, and what each means where this command gives it. */
export type Exits = Readonly<Partial<Record<0 | 1 | 4 | 8 | 16 | 32, string>>>;

/** Heading of the flags that name an overlay, or what is read of it. */
export const OVERLAY_GROUP = "OVERLAY";

/** How commands that take an overlay, and what else they take, are called. */
export function overlayUsage(words: string): string[] {
  return [
    `${words} [FLAGS] MOUNTPOINT`,
    `${words} [FLAGS] -o OPTIONS`,
    `${words} [FLAGS] --lower A:B --upper DIR --work DIR`,
    `${words} [FLAGS] --docker ID | --podman ID | --containerd KEY | --layers FILE`,
  ];
}
