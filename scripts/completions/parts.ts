/** What completions of several programs are put together from. */

/** The second line of a file, or the first. */
export const made = (shell: string, program: string): string =>
  `# ${shell} completion of ${program}. Made by scripts/write-completions.ts; do not edit.`;

export const words = (list: Iterable<string>): string => [...list].join(" ");

/** Each file is loaded by itself, so each has them. $cur is the word that is completed. */
export const BASH_OFFERS = `__ovl_index_words() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$cur")
}

# -d: directories, -f: files
__ovl_index_paths() {
  local path
  compopt -o filenames 2>/dev/null
  while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen "$1" -- "$cur")
}`;

/** For zsh: within single quotes, in the bracketed or the colon-separated part of a specification. */
export function inSpec(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replace(/[[\]:]/g, "\\$&")
    .replaceAll("'", "'\\''");
}

/** The end of a file of zsh, which is the body of its function the first time it is called. */
export const zshEnd = (
  name: string,
  body: string,
  program: string,
): string => `if [[ $funcstack[1] == ${name} ]]; then
  ${body} "$@"
else
  compdef ${body} ${program}
fi`;

/** For fish. */
export function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
