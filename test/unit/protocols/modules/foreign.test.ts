import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../../../protocols/common/errors.ts'
import { compileForeign, parseRendered, renderForeign } from '../../../../protocols/modules/foreign/render.ts'
import type { ForeignSystem } from '../../../../protocols/modules/foreign/systems.ts'
import { makeJob } from '../../../../protocols/modules/make-job.ts'

interface Vector {
  id: string
  system: ForeignSystem
  template: string
  inputs: Record<string, string>
  go: { output?: string; error?: 'parse' | 'exec' | 'json'; line?: number }
}

const path = join(import.meta.dirname, '../../../vectors/templates/systems.json')
const { vectors }: { vectors: Vector[] } = JSON.parse(readFileSync(path, 'utf8'))

function outcome({ system, template, inputs }: Vector): Vector['go'] {
  let stage: 'parse' | 'exec' | 'json' = 'parse'
  let output: string | undefined
  try {
    const compiled = compileForeign(template, system)
    stage = 'exec'
    const rendered = renderForeign(compiled, new Map(Object.entries(inputs)))
    output = rendered.text
    stage = 'json'
    parseRendered(rendered)
    return { output }
  } catch (error) {
    assert.ok(error instanceof UserError, String(error))
    return { ...(output === undefined ? {} : { output }), error: stage, ...(stage === 'json' ? {} : { line: 1 }) }
  }
}

describe('modules of other systems: what they do', () => {
  for (const [group, cases] of Map.groupBy(vectors, v => `${v.system}, ${v.id.replace(/: .*/, '')}`)) {
    it(`default: ${group}`, () => {
      for (const vector of cases) assert.deepEqual(outcome(vector), vector.go, `${vector.system} ${vector.id}`)
    })
  }
})

const files = (text: string, file = 'lilypad_module.json.tmpl') => new Map([[file, new TextEncoder().encode(text)]])
const spec = (entrypoint: string, more = ''): string => `{
  "machine": { "gpu": 0, "cpu": 1000, "ram": 100 },
  "job": { "APIVersion": "V1beta1", "Spec": {
    "engine": "docker",
    "Docker": { "Image": "example/cow:1", "Entrypoint": [${entrypoint}] }${more}
  } }
}`
const COW = spec('"cowsay", {{ or .Message "\\"moo\\"" }}')
const job = (text: string, inputs: Record<string, string> = {}, strict = false, file?: string) =>
  makeJob(files(text, file), new Map(Object.entries(inputs)), { strict })
const argsOf = (made: ReturnType<typeof makeJob>): unknown =>
  (made.job['engine'] as { docker: { entrypoint: unknown } }).docker.entrypoint

const fails = (work: () => unknown, name: string, line?: number, said?: RegExp) =>
  assert.throws(work, (error: unknown) => {
    assert.ok(error instanceof UserError, String(error))
    assert.equal(error.name, name, error.message)
    if (line !== undefined) assert.equal((error as unknown as { line: number }).line, line, error.message)
    if (said !== undefined) assert.match(`${error.message} ${error.remedy}`, said)
    assert.ok(error.remedy)
    return true
  })

describe('modules of other systems: as their own system', () => {
  it('default: the job of a template, with its default and with a value', () => {
    assert.deepEqual(argsOf(job(COW)), ['cowsay', 'moo'])
    assert.deepEqual(argsOf(job(COW, { Message: 'say "hi" it\'s <b>' })), ['cowsay', 'say "hi" it\'s <b>'])
  })

  it('behavior: a missing input inside of quotes runs with the text <no value>', () => {
    assert.deepEqual(argsOf(job(spec('"INPUT={{ js .input }}"'))), ['INPUT=<no value>'])
  })

  it('behavior: js inside of quotes keeps the quotes', () => {
    assert.deepEqual(argsOf(job(spec('"P={{ .x | js }}"'), { x: 'hello' })), ['P="hello"'])
  })

  it('error: an apostrophe through js names the line and the input', () => {
    fails(() => job(spec('"P={{ js .x }}"'), { x: "it's" }), 'TemplateJsonError', 5, /apostrophe in x/)
  })

  it('error: a raw value inside of quotes', () => {
    fails(() => job(spec('"W={{ .width }}"'), { width: '512' }), 'TemplateJsonError', 5, /width/)
  })

  it('error: a comma too many', () => {
    fails(() => job(spec('"a",')), 'TemplateJsonError', 5, /comma/)
  })

  it('error: generic-dcn knows no subst', () => {
    const text = spec('"{{ subst "%s" .x }}"')
    fails(() => makeJob(files(text), new Map(), { system: 'generic-dcn' }), 'TemplateSyntaxError', 5, /subst/)
  })

  it('error: an input that the template does not read', () => {
    fails(() => job(COW, { Mesage: 'x' }), 'ModuleInputError', undefined, /Message/)
  })

  it('behavior: a value can inject JSON, as it can there', () => {
    const text = spec('"{{ subst "%s" .x }}"')
    assert.deepEqual(argsOf(job(text, { x: 'a", "b' })), ['a', 'b'])
  })

  it('args: keys in any case, unknown ones ignored, the older file names', () => {
    const text = '{"JOB": {"spec": {"ENGINE": "DOCKER", "docker": {"image": "a:1"}, "Verifier": "noop", "x": 1}}}'
    const { job: made, warnings } = job(text, {}, false, 'module.coophive')
    assert.deepEqual(made['engine'], { docker: { image: 'a:1' } })
    assert.equal(made['timeout'], '1800s')
    assert.equal(warnings.length, 1)
  })
})

describe('modules of other systems: strict', () => {
  const strict = (text: string, inputs: Record<string, string>) => job(text, inputs, true)

  it('default: whatever is in a value, it stays one piece', () => {
    for (const text of [COW, spec('"cowsay", "{{ subst "%s" .Message }}"')]) {
      for (const value of ['moo', 'a", "b', "it's", '<b>&=', 'a\nb', '\\', '{{.x}}', '', '🐮']) {
        if (value === '' && text !== COW) continue
        assert.deepEqual(argsOf(strict(text, { Message: value })), ['cowsay', value], JSON.stringify(value))
      }
    }
  })

  it('error: a missing input, with its name and line; a guarded one is none', () => {
    fails(() => strict(spec('"{{ subst "%s" .x }}"'), {}), 'TemplateMissingKeyError', 5, /"x"/)
    fails(() => strict(spec('{{ .x }}'), {}), 'TemplateMissingKeyError', 5)
    assert.deepEqual(argsOf(strict(COW, {})), ['cowsay', 'moo'])
    assert.deepEqual(argsOf(strict(spec('"a"{{ if .x }}, {{ .x }}{{ end }}'), {})), ['a'])
  })

  it('error: quotes that stay, for every value', () => {
    fails(() => strict(spec('"a", "P={{ js .x }}"'), { x: 'y' }), 'StrictTemplateError', 5, /x keeps its quotes/)
  })

  it('error: a raw value inside of quotes, and a comma too many', () => {
    fails(() => strict(spec('"W={{ .w }}"'), { w: '1' }), 'TemplateJsonError', 5, /w/)
    fails(() => strict(spec('{{ .w }},'), { w: '1' }), 'TemplateJsonError', 5, /comma/)
  })

  it('error: values that decide or are changed', () => {
    fails(() => strict(spec('{{ if eq .x "\\"a\\"" }}"b"{{ else }}"c"{{ end }}'), { x: 'a' }), 'StrictTemplateError', 5)
    fails(() => strict(spec('"{{ urlquery .x }}"'), { x: 'a b' }), 'StrictTemplateError', 5, /x/)
  })
})

describe('modules of other systems: as a job of ours', () => {
  const convert = (module: unknown) => makeJob(files(JSON.stringify(module)), new Map())
  const docker = { Engine: 'Docker', Docker: { Image: 'a:1' } }

  it('default: needs of the machine and of the job, whichever is more; network, env, outputs', () => {
    const { job: made } = convert({
      machine: { cpu: 500, ram: 4000, disk: 10, gpus: [{ vram: 24000 }, { vram: 8000 }] },
      job: {
        Spec: {
          ...docker,
          EngineSpec: {
            Type: 'docker',
            Params: { Image: 'b:1', EnvironmentVariables: ['A=1=2'], WorkingDirectory: '/w' }
          },
          Resources: { CPU: '2', Memory: '1Gi' },
          Network: { Type: 'HTTP', Domains: ['example.org'] },
          outputs: [{ Name: 'out', path: '/outputs/' }],
          Timeout: 90
        }
      }
    })
    assert.deepEqual(made, {
      engine: { docker: { image: 'b:1', workdir: '/w' } },
      env: { A: '1=2' },
      inputs: [],
      outputs: [{ name: 'out', path: '/outputs' }],
      resources: {
        cpuMillis: 2000,
        memoryBytes: 4_000_000_000,
        diskBytes: 10_000_000,
        gpus: { count: 2, memoryBytes: 24_000_000_000 }
      },
      network: { allow: ['example.org:80', 'example.org:443'] },
      timeout: '90s'
    })
  })

  it('behavior: what is ignored there is said here', () => {
    const { warnings } = convert({ gpus: [{ vram: 1 }], job: { Spec: { ...docker, Timeout: 1e6 } } })
    assert.equal(warnings.length, 3)
  })

  it('error: what does not exist here, in one line with the reason', () => {
    const cases: [string, object][] = [
      ['Spec.Engine', { Engine: 'Language' }],
      ['Spec.Engine', {}],
      ['Spec.Docker.Image', { Engine: 'Docker' }],
      ['Spec.Sharding', { ...docker, Sharding: { GlobPattern: '*' } }],
      ['StorageSource', { ...docker, inputs: [{ StorageSource: 'S3', path: '/x' }] }],
      ['URL', { ...docker, inputs: [{ StorageSource: 'urlDownload', URL: 'http://a', path: '/x' }] }],
      ['Network.Type', { ...docker, Network: { Type: 'host' } }],
      ['Network.Domains', { ...docker, Network: { Type: 'HTTP', Domains: ['.example.org'] } }],
      ['Resources.Memory', { ...docker, Resources: { Memory: 'lots' } }],
      ['Docker.Entrypoint', { Engine: 'Docker', Docker: { Image: 'a:1', Entrypoint: 'sh' } }]
    ]
    for (const [field, Spec] of cases) {
      fails(() => convert({ job: { Spec } }), 'NotConvertibleError', undefined, new RegExp(field.replace('.', '\\.')))
    }
    fails(() => convert({ machine: {} }), 'NotConvertibleError', undefined, /no job/)
    fails(() => convert({ job: { Deal: { Concurrency: 3 }, Spec: docker } }), 'NotConvertibleError')
    fails(() => convert([]), 'NotConvertibleError')
  })
})
