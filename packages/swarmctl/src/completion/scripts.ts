// The scripts ask `swarmctl __complete` for everything: they stay as they are when commands change.
// It prints a candidate on each line, with a tab and a description where there is one.

const bash = `# bash completion for swarmctl: source <(swarmctl completion bash)
_swarmctl() {
  local line="\${COMP_LINE:0:COMP_POINT}" typed candidate mark prefix before="" _
  local -a words
  # Bash splits words at = and : as well: what was typed is split at blanks only.
  read -r -a words <<<"$line"
  [[ $line =~ [[:space:]]$ ]] && words+=("")
  typed="\${words[-1]}"
  # What bash takes for words before the current one must not come again.
  for mark in = :; do
    [[ $COMP_WORDBREAKS == *$mark* ]] || continue
    prefix="\${typed%"\${typed##*$mark}"}"
    (( \${#prefix} > \${#before} )) && before="$prefix"
  done
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate _; do
    [[ $candidate == "$typed"* ]] && COMPREPLY+=("\${candidate#"$before"}")
  done < <("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null)
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
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  $words[1] __complete $words[2..-1] "$current" 2>/dev/null
end
complete --command swarmctl --no-files --arguments '(__swarmctl_complete)'
`;

/** A script for each shell, by its name. */
export const completionScripts: Readonly<Record<string, string>> = { bash, zsh, fish };
