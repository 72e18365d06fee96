/** The completion of fsck.overlay for bash. */
import { CHOICES, FLAG_OPTIONS, LETTERS, PATH_OPTIONS, PROGRAM } from "../fsck-model.js";
import { BASH_OFFERS, made, words } from "./parts.js";

const flags = LETTERS.flatMap(({ letter, long }) => [`-${letter}`, ...(long === null ? [] : [long])]);
const names = [
  ...[...PATH_OPTIONS, ...CHOICES.map(([name]) => name)].map((name) => `${name}=`),
  ...FLAG_OPTIONS,
];

export const fsckBashCompletion = (): string => `${made("bash", PROGRAM)}

${BASH_OFFERS}

# The last of the mount options in "$1".
__fsck_overlay_option() {
  local last="\${1##*,}" before=""
  case "$last" in
    ${PATH_OPTIONS.map((name) => `${name}=*`).join(" | ")})
      [[ $cur == [=:] ]] && cur=""
      compopt -o nospace 2>/dev/null
      __ovl_index_paths -d
      ;;
${CHOICES.map(([name, values]) => `    ${name}=*) [[ $cur == "=" ]] && cur=""; __ovl_index_words '${words(values)}' ;;`).join("\n")}
    *=*) ;;
    *)
      # What stands before a comma is a part of the word.
      before="\${cur%"$last"}"
      cur=$last
      compopt -o nospace 2>/dev/null
      __ovl_index_words '${words(names)}'
      COMPREPLY=("\${COMPREPLY[@]/#/$before}")
      ;;
  esac
}

_fsck_overlay() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" i=$COMP_CWORD whole="" piece
  COMPREPLY=()

  # "lowerdir=/a:/b" comes in five words, for = and : divide them.
  while ((i > 1)) && [[ \${COMP_WORDS[i]} == [=:] || \${COMP_WORDS[i - 1]} == [=:] ]]; do i=$((i - 1)); done
  for ((piece = i; piece <= COMP_CWORD; piece++)); do whole+="\${COMP_WORDS[piece]}"; done

  case "\${COMP_WORDS[i - 1]}" in
    -o) __fsck_overlay_option "$whole"; return ;;
    -C) return ;;
  esac
  case "$whole" in
    -o?*) __fsck_overlay_option "\${whole#-o}" ;;
    -*) __ovl_index_words '${words(flags)}' ;;
    *) __ovl_index_paths -d ;;
  esac
}

complete -F _fsck_overlay ${PROGRAM}
`;
