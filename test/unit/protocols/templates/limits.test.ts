import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  compile,
  type RenderOptions,
  render,
  stringMap,
  TEMPLATE_LIMITS,
  TemplateError,
  type Value
} from '../../../../protocols/templates/index.ts'

const print = (source: string, data: Value = stringMap({ x: 'hi' }), options: RenderOptions = {}): string =>
  render(compile(source), data, options)

const named = (name: string, line?: number, column?: number) => (error: unknown) => {
  assert.ok(error instanceof Error)
  assert.equal(error.name, name)
  if (line !== undefined) assert.deepEqual({ ...pick(error) }, { line, column })
  return true
}
const pick = (error: Error): object =>
  error instanceof TemplateError ? { line: error.line, column: error.column } : {}

describe('templates: limits', () => {
  it('error: a template longer than its limit', () => {
    assert.throws(() => compile('x'.repeat(TEMPLATE_LIMITS.sourceBytes + 1)), named('TooLargeError'))
  })

  it('error: output longer than its limit, with the place', () => {
    const source = `{{range 1000}}\n${'x'.repeat(100)}{{end}}`
    assert.throws(() => print(source, undefined, { limits: { outputBytes: 5000 } }), named('TemplateLimitError', 1, 15))
  })

  it('error: a loop over a huge number', () => {
    assert.throws(() => print('{{range 9000000000000}}{{end}}'), named('TemplateLimitError', 1, 9))
  })

  it('error: a value that doubles itself', () => {
    const source = `{{$x := "0123456789"}}{{range 60}}{{$x = printf "%s%s" $x $x}}{{end}}`
    assert.throws(() => print(source), named('TemplateLimitError'))
  })

  it('error: wide padding again and again', () => {
    const source = '{{range 100000}}{{$x := printf "%1000000d" 1}}{{end}}'
    assert.throws(() => print(source), named('TemplateLimitError'))
  })

  it('error: a template that calls itself', () => {
    const source = '{{define "a"}}{{template "a" .}}{{end}}{{template "a" .}}'
    assert.throws(() => print(source), named('TemplateLimitError', 1, 15))
  })

  it('error: actions and parentheses nested too deeply', () => {
    const n = TEMPLATE_LIMITS.depth + 1
    assert.throws(() => compile('{{if .x}}'.repeat(n) + '{{end}}'.repeat(n)), named('TemplateLimitError'))
    assert.throws(() => compile(`{{${'('.repeat(5000)}.x${')'.repeat(5000)}}}`), named('TemplateLimitError'))
    assert.throws(() => compile(`{{if .x}}a${'{{else if .x}}b'.repeat(n)}{{end}}`), named('TemplateLimitError'))
  })

  it('args: what is within the limits is carried out', () => {
    assert.equal(print('{{range 1000}}x{{end}}').length, 1000)
    assert.equal(print(`{{${'('.repeat(90)}.x${')'.repeat(90)}}}`), 'hi')
  })

  it('error: a missing input names itself', () => {
    const source = 'a\n  {{.Mesage}}'
    assert.throws(() => print(source, undefined, { missingKey: 'error' }), named('TemplateMissingKeyError', 2, 5))
  })

  it('behavior: names that JavaScript knows are no inputs', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'size'])
      assert.equal(print(`{{.${name}}}`), '<no value>')
    assert.throws(() => compile('{{constructor .x}}'), named('TemplateSyntaxError', 1, 3))
  })
})

describe('templates: hostile text', () => {
  const piece = fc.constantFrom(
    ...[
      '{{',
      '}}',
      '{{-',
      '-}}',
      ' ',
      '\n',
      '.x',
      '.',
      '$',
      '$a',
      ':=',
      '=',
      '|',
      '(',
      ')',
      '"',
      "'",
      '`',
      '\\',
      '/*',
      '*/',
      ','
    ],
    ...[
      'if ',
      'else',
      'end',
      'range ',
      'with ',
      'define ',
      'template ',
      'block ',
      'break',
      'nil',
      'true',
      '1',
      '1.5e',
      '0x'
    ],
    ...['printf ', '"%d%s%*[3]q"', 'js ', 'and ', 'or ', 'index ', 'slice ', 'len ', 'é', '\u{1F404}', '\ud800', '\0']
  )

  it('behavior: whatever the text is, there is an output or a TemplateError', () => {
    const limits = { steps: 2000, outputBytes: 10_000 }
    const text = fc.oneof(
      fc.array(piece, { maxLength: 25 }).map(p => p.join('')),
      fc.array(piece, { maxLength: 12 }).map(p => `{{${p.join('')}}}`),
      fc.string({ maxLength: 40 })
    )
    fc.assert(
      fc.property(text, source => {
        try {
          assert.equal(typeof print(source, undefined, { limits }), 'string')
        } catch (error) {
          assert.ok(error instanceof TemplateError, `${source}: ${error}`)
          assert.ok(error.line >= 1 && error.column >= 1)
        }
      }),
      { numRuns: 4000 }
    )
  })

  it('behavior: text without actions is itself', () => {
    const plain = fc.string({ maxLength: 80 }).filter(s => !s.includes('{{'))
    fc.assert(fc.property(plain, source => print(source) === source))
  })
})
