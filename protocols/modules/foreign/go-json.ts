import { isMapping } from '../../job/file-fields.ts'
import { NotConvertibleError } from '../errors.ts'

/** Deeper than any job; JSON.parse itself would take thousands of levels. */
const MAX_DEPTH = 64

/** JSON as Go's json.Marshal writes a text: what HTML could mistake is escaped too. */
export const goJson = (text: string): string =>
  JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** A decoded object whose keys are found as Go finds them: whatever their case, the last one wins, unknown ones do not matter. */
export class GoObject {
  readonly #at: string
  readonly #entries = new Map<string, unknown>()
  readonly #keys: readonly string[] = []

  constructor(value: unknown, at: string) {
    this.#at = at
    if (value === null || value === undefined) return
    if (!isMapping(value)) throw mismatch(at, value, 'an object')
    if (at.split('.').length > MAX_DEPTH) throw mismatch(at, value, 'less nesting')
    this.#keys = Object.keys(value)
    for (const [key, inner] of Object.entries(value)) this.#entries.set(key.toLowerCase(), inner)
  }

  /** As they were written. */
  keys(): readonly string[] {
    return this.#keys
  }

  has(key: string): boolean {
    const value = this.#entries.get(key.toLowerCase())
    return value !== undefined && value !== null
  }

  path(key: string): string {
    return this.#at === '' ? key : `${this.#at}.${key}`
  }

  object(key: string): GoObject {
    return new GoObject(this.#get(key), this.path(key))
  }

  /** As it was written, whatever it is. */
  bare(key: string): unknown {
    return this.#get(key)
  }

  text(key: string): string {
    const value = this.#get(key)
    if (value === undefined || typeof value === 'string') return value ?? ''
    throw mismatch(this.path(key), value, 'text in quotes')
  }

  number(key: string): number {
    const value = this.#get(key)
    if (value === undefined || typeof value === 'number') return value ?? 0
    throw mismatch(this.path(key), value, 'a number without quotes')
  }

  list(key: string): unknown[] {
    const value = this.#get(key)
    if (value === undefined || Array.isArray(value)) return value ?? []
    throw mismatch(this.path(key), value, 'a list')
  }

  objects(key: string): GoObject[] {
    return this.list(key).map((item, i) => new GoObject(item, `${this.path(key)}.${i}`))
  }

  texts(key: string): string[] {
    return this.list(key).map((item, i) => {
      if (typeof item === 'string') return item
      throw mismatch(`${this.path(key)}.${i}`, item, 'text in quotes')
    })
  }

  /** `{"K": "V"}` */
  textMap(key: string): Record<string, string> {
    const value = this.#get(key)
    if (value === undefined) return {}
    if (!isMapping(value)) throw mismatch(this.path(key), value, 'an object')
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        if (typeof inner === 'string') return [name, inner]
        throw mismatch(this.path(`${key}.${name}`), inner, 'text in quotes')
      })
    )
  }

  #get(key: string): unknown {
    return this.#entries.get(key.toLowerCase()) ?? undefined
  }
}

function mismatch(at: string, value: unknown, wanted: string): NotConvertibleError {
  return new NotConvertibleError(at === '' ? 'module' : at, `expected ${wanted}`, `write ${wanted} there`, value)
}
