import type { Place, Values } from './tree.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** In single quotes nothing is special but the quote itself; what a shell would split on or run cannot get out. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
const listed = (values: Values): string => (typeof values === 'string' ? `@${values}` : values.join(' '))

/** A function that gives words by the place it is asked for. */
function table(name: string, rows: readonly [key: string, words: string][]): string {
  const cases = rows
    .filter(([, words]) => words !== '')
    .map(([key, words]) => `    ${quoted(key)}) echo ${quoted(words)} ;;`)
  return `${name}() {\n  case "$1" in\n${cases.join('\n')}\n  esac\n}`
}

/**
 * What bash and zsh share, in the words of POSIX: where in the tree the words lead, and what fits there. `@files`, `@directories`
 * and `@jobs` stand for what is looked up.
 */
function tables(places: readonly Place[]): string {
  const values = places.flatMap(({ path, options }) =>
    options.flatMap(({ flags, values: of }) =>
      of === undefined ? [] : flags.map((flag): [string, string] => [`${path} ${flag}`, listed(of)])
    )
  )
  return [
    table(
      '_dcn_commands',
      places.map(p => [p.path, p.commands.map(c => c.name).join(' ')])
    ),
    table(
      '_dcn_options',
      places.map(p => [p.path, p.options.flatMap(o => o.flags).join(' ')])
    ),
    table('_dcn_values', values),
    table(
      '_dcn_argument',
      places.map(p => [p.path, p.argument === 'none' ? '' : listed(p.argument)])
    ),
    FIND
  ].join('\n')
}

const FIND = `# $1: the place, $2: the word before, $3: the word that is typed
_dcn_find() {
  _dcn_found="$(_dcn_values "$1 $2")"
  if [ -n "$_dcn_found" ]; then echo "$_dcn_found"; return; fi
  case "$3" in
    -*) _dcn_options "$1" ;;
    *) echo "$(_dcn_commands "$1") $(_dcn_argument "$1")" ;;
  esac
}`

const bash = (
  places: readonly Place[]
): string => `# completion of dcn and dcn-node for bash: eval "$(dcn completion bash)"
${tables(places)}
_dcn() {
  local at="\${1##*/}" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    [ "$word" = -- ] && return
    case " $(_dcn_commands "$at") " in *" $word "*) at="$at $word" ;; esac
  done
  local cur="\${COMP_WORDS[COMP_CWORD]}" found word
  found="$(_dcn_find "$at" "\${COMP_WORDS[COMP_CWORD - 1]}" "$cur")"
  COMPREPLY=()
  for word in $found; do
    case "$word" in
      @files) mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur"); compopt -o filenames 2>/dev/null ;;
      @directories) mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$cur"); compopt -o filenames 2>/dev/null ;;
      @jobs) mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$(dcn __complete jobs 2>/dev/null)" -- "$cur") ;;
      @*) ;;
      *) [[ $word == "$cur"* ]] && COMPREPLY+=("$word") ;;
    esac
  done
}
complete -F _dcn dcn dcn-node
`

const zsh = (places: readonly Place[]): string => `#compdef dcn dcn-node
# completion of dcn and dcn-node for zsh: source <(dcn completion zsh), after compinit
${tables(places)}
_dcn() {
  local at="\${words[1]:t}" word found i
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    [[ $word == -- ]] && return
    case " $(_dcn_commands "$at") " in *" $word "*) at="$at $word" ;; esac
  done
  found="$(_dcn_find "$at" "\${words[CURRENT-1]}" "\${words[CURRENT]}")"
  for word in \${=found}; do
    case "$word" in
      @files) _files ;;
      @directories) _files -/ ;;
      @jobs) compadd -- \${(f)"$(dcn __complete jobs 2>/dev/null)"} ;;
      @*) ;;
      *) compadd -- "$word" ;;
    esac
  done
}
compdef _dcn dcn dcn-node
`

function fish(places: readonly Place[]): string {
  const [paths, rules] = [places.map(p => quoted(p.path)).join(' '), places.flatMap(fishRules)]
  return `# completion of dcn and dcn-node for fish: dcn completion fish | source
function __dcn_at
  set -l words (commandline -opc)
  set -l at (string replace -r '.*/' '' -- $words[1])
  for word in $words[2..-1]
    test "$word" = --; and return 1
    contains -- "$at $word" $__dcn_places; and set at "$at $word"
  end
  test "$at" = "$argv[1]"
end
set -g __dcn_places ${paths}
complete -c dcn -f
complete -c dcn-node -f
${rules.join('\n')}
`
}

/** What fish is told after a flag or at an argument. */
function fishValues(values: Values): string {
  if (values === 'none') return '-x'
  if (values === 'files') return '-r -F'
  if (values === 'directories') return `-x -a '(__fish_complete_directories)'`
  if (values === 'jobs') return `-x -a '(dcn __complete jobs 2>/dev/null)'`
  return `-x -a ${fishQuoted(values.join(' '))}`
}
const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

function fishRules({ path, commands, options, argument }: Place): string[] {
  const begin = `complete -c ${path.split(' ')[0]} -n ${fishQuoted(`__dcn_at "${path}"`)}`
  const about = (text: string): string => `-d ${fishQuoted(text)}`
  return [
    ...commands.map(c => `${begin} -a ${c.name} ${about(c.about)}`),
    ...options.map(o => {
      const names = o.flags.map(flag => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
      return [begin, ...names, ...(o.values === undefined ? [] : [fishValues(o.values)]), about(o.about)].join(' ')
    }),
    ...(argument === 'none' ? [] : [`${begin} ${fishValues(argument).replace(/^-[xr] /, '')}`])
  ]
}

const SCRIPTS: Record<Shell, (places: readonly Place[]) => string> = { bash, zsh, fish }

export const completionScript = (shell: Shell, places: readonly Place[]): string => SCRIPTS[shell](places)
