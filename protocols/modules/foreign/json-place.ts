const SPACE = /[ \t\r\n]*/y
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const STRING_START = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

type State = 'value' | 'value or end' | 'key' | 'key or end' | 'next'

/**
 * Where a text stops being JSON, which JSON.parse does not say reliably. Walks with a stack of its own: depth costs nothing.
 *
 * @returns undefined when the text is JSON
 */
export function jsonErrorAt(text: string): number | undefined {
  return new Walk(text).run()
}

class Walk {
  readonly #text: string
  readonly #open: ('{' | '[')[] = []
  #at = 0
  #state: State = 'value'

  constructor(text: string) {
    this.#text = text
    this.#go(0, 'value')
  }

  run(): number | undefined {
    while (this.#step());
    const isWhole = this.#state === 'next' && this.#open.length === 0 && this.#at === this.#text.length
    return isWhole ? undefined : this.#at
  }

  /** One token; false where it is wrong, or where the text ends. */
  #step(): boolean {
    const char = this.#text.charAt(this.#at)
    if (this.#state === 'next') return this.#next(char)
    if (this.#state === 'value or end' && char === ']') return this.#close()
    if (this.#state === 'key or end' && char === '}') return this.#close()
    return this.#state.startsWith('key') ? this.#key() : this.#value(char)
  }

  #next(char: string): boolean {
    const inside = this.#open.at(-1)
    if (inside === undefined) return false
    if (char === ',') return this.#go(this.#at + 1, inside === '{' ? 'key' : 'value')
    return char === (inside === '{' ? '}' : ']') && this.#close()
  }

  #close(): boolean {
    this.#open.pop()
    return this.#go(this.#at + 1, 'next')
  }

  #key(): boolean {
    const end = matchEnd(STRING, this.#text, this.#at)
    if (end === undefined) return this.#wrong()
    this.#go(end, 'key')
    return this.#text.charAt(this.#at) === ':' && this.#go(this.#at + 1, 'value')
  }

  #value(char: string): boolean {
    if (char === '{' || char === '[') {
      this.#open.push(char)
      return this.#go(this.#at + 1, char === '{' ? 'key or end' : 'value or end')
    }
    const end = matchEnd(STRING, this.#text, this.#at) ?? matchEnd(SCALAR, this.#text, this.#at)
    return end === undefined ? this.#wrong() : this.#go(end, 'next')
  }

  /** A string that goes wrong goes wrong inside. */
  #wrong(): boolean {
    this.#at = matchEnd(STRING_START, this.#text, this.#at) ?? this.#at
    return false
  }

  #go(at: number, state: State): boolean {
    this.#at = matchEnd(SPACE, this.#text, at) ?? at
    this.#state = state
    return true
  }
}

function matchEnd(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}
