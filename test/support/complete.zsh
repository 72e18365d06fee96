# What zsh offers at TAB: zsh -f complete.zsh FOLDER LINE. A shell behind a terminal of its own loads the completion from
# FOLDER by its name, as an installed one is; its tab key prints what matches.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT= RPROMPT=; stty -echo; fpath=(${(q)1} \$fpath); autoload -Uz compinit && compinit -D -u"
zpty -w shell '
compadd() {
  local -a found
  if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
    builtin compadd -O found "$@"
    matches+=("${found[@]}")
  fi
  builtin compadd "$@"
}
offer() { matches=(); _main_complete; print -r -- "MATCHES ${(j: :)matches} END"; compstate[insert]=; compstate[list]= }
zle -C offer complete-word offer
bindkey "^I" offer
print RE""ADY'
zpty -r -m shell said '*READY*'
zpty -w -n shell "$2"$'\t'
zpty -r -m shell said '*MATCHES*END*'
said=${said##*MATCHES }
print -r -- "${said%% END*}"
zpty -d shell
