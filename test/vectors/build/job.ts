import { UserError } from '../../../protocols/common/errors.ts'
import { derive } from '../../../protocols/job/derive.ts'
import { resultDigest } from '../../../protocols/job/digest.ts'
import { encodeSpec } from '../../../protocols/job/encode-spec.ts'
import { encodeManifest } from '../../../protocols/job/manifest.ts'
import { parseSpec } from '../../../protocols/job/parse-spec.ts'
import type { JobSpec } from '../../../protocols/job/schema.ts'
import { accountOf, blockCid, digestOf } from '../../support/market/make.ts'

const IMAGE = `debian:12@sha256:${'ab'.repeat(32)}`
const INPUT = blockCid('input').toString()
const js = { js: { source: 'export default () => 1' } }

const FILES: Record<string, unknown> = {
  'js with defaults': { engine: js },
  noop: { engine: { noop: { exitCode: 3, ms: 10 } } },
  'js by CID in a committee': {
    engine: { js: { source: INPUT, entry: 'main' } },
    verify: { policy: { committee: 3 } }
  },
  'js with spot checks': { engine: js, verify: { policy: { spot: '5%' }, include: ['outputs', 'exitCode'] } },
  'wasm with replicas': {
    engine: { wasm: { module: INPUT, args: ['a', 'ä'] } },
    verify: { policy: { replicas: { n: 3 } } }
  },
  'docker with replicas': { engine: { docker: { image: IMAGE } }, verify: { policy: { replicas: { n: 5, min: 4 } } } },
  'docker with everything': {
    engine: { docker: { image: IMAGE, entrypoint: ['sh'], args: ['-c', 'true'], workdir: '/work' } },
    env: { B: '2', A: '1', LONGER: '' },
    inputs: [{ cid: INPUT, path: '/inputs/data' }],
    outputs: [{ name: 'result', path: '/outputs/result' }],
    resources: { cpu: 0.5, memory: '1GiB', disk: '2GB', gpus: { count: 1, model: 'H200', memory: '80GB' } },
    network: { allow: ['example.org:443'] },
    timeout: '2m',
    verify: { include: ['outputs', 'exitCode'] },
    retry: 'eager',
    private: true
  },
  'version 2: made from a module': { engine: js, module: INPUT }
}
const INVALID: Record<string, unknown> = {
  'unknown key': { engin: js },
  'version 1 with a module': { version: 1, engine: js, module: INPUT },
  'version 2 without a module': { version: 2, engine: js },
  'two engines': { engine: { ...js, noop: {} } },
  'mutable image': { engine: { docker: { image: 'debian:12' } } },
  'unit missing': { engine: js, resources: { memory: 256 } },
  'committee for docker': { engine: { docker: { image: IMAGE } }, verify: { policy: { committee: 3 } } },
  'replicas for docker with a network': {
    engine: { docker: { image: IMAGE } },
    network: 'full',
    verify: { policy: { replicas: { n: 3 } } }
  },
  'minority of replicas': { engine: js, verify: { policy: { replicas: { n: 4, min: 2 } } } },
  'path outside': { engine: js, outputs: [{ name: 'a', path: '/a/../b' }] }
}

export function buildSpecs() {
  const valid = Object.entries(FILES).map(([name, file]) => {
    const spec = parseSpec(file)
    const { cid, bytes } = encodeSpec(spec)
    return { name, file, spec, bytes, cid, needs: derive(spec) }
  })
  return { valid, invalid: Object.entries(INVALID).map(([name, file]) => ({ name, file, ...errorOf(file) })) }
}

export function errorOf(file: unknown): { error: string; field: string | undefined } {
  try {
    parseSpec(file)
  } catch (error) {
    if (error instanceof UserError) return { error: error.name, field: error.field }
    throw error
  }
  return { error: 'none', field: undefined }
}

export function buildResults() {
  const all: JobSpec['verify']['include'] = ['exitCode', 'stdout', 'outputs']
  const parts = { outcome: 'exited' as const, exitCode: 0, stdout: blockCid('stdout'), outputs: blockCid('outputs') }
  const { exitCode: _exitCode, ...unfinished } = parts
  const killed = { ...unfinished, outcome: 'timeout' as const }
  const cases = [
    { parts, include: all },
    { parts: { ...parts, exitCode: 137 }, include: all },
    { parts: killed, include: all },
    { parts, include: ['outputs'] satisfies JobSpec['verify']['include'] }
  ]
  const manifest = {
    version: 1 as const,
    deal: digestOf('deal'),
    spec: blockCid('spec'),
    provider: accountOf(1),
    outcome: 'exited' as const,
    exitCode: 0,
    stdout: parts.stdout,
    stderr: blockCid('stderr'),
    outputs: parts.outputs,
    result: blockCid('result'),
    usage: { wallMs: 1200, cpuMs: 900, maxRssBytes: 52_428_800, inputBytes: 1000, outputBytes: 70_000 },
    startedAt: 1_800_000_000_000,
    finishedAt: 1_800_000_001_200,
    logRoot: digestOf('log'),
    digest: resultDigest(parts, all)
  }
  return {
    digests: cases.map(c => ({ ...c, digest: resultDigest(c.parts, c.include) })),
    manifest: { value: manifest, ...encodeManifest(manifest) }
  }
}
