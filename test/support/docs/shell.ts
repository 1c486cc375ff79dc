/** The commands of a shell block, each as its words; comments, variables before a command and redirections left out. */
export function commandsOf(script: string): string[][] {
  const commands: string[][] = []
  for (const line of script.replace(/\\\n\s*/g, ' ').split('\n')) {
    let words: string[] = []
    for (const token of tokens(line)) {
      if (token === '') break
      if (SEPARATORS.has(token)) {
        commands.push(words)
        words = []
      } else words.push(token)
    }
    commands.push(words)
  }
  return commands.map(withoutAssignments).filter(words => words.length > 0)
}

/** The commands that a transcript shows being typed. */
export function typedIn(transcript: string): string[][] {
  const typed = transcript.split('\n').filter(line => /^(\[\S+\] ?)?\$ /.test(line))
  return commandsOf(typed.map(line => line.replace(/^[^$]*\$ /, '').replace(/ …$/, '')).join('\n'))
}

const SEPARATORS = new Set(['&&', '||', '|', ';', '&'])
/** A quoted text, a separator, a redirection or a comment, else a word. */
const TOKEN =
  /\s*(?:(#.*$)|(&&|\|\||[|;&])|(\d?>{1,2}\s*\S+|<\s*\S+)|((?:"(?:[^"\\]|\\.)*"|'[^']*'|\$\([^)]*\)|[^\s"'|;&><])+))/y

function* tokens(line: string): Iterable<string> {
  TOKEN.lastIndex = 0
  for (;;) {
    const at = TOKEN.lastIndex
    const found = TOKEN.exec(line)
    if (found === null) {
      if (line.slice(at).trim() !== '') throw new Error(`not understood: ${line.slice(at)}`)
      return
    }
    const [, comment, separator, redirection, word] = found
    if (comment !== undefined) return
    if (redirection !== undefined) continue
    yield separator ?? unquoted(word ?? '')
  }
}

const unquoted = (word: string): string =>
  word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_all, double?: string, single?: string) => double ?? single ?? '')

function withoutAssignments(words: string[]): string[] {
  const first = words.findIndex(word => !/^\w+=/.test(word))
  return first < 0 ? [] : words.slice(first)
}
