import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  anyValue,
  compile,
  render,
  stringMap,
  TemplateError,
  TemplateUnsupportedError
} from '../../../../protocols/templates/index.ts'

interface Vector {
  id: string
  template: string
  data: 'strings' | 'any'
  missingKey?: 'error'
  go: { output?: string; error?: 'parse' | 'exec'; line?: number }
}

/** What Go can do and this engine refuses by name: no vector may differ silently. */
const UNSUPPORTED = /%[#x]|%08b|%\[1\]d %\[1\]q %\[1\]x|% x|1i|1\+2i/
/** Go names the end of the file; here it is the action that is open. */
const OPEN_ACTION = 'has no {{end}}'

const path = join(import.meta.dirname, '../../../vectors/templates/language.json')
const file: { strings: Record<string, string>; any: unknown; vectors: Vector[] } = JSON.parse(
  readFileSync(path, 'utf8')
)

describe('templates: what the real text/template does', () => {
  for (const [group, vectors] of Map.groupBy(file.vectors, v => v.id.replace(/ \d+$/, ''))) {
    it(`default: ${vectors.length} vectors, ${group}`, () => {
      for (const vector of vectors) check(vector)
    })
  }
})

function check({ id, template, data, missingKey, go }: Vector): void {
  const about = `${id}: ${template}`
  let stage = 'parse'
  try {
    const compiled = compile(template)
    stage = 'exec'
    const value = data === 'strings' ? stringMap(file.strings) : anyValue(file.any)
    const output = render(compiled, value, { missingKey: missingKey ?? 'print' })
    assert.deepEqual({ output }, go, about)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    if (error instanceof TemplateUnsupportedError) {
      assert.match(template, UNSUPPORTED, about)
      return
    }
    assert.equal(stage, go.error, `${about}: ${error.message}`)
    if (!error.message.includes(OPEN_ACTION)) assert.equal(error.line, go.line, about)
    assert.ok(error.remedy, `${about}: no remedy`)
  }
}
