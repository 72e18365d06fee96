/** The completion of fsck.overlay for fish. */
import { CHOICES, FLAG_OPTIONS, LETTERS, type Letter, PATH_OPTIONS, PROGRAM } from "../fsck-model.js";
import { made, quoted, words } from "./parts.js";

function line({ letter, long, value, description }: Letter): string {
  const spelled = `-s ${letter}${long === null ? "" : ` -l ${long.slice(2)}`}`;
  const values = letter === "o" ? " -x -a '(__fsck_overlay_options)'" : value === null ? "" : " -x";
  return `complete -c ${PROGRAM} ${spelled}${values} -d ${quoted(description)}`;
}

const complete = [
  ...FLAG_OPTIONS,
  ...CHOICES.flatMap(([name, values]) => values.map((value) => `${name}=${value}`)),
];

export const fsckFishCompletion = (): string => `${made("fish", PROGRAM)}

# The last of the mount options that were typed, behind those before it.
function __fsck_overlay_options
    set -l typed (commandline -ct | string replace -r -- '^-o' '')
    set -l last (string split , -- $typed)[-1]
    set -l before (string replace -r -- '[^,]*$' '' $typed)
    if string match -q -- '*=*' $last
        set -l path (string split -m 1 = -- $last | string split : )[-1]
        set -l ahead (string sub -e (math (string length -- $typed) - (string length -- $path)) -- $typed)
        switch $last
            case ${PATH_OPTIONS.map((name) => quoted(`${name}=*`)).join(" ")}
                for dir in (__fish_complete_directories $path | string split -f 1 \\t)
                    echo -- $ahead$dir
                end
                return
        end
    end
    for option in ${words(PATH_OPTIONS.map((name) => `${name}=`))} ${words(complete)}
        echo -- $before$option
    end
end

complete -c ${PROGRAM} -f
complete -c ${PROGRAM} -a '(__fish_complete_directories)'
${LETTERS.map(line).join("\n")}
`;
