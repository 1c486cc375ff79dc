import fc from 'fast-check'
import { compact } from '../../../protocols/common/compact.ts'
import type { JobSpec } from '../../../protocols/job/schema.ts'
import { blockCid } from './make.ts'

const word = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9]{0,8}$/)
const textual = fc
  .string({ unit: 'grapheme', maxLength: 30 })
  .filter(t => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(t))
const cid = word.map(blockCid)
const args = fc.option(fc.array(textual, { maxLength: 4 }), { nil: undefined })

const engine: fc.Arbitrary<JobSpec['engine']> = fc.oneof(
  fc.record({
    docker: fc.record({
      image: fc.constant(`a@sha256:${'0f'.repeat(32)}`),
      entrypoint: args,
      args,
      workdir: fc.constantFrom(undefined, '/w')
    })
  }),
  fc.record({ wasm: fc.record({ module: cid, args }) }),
  fc.record({
    js: fc.record({
      source: fc.oneof(
        cid,
        textual.map(t => `// ${t}`)
      ),
      entry: word,
      args
    })
  }),
  fc.record({ noop: fc.record({ exitCode: fc.nat(255), ms: fc.nat(1000) }) })
)
const size = fc.oneof(
  fc.integer({ min: 1, max: 1e6 }),
  fc.maxSafeNat().map(n => Math.max(1, n)),
  fc.constant(2 ** 30)
)
const gpus = fc.option(
  fc.record({
    count: fc.integer({ min: 1, max: 64 }),
    model: fc.constantFrom(undefined, 'H200'),
    memoryBytes: fc.option(size, { nil: undefined })
  }),
  { nil: undefined }
)
const policy: fc.Arbitrary<JobSpec['verify']['policy']> = fc.oneof(
  fc.constant('none' as const),
  fc.record({ spotPerMille: fc.integer({ min: 1, max: 1000 }) }),
  fc.constant({ replicas: { n: 3, min: 2 } }),
  fc.constant({ committee: 3 as const })
)

/** Specifications that keep every rule. */
export const spec: fc.Arbitrary<JobSpec> = fc
  .record({
    version: fc.constant(1 as const),
    engine,
    env: fc.dictionary(word, textual, { maxKeys: 4 }),
    inputs: fc.array(cid, { maxLength: 3 }).map(list => list.map((c, i) => ({ cid: c, path: `/inputs/${i}` }))),
    outputs: fc.constantFrom<JobSpec['outputs']>([], [{ name: 'out', path: '/out' }]),
    resources: fc.record({
      cpuMillis: fc.integer({ min: 1, max: 1_024_000 }),
      memoryBytes: size,
      diskBytes: fc.nat(),
      gpus
    }),
    network: fc.constantFrom<JobSpec['network']>('none', 'full', { allow: ['a.org:1', 'b.org:65535'] }),
    timeoutMs: fc.integer({ min: 1, max: 86_400_000 }),
    verify: fc.record({
      policy,
      include: fc.constantFrom<JobSpec['verify']['include']>(
        ['exitCode', 'stdout', 'outputs'],
        ['outputs'],
        ['exitCode', 'outputs']
      )
    }),
    retry: fc.constantFrom('safe' as const, 'eager' as const),
    private: fc.boolean()
  })
  .map(lawful)

function lawful(value: JobSpec): JobSpec {
  const kind = Object.keys(value.engine)[0]
  const { gpus: _gpus, ...plain } = value.resources
  const repeats = kind === 'js' || kind === 'wasm'
  const comparing = value.verify.policy !== 'none'
  return compact({
    ...value,
    ...(kind === 'docker' ? {} : { network: 'none' as const, resources: plain }),
    verify: { ...value.verify, policy: comparing && !repeats ? 'none' : value.verify.policy }
  })
}
