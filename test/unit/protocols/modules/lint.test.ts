import assert from 'node:assert/strict'
import { type LintReport, lintModule } from '../../../../protocols/modules/about.ts'
import { makeJob } from '../../../../protocols/modules/make-job.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const folder = (text: string, file = 'lilypad_module.json.tmpl') => new Map([[file, bytes(text)]])
const spec = (entrypoint: string, env = ''): string => `{
  "machine": { "gpu": 0, "cpu": 1000, "ram": 100 },
  "job": { "Spec": { "Engine": "docker", "Docker": {
    "Image": "example/cow:1",
    "EnvironmentVariables": [${env}],
    "Entrypoint": [${entrypoint}] } } }
}`
const lint = (text: string): LintReport => lintModule(folder(text), 'lilypad-module-cow')
const said = ({ findings }: LintReport) =>
  findings.filter(f => f.severity === 'error').map(({ when, line, input }) => [when, line, input])

describe('lint of templates of other systems', () => {
  it('default: a template without a fault has no errors, and becomes module.yaml', () => {
    const report = lint(spec('"cowsay", {{ or .Message "\\"moo\\"" }}'))
    assert.deepEqual(report.findings, [])
    assert.deepEqual([...(report.rewritten?.inputs ?? [])], [['Message', { type: 'string', default: 'moo' }]])
  })

  it('error: what never loads, with its line', () => {
    assert.deepEqual(said(lint(spec('"a" {{ nofunc .x }}'))), [['always', 6, undefined]])
    assert.deepEqual(said(lint(spec('"a",'))), [['always', 6, undefined]])
    assert.deepEqual(said(lint('{"machine": {}}')), [['always', undefined, undefined]])
  })

  it('error: a raw value inside of quotes fails whenever it is given', () => {
    const report = lint(spec('"a"', '"WIDTH={{ .width }}"'))
    assert.deepEqual(said(report), [
      ['width is not given', 5, 'width'],
      ['width is ordinary text', 5, 'width']
    ])
  })

  it('error: js inside of quotes', () => {
    const report = lint(spec('"a"', '"P={{ js .x }}"'))
    assert.deepEqual(said(report), [
      ['x is not given', 5, 'x'],
      ['x is ordinary text', 5, 'x']
    ])
  })

  it('error: subst, for the values that it breaks on', () => {
    const report = lint(spec('"a"', '"{{ subst "P=%s" .x }}"'))
    const whens = said(report).map(([when]) => when)
    assert.deepEqual(whens, ['x is not given', 'x has quotes', 'x has a line break', 'x has a backslash'])
    assert.ok(report.findings.some(f => f.severity === 'warning' && f.when === 'run by generic-dcn'))
  })

  it('behavior: rewritten, each of them takes every value, and makes the same job as before for a plain one', () => {
    const templates = [
      spec('"cowsay", {{ or .x "\\"moo\\"" }}'),
      spec('"a"', '"P={{ js .x }}", "Q={{ .y }}"'),
      spec('"a"', '"{{ subst "P=%s" .x }}"'),
      spec('"a", {{ if .x }}{{ .x }}{{ else }}"none"{{ end }}'),
      spec('"a"{{ if .x }}, {{ .x }}{{ end }}'),
      spec('"a", {{ .x }},')
    ]
    for (const template of templates) {
      const { rewritten } = lint(template)
      assert.ok(rewritten, template)
      const own = new Map([['module.yaml', bytes(rewritten.yaml)]])
      for (const value of ['moo', 'say "hi" it\'s <b>\n{{ input.x }} \\']) {
        const given: Map<string, string> = new Map([...rewritten.inputs.keys()].map(name => [name, value]))
        const texts: string = JSON.stringify(makeJob(own, given).job)
        assert.equal(texts.split(JSON.stringify(value).slice(1, -1)).length - 1, rewritten.inputs.size, template)
      }
    }
    const cow = folder(templates[0] ?? '')
    const own = new Map([['module.yaml', bytes(lint(templates[0] ?? '').rewritten?.yaml ?? '')]])
    for (const given of [new Map(), new Map([['x', 'plain']])]) {
      const { env: _env, inputs: _inputs, ...before } = makeJob(cow, given).job
      assert.deepEqual(makeJob(own, given).job, before)
    }
  })

  it('behavior: an input is required, optional or has a default, as the template has it', () => {
    const kinds = (text: string) => lint(text).rewritten?.inputs.get('x')
    assert.deepEqual(kinds(spec('"a", {{ .x }}')), { type: 'string', required: true })
    assert.deepEqual(kinds(spec('"a"{{ if .x }}, {{ .x }}{{ end }}')), { type: 'string', required: false })
    assert.deepEqual(kinds(spec('"P={{ or .x "5" }}"')), { type: 'string', default: '5' })
  })

  it('behavior: what one input breaks does not hide what another does', () => {
    const report = lint(spec('{{ or .Ok "\\"a\\"" }}', '"W={{ or .Raw "5" }}", "S={{ js .Js }}"'))
    assert.deepEqual(said(report), [
      ['Raw is ordinary text', 5, 'Raw'],
      ['Js is not given', 5, 'Js'],
      ['Js is ordinary text', 5, 'Js']
    ])
    const inputs = [...(report.rewritten?.inputs ?? [])].map(([name, { default: value, required }]) => [
      name,
      value ?? required
    ])
    assert.deepEqual(inputs, [
      ['Raw', '5'],
      ['Js', true],
      ['Ok', 'a']
    ])
  })

  it('behavior: an input that only decides what is printed is named', () => {
    const report = lint(spec('{{ if .x }}"a"{{ else }}"b"{{ end }}'))
    assert.deepEqual(report.rewritten?.lost, ['x'])
    assert.ok(report.findings.some(f => f.input === 'x' && f.severity === 'warning'))
  })
})
