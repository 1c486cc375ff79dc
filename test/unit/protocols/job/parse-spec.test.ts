import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { UserError } from '../../../../protocols/common/errors.ts'
import { derive, policyOf } from '../../../../protocols/job/derive.ts'
import { decodeSpec, encodeSpec } from '../../../../protocols/job/encode-spec.ts'
import { parseSpec, SPEC_KEYS } from '../../../../protocols/job/parse-spec.ts'
import { formatSpecText, parseSpecText, parseYaml } from '../../../../protocols/job/parse-spec-text.ts'
import { resolveReferences } from '../../../../protocols/job/references.ts'
import { specToFile } from '../../../../protocols/job/spec-file.ts'
import { blockCid } from '../../../support/market/make.ts'
import { check } from '../../../support/market/property.ts'
import { spec } from '../../../support/market/spec.ts'

const CID_TEXT = blockCid('input').toString()
const IMAGE = `debian:12@sha256:${'ab'.repeat(32)}`
const js = { js: { source: 'export default () => 1' } }
const docker = { docker: { image: IMAGE } }
const REPLICAS = { policy: { replicas: { n: 3 } } }

describe('parseSpec', () => {
  it('default: fills in what a file does not say', () => {
    assert.deepEqual(parseSpec({ engine: js }), {
      version: 1,
      engine: { js: { source: 'export default () => 1', entry: 'default' } },
      env: {},
      inputs: [],
      outputs: [{ name: 'outputs', path: '/outputs' }],
      resources: { cpuMillis: 1000, memoryBytes: 2 ** 28, diskBytes: 2 ** 30 },
      network: 'none',
      timeoutMs: 60_000,
      verify: { policy: 'none', include: ['exitCode', 'stdout', 'outputs'] },
      retry: 'safe',
      private: false
    })
  })

  it('args: every field in its human form', () => {
    const read = parseSpec({
      engine: { docker: { image: IMAGE, entrypoint: ['sh'], args: ['-c', 'true'], workdir: '/work' } },
      env: { KEY: 'value' },
      inputs: [{ cid: CID_TEXT, path: '/data' }, { cid: CID_TEXT }],
      outputs: [{ name: 'result', path: '/out' }],
      resources: { cpu: 0.5, memory: '1GiB', disk: '2GB', gpus: { count: 2, model: 'H200', memory: '80GB' } },
      network: { allow: ['Example.org:443', 'a.org:80'] },
      timeout: '2m',
      verify: { include: ['outputs', 'exitCode'] },
      retry: 'eager',
      private: true
    })
    assert.deepEqual(read.resources, {
      cpuMillis: 500,
      memoryBytes: 2 ** 30,
      diskBytes: 2e9,
      gpus: { count: 2, model: 'H200', memoryBytes: 8e10 }
    })
    assert.deepEqual(read.network, { allow: ['a.org:80', 'example.org:443'] })
    assert.deepEqual([read.timeoutMs, read.inputs[1]?.path], [120_000, '/inputs/1'])
    assert.deepEqual(read.verify, { policy: 'none', include: ['exitCode', 'outputs'] })
    const checked = parseSpec({ engine: js, verify: { policy: { spot: '5%' } } })
    assert.deepEqual(checked.verify.policy, { spotPerMille: 50 })
  })

  it('behavior: both ways of writing a quantity give the same CID', () => {
    const a = parseSpec({ engine: js, timeout: '60s', resources: { memory: '256MiB', cpu: '500m' } })
    const b = parseSpec({ engine: js, timeoutMs: 60_000, resources: { memoryBytes: 2 ** 28, cpuMillis: 500 } })
    assert.ok(encodeSpec(a).cid.equals(encodeSpec(b).cid))
  })

  it('behavior: a source that is a CID means the file', () => {
    const { engine } = parseSpec({ engine: { js: { source: CID_TEXT } } })
    assert.ok('js' in engine && typeof engine.js.source !== 'string')
  })

  it('behavior: a noop job has no outputs, and an empty list means none', () => {
    assert.deepEqual(parseSpec({ engine: { noop: {} } }).outputs, [])
    assert.deepEqual(parseSpec({ engine: js, outputs: [] }).outputs, [])
  })

  it('behavior: half and one more is the default of replicas.min', () => {
    assert.deepEqual(parseSpec({ engine: js, verify: { policy: { replicas: { n: 5 } } } }).verify.policy, {
      replicas: { n: 5, min: 3 }
    })
  })

  it('default: a pinned container without network and GPUs may have replicas', () => {
    for (const image of [IMAGE, `ipfs://${CID_TEXT}`]) {
      const spec = parseSpec({ engine: { docker: { image } }, verify: REPLICAS })
      assert.deepEqual(policyOf(spec), { policy: 'replicas', replicas: 3 })
    }
  })

  const WRONG: [string, unknown, string][] = [
    ['nothing', null, 'job spec'],
    ['a list', [], 'job spec'],
    ['an unknown key', { engin: js }, 'engin'],
    ['an unknown inner key', { engine: js, resources: { memori: '1GB' } }, 'resources.memori'],
    ['no engine', {}, 'engine'],
    ['two engines', { engine: { ...js, ...docker } }, 'engine'],
    ['another version', { version: 2, engine: js }, 'version'],
    ['a mutable image', { engine: { docker: { image: 'debian:12' } } }, 'engine.docker.image'],
    [
      'an image that asks the engine for something else: debian/get?',
      { engine: { docker: { image: `debian/get?@${IMAGE.split('@')[1]}` } } },
      'engine.docker.image'
    ],
    [
      'an image that asks the engine for something else: ../containers/x',
      { engine: { docker: { image: `../containers/x@${IMAGE.split('@')[1]}` } } },
      'engine.docker.image'
    ],
    [
      'an image that asks the engine for something else: a%2fb',
      { engine: { docker: { image: `a%2fb@${IMAGE.split('@')[1]}` } } },
      'engine.docker.image'
    ],
    [
      'an image that asks the engine for something else: a#b',
      { engine: { docker: { image: `a#b@${IMAGE.split('@')[1]}` } } },
      'engine.docker.image'
    ],
    ['a module that is no CID', { engine: { wasm: { module: 'x' } } }, 'engine.wasm.module'],
    ['a source too long', { engine: { js: { source: 'x'.repeat(49 * 1024) } } }, 'engine.js.source'],
    ['a number among args', { engine: { js: { source: 'x', args: ['-n', 5] } } }, 'engine.js.args.1'],
    ['an env value that is a number', { engine: js, env: { PORT: 80 } }, 'env.PORT'],
    ['a reserved env name', { engine: js, env: JSON.parse('{"__proto__":"x"}') }, 'env'],
    ['a local input', { engine: js, inputs: [{ local: './x', path: '/x' }] }, 'inputs.0.local'],
    ['an input without CID', { engine: js, inputs: [{ path: '/x' }] }, 'inputs.0.cid'],
    ['a path that leaves', { engine: js, inputs: [{ cid: CID_TEXT, path: '/x/../y' }] }, 'inputs.0.path'],
    ['an empty path part', { engine: js, outputs: [{ name: 'a', path: '/x//y' }] }, 'paths'],
    ['a reserved path', { engine: js, outputs: [{ name: 'a', path: '/proc/x' }] }, 'paths'],
    [
      'an output inside an input',
      { engine: js, inputs: [{ cid: CID_TEXT, path: '/x' }], outputs: [{ name: 'a', path: '/x/y' }] },
      'paths'
    ],
    [
      'two outputs of one name',
      {
        engine: js,
        outputs: [
          { name: 'a', path: '/x' },
          { name: 'a', path: '/y' }
        ]
      },
      'outputs'
    ],
    ['a bare number as memory', { engine: js, resources: { memory: 5 } }, 'resources.memory'],
    ['a quantity twice', { engine: js, resources: { memory: '1GB', memoryBytes: 5 } }, 'resources.memory'],
    ['no CPU', { engine: js, resources: { cpu: 0 } }, 'resources.cpuMillis'],
    ['a bare timeout', { engine: js, timeout: 60 }, 'timeout'],
    ['a timeout of two days', { engine: js, timeout: '2d' }, 'timeoutMs'],
    ['a network for js', { engine: js, network: 'full' }, 'network'],
    ['a GPU for js', { engine: js, resources: { gpus: 1 } }, 'resources.gpus'],
    ['an unknown network', { engine: docker, network: 'host' }, 'network'],
    ['a port out of range', { engine: docker, network: { allow: ['a.org:70000'] } }, 'network.allow'],
    ['a host twice', { engine: docker, network: { allow: ['a.org:80', 'A.org:80'] } }, 'network.allow'],
    ['a committee for docker', { engine: docker, verify: { policy: { committee: 3 } } }, 'verify.policy'],
    ['spot checks for docker', { engine: docker, verify: { policy: { spot: '5%' } } }, 'verify.policy'],
    ['replicas for noop', { engine: { noop: {} }, verify: { policy: { replicas: { n: 3 } } } }, 'verify.policy'],
    ['replicas for a job with a network', { engine: docker, network: 'full', verify: REPLICAS }, 'verify.policy'],
    [
      'replicas for a job with places to reach',
      { engine: docker, network: { allow: ['a.org:80'] }, verify: REPLICAS },
      'verify.policy'
    ],
    ['replicas for a job with a GPU', { engine: docker, resources: { gpus: 1 }, verify: REPLICAS }, 'verify.policy'],
    [
      'replicas of an image by tag',
      { engine: { docker: { image: 'debian:12' } }, verify: REPLICAS },
      'engine.docker.image'
    ],
    [
      'replicas without majority',
      { engine: js, verify: { policy: { replicas: { n: 4, min: 2 } } } },
      'verify.policy.replicas.min'
    ],
    ['two policies', { engine: js, verify: { policy: { committee: 3, spot: '5%' } } }, 'verify.policy'],
    ['an unknown part to include', { engine: js, verify: { include: ['stderr'] } }, 'verify.include'],
    ['nothing to include', { engine: js, verify: { include: [] } }, 'verify.include'],
    ['a lone surrogate', { engine: { js: { source: 'x\ud800' } } }, 'engine.js.source'],
    ['an unknown retry', { engine: js, retry: 'often' }, 'retry']
  ]
  for (const [what, file, field] of WRONG) {
    it(`error: ${what} names ${field}`, () => {
      assert.throws(
        () => parseSpec(file),
        (error: unknown) => {
          assert.ok(error instanceof UserError)
          assert.deepEqual([error.name, error.field], ['InvalidInputError', field])
          assert.ok(error.remedy !== undefined)
          return true
        }
      )
    })
  }

  it('error: an unknown key names the nearest valid one', () => {
    assert.throws(
      () => parseSpec({ engine: js, timout: '5s' }),
      (error: unknown) => error instanceof UserError && error.remedy === 'write "timeout" instead of "timout"'
    )
  })

  it('error: more than 128 variables', () => {
    const env = Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`K${i}`, '']))
    assert.throws(() => parseSpec({ engine: js, env }), { name: 'InvalidInputError' })
  })

  it('property: arbitrary input gives a spec or a UserError', () => {
    const keys = fc.constantFrom<string>(...SPEC_KEYS)
    const inner = fc.oneof(
      fc.anything(),
      fc.dictionary(fc.constantFrom('js', 'docker', 'cpu', 'allow', 'policy', 'cid', 'path'), fc.anything())
    )
    const file = fc.oneof(
      fc.anything(),
      fc.dictionary(keys, inner).map(d => ({ engine: js, ...d }))
    )
    check(
      fc.property(file, value => {
        try {
          encodeSpec(parseSpec(value))
        } catch (error) {
          if (!(error instanceof UserError)) throw error
        }
      }),
      1000
    )
  })

  it('property: the file form reads back to the same specification, as an object and as text', () => {
    check(
      fc.property(spec, value => {
        const cid = encodeSpec(value).cid.toString()
        assert.equal(encodeSpec(parseSpec(specToFile(value))).cid.toString(), cid)
        assert.equal(encodeSpec(parseSpecText(formatSpecText(value))).cid.toString(), cid)
      }),
      200
    )
  })
})

describe('parseYaml', () => {
  it('default: JSON is YAML', () => assert.deepEqual(parseYaml('{"a": [1, "b"]}'), { a: [1, 'b'] }))
  for (const [what, text] of [
    ['an open bracket', 'a: ['],
    ['a duplicate key', 'a: 1\na: 2'],
    ['two documents', 'a: 1\n---\nb: 2'],
    ['an unknown tag', 'a: !!js/function "x"'],
    [
      'an alias bomb',
      `a: &a [x,x]\n${'bcdefgh'
        .split('')
        .map((k, i) => `${k}: &${k} [${`*${'abcdefg'[i]},`.repeat(9)}]`)
        .join('\n')}`
    ],
    ['depth', '['.repeat(20_000)],
    ['depth in blocks', '- '.repeat(9000)],
    ['many anchors', '&a '.repeat(80_000)],
    ['many keys', Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n')]
  ] as const) {
    it(`error: ${what}`, () => assert.throws(() => parseYaml(text), { name: 'InvalidInputError' }))
  }
  it('error: too long', () => assert.throws(() => parseYaml(' '.repeat(300_000)), { name: 'TooLargeError' }))
  it('behavior: brackets inside text do not count as depth', () => {
    assert.deepEqual(parseYaml(`a: "${'['.repeat(500)}"\nb: |\n  ${'{'.repeat(500)}\nc: x${'[&'.repeat(50)}`), {
      a: '['.repeat(500),
      b: `${'{'.repeat(500)}\n`,
      c: `x${'[&'.repeat(50)}`
    })
  })
  it('behavior: few aliases are fine', () => assert.deepEqual(parseYaml('a: &x 1\nb: *x'), { a: 1, b: 1 }))
})

describe('docs/jobs.md', () => {
  it('default: the example is a valid specification once its file and its tag are resolved', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/jobs.md'), 'utf8')
    const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
    const resolved = await resolveReferences(parseYaml(example), {
      importLocal: async path => blockCid(path),
      resolveImage: async image => `${image}@sha256:${'ab'.repeat(32)}`
    })
    const { inputs, timeoutMs, resources } = parseSpec(resolved)
    assert.deepEqual([inputs[0]?.cid, timeoutMs, resources.cpuMillis], [blockCid('data.txt'), 120_000, 500])
  })
})

describe('encodeSpec', () => {
  it('default: decodes to the same specification', () => {
    const value = parseSpec({ engine: js })
    assert.deepEqual(decodeSpec(encodeSpec(value).bytes), value)
  })

  it('error: more than 64 KiB', () => {
    const env = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`K${i}`, 'x'.repeat(8000)]))
    assert.throws(() => encodeSpec(parseSpec({ engine: js, env })), { name: 'TooLargeError' })
  })

  it('error: a decoded specification keeps the rules too', () => {
    const value = parseSpec({ engine: js })
    assert.throws(() => encodeSpec({ ...value, network: 'full' }), { name: 'InvalidInputError' })
  })

  it('property: mutated bytes are refused or decode, never crash', () => {
    const { bytes } = encodeSpec(
      parseSpec({ engine: { docker: { image: IMAGE, args: ['a'] } }, inputs: [{ cid: CID_TEXT }] })
    )
    check(
      fc.property(fc.nat(bytes.byteLength - 1), fc.nat(255), fc.nat(bytes.byteLength), (at, value, cut) => {
        const mutated = Uint8Array.from(bytes.subarray(0, cut === 0 ? bytes.byteLength : cut))
        if (at < mutated.byteLength) mutated[at] = value
        try {
          encodeSpec(decodeSpec(mutated))
        } catch (error) {
          if (!(error instanceof UserError)) throw error
        }
      }),
      500
    )
  })
})

describe('derive', () => {
  it('default: what matching needs', () => {
    const value = parseSpec({ engine: docker, network: { allow: ['a.org:80'] }, resources: { gpus: 1 } })
    assert.deepEqual(derive(value), { engine: 'docker', resources: value.resources, network: 'allow' })
  })

  for (const [policy, expected] of [
    ['none', { policy: 'none', replicas: 1 }],
    [{ spot: '1%' }, { policy: 'spot', replicas: 1 }],
    [{ replicas: { n: 3 } }, { policy: 'replicas', replicas: 3 }],
    [{ committee: 3 }, { policy: 'committee', replicas: 1 }]
  ] as const) {
    it(`args: policy ${expected.policy}`, () =>
      assert.deepEqual(policyOf(parseSpec({ engine: js, verify: { policy } })), expected))
  }
})

describe('resolveReferences', () => {
  it('default: imports local inputs and pins the image', async () => {
    const file = await resolveReferences(
      {
        engine: { docker: { image: 'debian:12' } },
        inputs: [
          { local: 'a.txt', path: '/a' },
          { cid: CID_TEXT, path: '/b' }
        ]
      },
      { importLocal: async path => blockCid(path), resolveImage: async () => IMAGE }
    )
    const read = parseSpec(file)
    assert.deepEqual(read.engine, { docker: { image: IMAGE } })
    assert.deepEqual(
      read.inputs.map(i => i.cid.toString()),
      [blockCid('a.txt').toString(), CID_TEXT]
    )
  })

  it('behavior: leaves what is no mapping for parseSpec', async () => {
    const none = { importLocal: async () => blockCid('x'), resolveImage: async (i: string) => i }
    for (const odd of [null, [], 'x', { engine: 5, inputs: 7 }])
      assert.deepEqual(await resolveReferences(odd, none), odd)
  })
})
