import assert from 'node:assert/strict'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { UserError } from '../../../../protocols/common/errors.ts'
import { parseSpec } from '../../../../protocols/job/parse-spec.ts'
import { parseInputs } from '../../../../protocols/modules/input-values.ts'
import { makeJob } from '../../../../protocols/modules/make-job.ts'
import { parseModuleName } from '../../../../protocols/modules/names.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const CID = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
const BASE = {
  name: 'words',
  version: '1.0.0',
  inputs: {
    Text: { type: 'string', default: 'a', maxLength: 20 },
    Count: { type: 'integer', default: 3, minimum: 1, maximum: 9 },
    Share: { type: 'number', default: 0.5 },
    Loud: { type: 'boolean', default: false },
    Mode: { type: 'enum', default: 'fast', values: ['fast', 'slow'] },
    Book: { type: 'file', required: false, description: 'what is read' },
    Data: { type: 'cid', required: false },
    Tag: { type: 'string', required: false, pattern: '[a-z]+' }
  },
  job: {
    engine: { js: { file: 'main.mjs', args: ['{{ input.Text }}', 'n={{ input.Count }}', '--tag={{ input.Tag }}'] } },
    env: { MODE: '{{ input.Mode }}', LOUD: '{{input.Loud}}', TAG: '{{ input.Tag }}', SHARE: '{{ input.Share }}' },
    inputs: [
      { local: '{{ input.Book }}', path: '/inputs/book' },
      { cid: '{{ input.Data }}', path: '/inputs/data' }
    ],
    resources: { cpuMillis: '{{ input.Count }}' }
  }
}

const folder = (module: unknown, more: Record<string, string> = { 'main.mjs': 'export default () => 1' }) =>
  new Map([['module.yaml', bytes(stringify(module))], ...Object.entries(more).map(([k, v]) => [k, bytes(v)] as const)])
const make = (module: unknown, inputs: Record<string, string> = {}) =>
  makeJob(folder(module), new Map(Object.entries(inputs))).job

const fails = (work: () => unknown, name: string, field?: string) =>
  assert.throws(work, (error: unknown) => {
    assert.ok(error instanceof UserError, String(error))
    assert.equal(error.name, name, error.message)
    if (field !== undefined) assert.equal(error.field, field)
    assert.ok(error.remedy, error.message)
    return true
  })

describe('module.yaml', () => {
  it('default: defaults in place of references, typed where the job is; what has no value is left out', () => {
    assert.deepEqual(make(BASE), {
      engine: { js: { args: ['a', 'n=3'], source: 'export default () => 1' } },
      env: { MODE: 'fast', LOUD: 'false', SHARE: '0.5' },
      inputs: [],
      resources: { cpuMillis: 3 }
    })
  })

  it('args: values, files and CIDs', () => {
    const job = make(BASE, { Text: 'b', Count: '9', Book: 'a.txt', Data: `ipfs://${CID}`, Tag: 'x', Loud: 'true' })
    assert.deepEqual(job['inputs'], [
      { local: 'a.txt', path: '/inputs/book' },
      { cid: CID, path: '/inputs/data' }
    ])
    assert.deepEqual(job['env'], { MODE: 'fast', LOUD: 'true', TAG: 'x', SHARE: '0.5' })
  })

  it('behavior: a value stays one piece of text, whatever is in it', () => {
    const module = { ...BASE, inputs: { ...BASE.inputs, Text: { type: 'string', maxLength: 8000 } } }
    const hostile = fc.oneof(
      fc.constantFrom('"', "'", '\n- x: 1', '{{ input.Count }}', '"], "network": "full', '#', '&a *a', '!!js', '\\'),
      fc.string({ unit: 'binary', maxLength: 40 }).filter(s => s.isWellFormed() && !s.includes('\0'))
    )
    fc.assert(
      fc.property(hostile, value => {
        const job = make(module, { Text: value })
        assert.deepEqual((job['engine'] as { js: { args: string[] } }).js.args, [value, 'n=3'])
        assert.deepEqual(Object.keys(job).sort(), ['engine', 'env', 'inputs', 'resources'])
      })
    )
  })

  it('error: an input that is unknown, missing, of the wrong type, out of range, too long', () => {
    fails(() => make(BASE, { Txt: 'a' }), 'ModuleInputError', 'Txt')
    fails(() => make({ ...BASE, inputs: { ...BASE.inputs, Text: { type: 'string' } } }), 'ModuleInputError', 'Text')
    for (const [key, value] of [
      ['Count', '1.5'],
      ['Count', '10'],
      ['Count', '0x3'],
      ['Count', ''],
      ['Share', 'much'],
      ['Loud', 'yes'],
      ['Mode', 'fas'],
      ['Data', 'nothing'],
      ['Tag', 'A1'],
      ['Text', 'x'.repeat(21)],
      ['Text', 'a\0b'],
      ['Text', '\ud800'],
      ['Text', 'x'.repeat(1024 * 1024 + 1)],
      ['Book', '']
    ] as const) {
      fails(() => make(BASE, { [key]: value }), 'ModuleInputError', key)
    }
  })

  it('error: -i without a key, or twice', () => {
    assert.deepEqual(
      [...parseInputs(['A=b=c', 'B='])],
      [
        ['A', 'b=c'],
        ['B', '']
      ]
    )
    fails(() => parseInputs(['=x']), 'ModuleInputError')
    fails(() => parseInputs(['x']), 'ModuleInputError')
    fails(() => parseInputs(['A=1', 'A=2']), 'ModuleInputError', 'A')
  })

  it('error: references that cannot be', () => {
    const withJob = (job: unknown) => () => make({ ...BASE, job })
    const { engine } = BASE.job
    fails(withJob({ engine, env: { A: '{{ input.Txt }}' } }), 'InvalidModuleError', 'job.env.A')
    fails(withJob({ engine, env: { A: '{{ .Text }}' } }), 'InvalidModuleError', 'job.env.A')
    fails(withJob({ engine, env: { A: '{{ input.Book }}' } }), 'InvalidModuleError', 'job.env.A')
    fails(withJob({ engine, inputs: [{ local: 'x/{{ input.Book }}' }] }), 'InvalidModuleError', 'job.inputs.0.local')
    fails(withJob({ engine, inputs: [{ local: '{{ input.Text }}' }] }), 'InvalidModuleError', 'job.inputs.0.local')
    fails(withJob({ engine, env: { '{{ input.Text }}': 'a' } }), 'InvalidModuleError')
    const braces = make({ ...BASE, job: { engine, env: { A: "{{ '{{' }} x }}" } } })
    assert.deepEqual(braces['env'], { A: '{{ x }}' })
  })

  it('error: paths of the machine of whoever runs it, and paths out of the module', () => {
    const withJob = (job: unknown) => () => make({ ...BASE, job })
    fails(
      withJob({ engine: BASE.job.engine, inputs: [{ local: '/etc/passwd' }] }),
      'InvalidModuleError',
      'job.inputs.0.local'
    )
    fails(withJob({ engine: { js: { local: '/etc/passwd' } } }), 'InvalidModuleError', 'job.engine.js.local')
    fails(withJob({ engine: { js: { file: '../x.mjs' } } }), 'InvalidModuleError', 'job.engine.js.file')
    fails(withJob({ engine: { js: { file: '/x.mjs' } } }), 'InvalidModuleError', 'job.engine.js.file')
    fails(withJob({ engine: { wasm: { file: 'none.wasm' } } }), 'InvalidModuleError')
    fails(
      withJob({ engine: BASE.job.engine, inputs: [{ file: 'none.txt' }] }),
      'InvalidModuleError',
      'job.inputs.0.file'
    )
    fails(withJob({ ...BASE.job, module: CID }), 'InvalidModuleError', 'job.module')
  })

  it('error: a definition that is not right', () => {
    const withInput = (input: unknown) => () =>
      make({ ...BASE, inputs: { X: input }, job: { engine: { js: { file: 'main.mjs' } } } })
    fails(withInput({ type: 'text' }), 'InvalidInputError')
    fails(withInput({ type: 'enum' }), 'InvalidModuleError', 'inputs.X.values')
    fails(withInput({ type: 'integer', pattern: 'x' }), 'InvalidModuleError', 'inputs.X.pattern')
    fails(withInput({ type: 'integer', default: 11, maximum: 10 }), 'ModuleInputError', 'X')
    fails(withInput({ type: 'string', default: 'a', required: true }), 'InvalidModuleError', 'inputs.X.required')
    for (const pattern of ['(', '(?=a)b', '(.*)\\1', '((a{0,30}){0,30}){0,30}', '(?:[a-z]{0,30}){0,33}']) {
      fails(withInput({ type: 'string', required: false, pattern }), 'InvalidModuleError', 'inputs.X.pattern')
    }
    fails(() => make({ ...BASE, name: 'Big Name' }), 'InvalidInputError')
    fails(() => make([1]), 'InvalidModuleError')
    fails(() => makeJob(new Map([['readme.md', bytes('x')]]), new Map()), 'InvalidModuleError')
  })

  it('error: a pattern and a text that would keep other engines busy for years', () => {
    for (const pattern of ['(a|a)*', '((a+))+', `${'a?'.repeat(40)}${'a'.repeat(40)}`]) {
      const X = { type: 'string', default: `${'a'.repeat(60)}!`, pattern }
      fails(
        () => make({ ...BASE, inputs: { X }, job: { engine: { js: { file: 'main.mjs' } } } }),
        'ModuleInputError',
        'X'
      )
    }
  })

  it('error: an address that the module chose: this machine may reach what its author does not', () => {
    const url = 'http://169.254.169.254/latest/meta-data'
    const inputs = { Page: { type: 'string', required: false }, Own: { type: 'string', default: url } }
    const job = (place: object) => () => make({ ...BASE, inputs, job: place })
    const js = { js: { file: 'main.mjs' } }
    fails(job({ engine: js, inputs: [{ url, path: '/x' }] }), 'InvalidModuleError', 'job.inputs.0.url')
    fails(job({ engine: js, inputs: [{ url: '{{ input.Own }}', path: '/x' }] }), 'InvalidModuleError')
    fails(job({ engine: { wasm: { url } } }), 'InvalidModuleError', 'job.engine.wasm.url')
    const asked = { ...BASE, inputs, job: { engine: js, inputs: [{ url: '{{ input.Page }}', path: '/x' }] } }
    assert.deepEqual(make(asked, { Page: 'https://example.org/a' })['inputs'], [
      { url: 'https://example.org/a', path: '/x' }
    ])
  })

  it('behavior: the specification of a module is version 2 and names it', () => {
    const spec = parseSpec({ engine: { js: { source: 'export default () => 1' } }, module: CID })
    assert.deepEqual([spec.version, spec.module?.toString()], [2, CID])
  })
})

describe('names of modules', () => {
  it('default: each form', () => {
    assert.deepEqual(parseModuleName('cowsay:v0.0.1'), { kind: 'name', name: 'cowsay', version: '0.0.1' })
    assert.deepEqual(parseModuleName('cowsay'), { kind: 'name', name: 'cowsay', version: undefined })
    assert.deepEqual(parseModuleName('github.com/user/Repo:v1'), {
      kind: 'git',
      url: 'https://github.com/user/Repo',
      ref: 'v1'
    })
    assert.deepEqual(parseModuleName('https://example.org:8443/a/b.git#main'), {
      kind: 'git',
      url: 'https://example.org:8443/a/b.git',
      ref: 'main'
    })
    assert.deepEqual(parseModuleName(`ipfs://${CID}`), { kind: 'ipfs', cid: CID })
  })

  it('error: what is no name', () => {
    for (const text of [
      '',
      'a b',
      '../x',
      'Cow',
      'x:',
      'x:y:z',
      'github.com/../x',
      'ftp://a/b',
      'http://a@b/c',
      'ipfs://',
      '-x',
      'a;b'
    ]) {
      fails(() => parseModuleName(text), 'ModuleNotFoundError')
    }
  })
})
