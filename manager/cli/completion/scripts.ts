// The scripts with which shells complete `hawser`: each asks `hawser __complete` and shows what it says. Pure.

/** Shells that are known. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of them. */
export type Shell = (typeof SHELLS)[number];

/** The line with which `__complete` says that files are meant, too. */
export const FILES_MARK = ":files";

const BASH = `# bash completion for hawser: source <(hawser completion bash)
_hawser() {
  local IFS=$'\\n' line files=
  COMPREPLY=()
  local current=\${COMP_WORDS[COMP_CWORD]}
  # bash takes "=" and ":" for the ends of words.
  local words=\${COMP_LINE:0:COMP_POINT} list=()
  IFS=$' \\t' read -r -a list <<< "$words"
  [[ $words == *' ' ]] && list+=('')
  local last=\${list[\${#list[@]}-1]}
  local cut=\${last%"$current"}
  while IFS= read -r line; do
    line=\${line%%$'\\t'*}
    if [[ $line == ${FILES_MARK} ]]; then files=yes; continue; fi
    [[ $line == "$last"* ]] && COMPREPLY+=("\${line#"$cut"}")
  done < <(HAWSER_START=0 "\${list[0]}" __complete -- "\${list[@]:1}" 2>/dev/null)
  [[ -n $files ]] && COMPREPLY+=($(compgen -f -- "$current"))
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
}
complete -o filenames -F _hawser hawser
`;

const ZSH = `#compdef hawser
# zsh completion for hawser: source <(hawser completion zsh), or a file _hawser in a directory of fpath
_hawser() {
  local -a described plain
  local line word about files=
  while IFS= read -r line; do
    if [[ $line == ${FILES_MARK} ]]; then files=yes; continue; fi
    word=\${line%%$'\\t'*}
    about=\${line#*$'\\t'}
    if [[ $word == *= ]]; then plain+=("$word"); else described+=("\${word//:/\\\\:}:$about"); fi
  done < <(HAWSER_START=0 "\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#plain} )) && compadd -S '' -- $plain
  (( \${#described} )) && _describe 'hawser' described
  [[ -n $files ]] && _files
}
if [[ $funcstack[1] == _hawser ]]; then _hawser "$@"; else compdef _hawser hawser; fi
`;

const FISH = `# fish completion for hawser: hawser completion fish | source
function __hawser_complete
    set -l words (commandline --cut-at-cursor --tokenize)
    set -l current (commandline --cut-at-cursor --current-token)
    for line in (HAWSER_START=0 $words[1] __complete -- $words[2..-1] "$current" 2>/dev/null)
        if test "$line" = ${FILES_MARK}
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete --command hawser --no-files --arguments '(__hawser_complete)'
`;

/** The script of a shell. */
export function completionScript(shell: Shell): string {
  return { bash: BASH, zsh: ZSH, fish: FISH }[shell];
}
