/** The completion of fsck.overlay for zsh. */
import {
  CHOICES,
  FLAG_OPTIONS,
  LETTERS,
  type Letter,
  MODE_LETTERS,
  PATH_OPTIONS,
  PROGRAM,
} from "../fsck-model.js";
import { inSpec, made, words, zshEnd } from "./parts.js";

const modes = words(MODE_LETTERS.map((letter) => `-${letter}`));

function specs({ letter, long, value, description }: Letter): string[] {
  const about = `[${inSpec(description)}]`;
  if (letter === "o") return [`'*-o+${about}:mount options:_fsck_overlay_options'`];
  if (value !== null) return [`'*-${letter}+${about}:${inSpec(value)}: '`];
  const once = MODE_LETTERS.includes(letter)
    ? modes
    : words([`-${letter}`, ...(long === null ? [] : [long])]);
  return [`-${letter}`, ...(long === null ? [] : [long])].map((word) => `'(${once})${word}${about}'`);
}

const options = [
  ...PATH_OPTIONS.map((name) => `'${name}[layers]:directory:_fsck_overlay_layers'`),
  ...CHOICES.map(([name, values]) => `'${name}[option of the mount]:value:(${words(values)})'`),
  ...FLAG_OPTIONS.map((name) => `'${name}[option of the mount]'`),
];

export const fsckZshCompletion = (): string => `#compdef ${PROGRAM}
${made("zsh", PROGRAM)}

_fsck_overlay_layers() {
  compset -P '*:'
  _files -/ -S ''
}

_fsck_overlay_options() {
  _values -s , 'mount option' \\
${options.map((spec) => `    ${spec}`).join(" \\\n")}
}

_fsck_overlay() {
  _arguments -s -S \\
${[...LETTERS.flatMap(specs), "'1::mount point:_files -/'"].map((spec) => `    ${spec}`).join(" \\\n")}
}

${zshEnd(`_${PROGRAM}`, "_fsck_overlay", PROGRAM)}
`;
