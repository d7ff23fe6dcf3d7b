// The scripts ask `swarmctl __complete` for everything: they stay as they are when commands change.
// It prints a candidate on each line, with a tab and a description where there is one.

const bash = `# bash completion for swarmctl: source <(swarmctl completion bash)
_swarmctl() {
  local IFS=$'\\n' current="\${COMP_WORDS[COMP_CWORD]}" candidates
  local line="\${COMP_LINE:0:COMP_POINT}" words
  # Bash splits words at = and : too; what was typed is split at blanks only.
  IFS=$' \\t\\n' read -r -a words <<<"$line"
  [[ $line =~ [[:space:]]$ ]] && words+=("")
  local typed="\${words[-1]}"
  candidates=$("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null | cut -f 1)
  COMPREPLY=($(compgen -W "$candidates" -- "$typed"))
  # Take off the part that bash takes for words of its own.
  if [[ $typed != "$current" ]]; then
    local before="\${typed%"$current"}"
    [[ $current == [=:] ]] && before=$typed
    COMPREPLY=("\${COMPREPLY[@]#"$before"}")
  fi
}
complete -F _swarmctl swarmctl
`;

const zsh = `#compdef swarmctl
# zsh completion for swarmctl: source <(swarmctl completion zsh)
_swarmctl() {
  local -a candidates
  local line name
  for line in "\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z $line ]] && continue
    name="\${line%%$'\\t'*}"
    candidates+=("\${name//:/\\\\:}\${line#"$name"}")
  done
  candidates=("\${(@)candidates/$'\\t'/:}")
  _describe 'swarmctl' candidates
}
compdef _swarmctl swarmctl
`;

const fish = `# fish completion for swarmctl: swarmctl completion fish | source
function __swarmctl_complete
  set -l words (commandline --tokens-expanded --cut-at-cursor 2>/dev/null; or commandline -opc)
  set -l current (commandline --current-token --cut-at-cursor)
  $words[1] __complete $words[2..] "$current" 2>/dev/null
end
complete --command swarmctl --no-files --arguments '(__swarmctl_complete)'
`;

/** A script for each shell, by its name. */
export const completionScripts: Readonly<Record<string, string>> = { bash, zsh, fish };
