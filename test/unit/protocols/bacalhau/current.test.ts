import assert from 'node:assert/strict'
import { bacalhauForm, fillTemplate, readBacalhau } from '../../../../protocols/bacalhau/index.ts'
import { parseYaml } from '../../../../protocols/job/parse-spec-text.ts'

const CID = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
const read = (text: string) => readBacalhau(parseYaml(text, 'job.yaml'))
const task = (more: object = {}) => ({
  Name: 'main',
  Engine: { Type: 'docker', Params: { Image: 'debian:12' } },
  ...more
})
const job = (more: object = {}, ofTask: object = {}) => ({ Type: 'batch', Tasks: [task(ofTask)], ...more })
const spec = (value: unknown, index = 0, of = 1) => readBacalhau(value).partition(index, of)

describe('bacalhau: the current form', () => {
  it('default: keys that nobody reads are named, with what was meant', () => {
    const { notes } = readBacalhau(job({ Typ: 'ops', Labels: { a: 'b' } }, { Timeoutz: {}, Resources: { cpus: '1' } }))
    const named = notes.filter(note => note.includes('is no key here'))
    assert.deepEqual(named, [
      'Typ is no key here and ignored; did you mean Type?',
      'Tasks.0.Timeoutz is no key here and ignored; did you mean Timeouts?',
      'Tasks.0.Resources.cpus is no key here and ignored; did you mean CPU?'
    ])
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`zz${i}`, i]))
    assert.equal(readBacalhau(job(many)).notes.filter(note => note.includes('is no key here')).length, 8)
  })

  it('default: a whole file, keys in whatever case', () => {
    const found = read(`
Name: count words
type: batch
COUNT: 3
Constraints:
  - { Key: region, Operator: in, Values: [eu, us] }
  - { key: favour_disk, operator: '=', values: [nvme] }
tasks:
  - name: main
    Engine:
      type: docker
      params:
        image: debian:12
        Entrypoint: [/bin/sh]
        parameters: [-c, wc -w /inputs/a]
        EnvironmentVariables: [A=1, B=x=y]
        WorkingDirectory: /work
    env: { C: "2" }
    InputSources:
      - { Source: { Type: ipfs, Params: { CID: ${CID} } }, Target: /inputs/a }
      - { Source: { Type: urlDownload, Params: { URL: "https://example.org/x" } }, Target: /inputs/b }
      - { Source: { Type: localDirectory, Params: { SourcePath: ./data } }, Target: /inputs/c/ }
      - { Source: { Type: inline, Params: { URL: "data:,hi" } }, Target: /inputs/d }
    ResultPaths: [{ Name: out put, Path: /outputs/ }]
    Resources: { CPU: 500m, Memory: 1Gb, Disk: 2Gi, GPU: "1" }
    Network: { Type: HTTP, Domains: [example.org, "example.com:8443"] }
    Publisher: { Type: ipfs }
    Timeouts: { ExecutionTimeout: 600 }
`)
    assert.deepEqual([found.name, found.type, found.count, found.notes], ['count words', 'batch', 3, []])
    assert.deepEqual(found.requirements, [{ key: 'region', operator: 'in', values: ['eu', 'us'] }])
    assert.deepEqual(found.preferences, [{ key: 'disk', operator: '=', values: ['nvme'] }])
    const { env, ...rest } = found.partition(1, 3)
    assert.deepEqual(rest, {
      engine: {
        docker: { image: 'debian:12', entrypoint: ['/bin/sh'], args: ['-c', 'wc -w /inputs/a'], workdir: '/work' }
      },
      inputs: [
        { cid: CID, path: '/inputs/a' },
        { url: 'https://example.org/x', path: '/inputs/b' },
        { local: './data', path: '/inputs/c' },
        { inline: 'data:,hi', path: '/inputs/d' }
      ],
      outputs: [{ name: 'out_put', path: '/outputs' }],
      resources: { cpuMillis: 500, memoryBytes: 1e9, diskBytes: 2 * 2 ** 30, gpus: { count: 1 } },
      network: { allow: ['example.org:80', 'example.org:443', 'example.com:8443'] },
      timeout: '600s'
    })
    const { BACALHAU_JOB_ID: id, BACALHAU_EXECUTION_ID: run, ...variables } = env as Record<string, string>
    assert.deepEqual(variables, {
      A: '1',
      B: 'x=y',
      C: '2',
      BACALHAU_JOB_TYPE: 'batch',
      BACALHAU_PARTITION_INDEX: '1',
      BACALHAU_PARTITION_COUNT: '3'
    })
    assert.match(`${id} ${run}`, /^j-[0-9a-f-]{36} e-[0-9a-f-]{36}$/)
  })

  it('behavior: parts of one job share its id and have executions of their own; the same file has the same ids', () => {
    const envs = [0, 1].map(i => spec(job(), i, 2)['env'] as Record<string, string>)
    assert.equal(envs[0]?.['BACALHAU_JOB_ID'], envs[1]?.['BACALHAU_JOB_ID'])
    assert.notEqual(envs[0]?.['BACALHAU_EXECUTION_ID'], envs[1]?.['BACALHAU_EXECUTION_ID'])
    assert.deepEqual(spec(job(), 0, 2)['env'], envs[0])
  })

  it('default: what a file leaves out', () => {
    const { notes, ...found } = readBacalhau(job())
    const { env: _env, ...rest } = found.partition(0, 1)
    assert.deepEqual(rest, {
      engine: { docker: { image: 'debian:12' } },
      inputs: [],
      outputs: [],
      resources: { cpuMillis: 500, memoryBytes: 512_000_000 },
      timeout: '1800s'
    })
    assert.deepEqual([found.type, found.count, notes.length], ['batch', 1, 2])
  })

  it('default: a wasm module is an input that is not mounted', () => {
    const engine = { Type: 'wasm', Params: { EntryModule: '/app/main.wasm', Parameters: ['a'], Entrypoint: '_start' } }
    const source = (Target: string, Source: object) => ({ Target, Source })
    const InputSources = [
      source('/app/main.wasm', { Type: 'ipfs', Params: { CID } }),
      source('/data', { Type: 'inline', Params: { URL: 'data:,x' } })
    ]
    const made = spec(job({}, { Engine: engine, InputSources }))
    assert.deepEqual(made['engine'], { wasm: { module: CID, args: ['a'] } })
    assert.deepEqual(made['inputs'], [{ inline: 'data:,x', path: '/data' }])
    const local = [source('/app/main.wasm', { Type: 'localDirectory', Params: { SourcePath: 'main.wasm' } })]
    assert.deepEqual(spec(job({}, { Engine: engine, InputSources: local }))['engine'], {
      wasm: { local: 'main.wasm', args: ['a'] }
    })
  })

  const NETWORKS: [object, unknown][] = [
    [{ Type: 'None' }, undefined],
    [{ Type: 'Default' }, undefined],
    [{ Type: 'host' }, 'full'],
    [{ Type: 'Full' }, 'full'],
    [{ Type: 'Bridge' }, 'full'],
    [{ Type: 'HTTP', Domains: [] }, undefined]
  ]
  for (const [Network, network] of NETWORKS) {
    it(`args: network ${JSON.stringify(Network)}`, () => {
      assert.equal(spec(job({}, { Network }))['network'], network)
    })
  }

  const SIZES: [string, number][] = [
    ['512Mb', 512e6],
    ['1GB', 1e9],
    ['1g', 1e9],
    ['1Gi', 2 ** 30],
    ['1GiB', 2 ** 30],
    ['0.5 kb', 500],
    ['1024', 1024]
  ]
  for (const [Memory, memoryBytes] of SIZES) {
    it(`args: memory ${Memory}`, () => {
      const { memoryBytes: found } = spec(job({}, { Resources: { Memory } }))['resources'] as { memoryBytes: number }
      assert.equal(found, memoryBytes)
    })
  }

  const REFUSED: [string, object, string][] = [
    ['a service', job({ Type: 'service' }), 'Type'],
    ['a daemon', job({ Type: 'daemon' }), 'Type'],
    ['a type that is none', job({ Type: 'bach' }), 'Type'],
    ['a count of 0', job({ Count: 0 }), 'Count'],
    ['a count that is no number', job({ Count: '3' }), 'Count'],
    ['too many', job({ Count: 1_001 }), 'Count'],
    ['no task', { Type: 'batch', Tasks: [] }, 'Tasks'],
    ['an engine that is none', job({}, { Engine: { Type: 'noop' } }), 'Tasks.0.Engine.Type'],
    ['no image', job({}, { Engine: { Type: 'docker', Params: {} } }), 'Tasks.0.Engine.Params.Image'],
    ['s3 without credentials', job({}, { InputSources: [input({ Type: 's3' })] }), 'InputSources'],
    [
      'a source that is none',
      job({}, { InputSources: [input({ Type: 'ftp' })] }),
      'Tasks.0.InputSources.0.Source.Type'
    ],
    ['a CID that is none', job({}, { InputSources: [input({ Type: 'ipfs', Params: { CID: 'x' } })] }), at('CID')],
    ['a file: URL', job({}, { InputSources: [input({ Type: 'url', Params: { URL: 'file:///x' } })] }), at('URL')],
    ['inline that is no data', job({}, { InputSources: [input({ Type: 'inline', Params: { URL: 'x' } })] }), at('URL')],
    [
      'inputs that are written to',
      job({}, { InputSources: [input({ Type: 'localDirectory', Params: { ReadWrite: true } })] }),
      at('ReadWrite')
    ],
    [
      'no target',
      job({}, { InputSources: [{ Source: { Type: 'inline' }, Target: 'x' }] }),
      'Tasks.0.InputSources.0.Target'
    ],
    ['an s3 publisher', job({}, { Publisher: { Type: 's3' } }), 'Tasks.0.Publisher.Type'],
    ['ports', job({}, { Network: { Type: 'Bridge', Ports: [{ Name: 'a' }] } }), 'Tasks.0.Network.Ports'],
    ['a whole domain', job({}, { Network: { Type: 'HTTP', Domains: ['.example.org'] } }), 'Tasks.0.Network.Domains'],
    ['a network that is none', job({}, { Network: { Type: 'constructor' } }), 'Tasks.0.Network.Type'],
    ['a variable of the host', job({}, { Env: { A: 'env:HOME' } }), 'Tasks.0.Env.A'],
    ['a variable of theirs', job({}, { Env: { BACALHAU_X: '1' } }), 'Tasks.0.Env.BACALHAU_X'],
    ['half a GPU', job({}, { Resources: { GPU: '0.5' } }), 'Tasks.0.Resources.GPU'],
    ['a size that is none', job({}, { Resources: { Memory: 'much' } }), 'Tasks.0.Resources.Memory'],
    ['more than a day', job({}, { Timeouts: { ExecutionTimeout: 90_000 } }), 'Tasks.0.Timeouts.ExecutionTimeout'],
    ['an operator that is none', job({ Constraints: [{ Key: 'a', Operator: '~' }] }), 'Constraints.0.Operator'],
    [
      'exists with values',
      job({ Constraints: [{ Key: 'a', Operator: 'exists', Values: ['x'] }] }),
      'Constraints.0.Values'
    ],
    [
      'another entrypoint',
      job({}, { Engine: { Type: 'wasm', Params: { Entrypoint: 'main' } } }),
      'Tasks.0.Engine.Params.Entrypoint'
    ],
    [
      'a module that is nowhere',
      job({}, { Engine: { Type: 'wasm', Params: { EntryModule: '/x' } } }),
      'Tasks.0.Engine.Params.EntryModule'
    ]
  ]
  for (const [what, value, field] of REFUSED) {
    it(`error: ${what}`, () => {
      assert.throws(() => spec(value), { name: 'NotConvertibleError', field })
    })
  }

  it('default: which form a file has', () => {
    const forms = [job(), { tasks: [] }, { APIVersion: 'V1beta1', Spec: {} }, { spec: {} }, { engine: {} }, [], null]
    assert.deepEqual(forms.map(bacalhauForm), ['current', 'current', 'old', 'old', undefined, undefined, undefined])
    assert.throws(() => readBacalhau({ engine: {} }), { name: 'InvalidInputError' })
  })

  it('default: variables are filled in before the file is YAML, and one without a value is an error', () => {
    const source = 'Name: {{.name}}\nCount: {{ .n }}\n'
    assert.equal(fillTemplate(source, { name: 'x', n: '2' }), 'Name: x\nCount: 2\n')
    assert.throws(() => fillTemplate(source, { name: 'x' }), {
      name: 'TemplateMissingKeyError',
      remedy: /-V \w+=VALUE/
    })
    assert.equal(fillTemplate('a: }} {', {}), 'a: }} {')
  })

  it('default: an old file is read, and says that it is old', () => {
    const old = {
      APIVersion: 'V1beta1',
      Metadata: { Name: 'moo' },
      Spec: { Engine: 'Docker', Docker: { Image: 'debian:12', Entrypoint: ['echo'] } }
    }
    const { name, notes, partition } = readBacalhau(old)
    assert.equal(name, 'moo')
    assert.match(notes[0] ?? '', /old format/)
    assert.deepEqual(partition(0, 1)['engine'], { docker: { image: 'debian:12', entrypoint: ['echo'] } })
  })
})

function input(Source: object): object {
  return { Source, Target: '/inputs/x' }
}

function at(key: string): string {
  return `Tasks.0.InputSources.0.Source.Params.${key}`
}
