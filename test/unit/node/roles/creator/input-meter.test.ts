import assert from 'node:assert/strict'
import { InputMeter } from '../../../../../node/roles/creator/input-meter.ts'
import type { Transfer } from '../../../../../node/roles/creator/transfer-meter.ts'
import { cidOf } from '../../../../../protocols/common/cbor.ts'
import type { CreatorPhase, CreatorState } from '../../../../../protocols/deal/creator-types.ts'
import { encodeSpec } from '../../../../../protocols/job/encode-spec.ts'
import { parseSpec } from '../../../../../protocols/job/parse-spec.ts'

/** file bytes of all inputs of a job */
const ALL = 200

const root = (text: string) => cidOf(new TextEncoder().encode(text))
const DATA = root('data')
const MORE = root('more')
const SOURCE = root('source')
const STRANGE = root('strange')

function job(jobId: string, peer: string, phase: CreatorPhase = 'agreed') {
  const inputs = [DATA, MORE].map((cid, i) => ({ cid, path: `/in/${i}` }))
  const { bytes } = encodeSpec(parseSpec({ engine: { js: { source: SOURCE } }, inputs }))
  const attempt = { candidate: { peer } } as NonNullable<CreatorState['attempt']>
  return { jobId, phase, attempt, specBytes: bytes, inputBytes: ALL }
}

function scene(...live: ReturnType<typeof job>[]) {
  const told: Transfer[] = []
  let now = 5_000
  const meter = new InputMeter(
    () => live,
    () => now,
    transfer => told.push(transfer)
  )
  const served = (at: number, peer: string, cid: ReturnType<typeof root>, bytes: number) => {
    now = at
    meter.served({ peer, root: cid.toString(), bytes })
  }
  return { told, served, sent: meter.sent.bind(meter) }
}
const inputs = (id: string, bytes: number): Transfer => ({
  job: id,
  what: 'inputs',
  bytes,
  ...(bytes > ALL ? {} : { totalBytes: ALL })
})

describe('input meter', () => {
  it('default: a word a second and provider, of all inputs of its job together', () => {
    const { told, served } = scene(job('a', 'p'), job('b', 'q', 'running'))
    served(5_000, 'p', DATA, 1)
    served(5_999, 'p', DATA, 2)
    served(6_000, 'p', DATA, 3)
    served(6_500, 'p', MORE, 10)
    served(6_600, 'q', MORE, 50)
    served(7_000, 'p', SOURCE, 100)
    served(7_600, 'q', MORE, 60)
    assert.deepEqual(told, [inputs('a', 3), inputs('a', 113), inputs('b', 60)])
  })

  it('behavior: what was counted of one job is known at any time', () => {
    const { served, sent } = scene(job('a', 'p'))
    served(5_000, 'p', DATA, 3)
    served(5_001, 'p', SOURCE, 4)
    served(5_002, 'p', STRANGE, 5)
    assert.deepEqual([sent(job('a', 'p')), sent(job('a', 'q'))], [7, 0])
  })

  it('behavior: every job of the provider that has the input', () => {
    const { told, served } = scene(job('a', 'p'), job('b', 'p'))
    served(5_000, 'p', DATA, 1)
    served(6_000, 'p', DATA, 2)
    assert.deepEqual(told, [inputs('a', 2), inputs('b', 2)])
  })

  it('behavior: silent of other content, of other peers, and of jobs that wait for no input', () => {
    const { told, served } = scene(job('a', 'p'), job('b', 'q', 'fetching'), job('c', 'r', 'proposing'))
    for (const at of [5_000, 6_000]) {
      served(at, 'p', STRANGE, at)
      served(at, 'stranger', DATA, at)
      served(at, 'q', DATA, at)
      served(at, 'r', DATA, at)
    }
    assert.deepEqual(told, [])
  })

  it('behavior: what strangers take is forgotten before it fills the memory, what goes on is not', () => {
    const { told, served } = scene(job('a', 'p'))
    served(5_000, 'p', DATA, 1)
    for (let i = 0; i < 300; i++) {
      served(5_000, `stranger ${i}`, DATA, 1)
      if (i % 100 === 0) served(5_500, 'p', DATA, i)
    }
    served(6_000, 'p', MORE, 7)
    assert.deepEqual(told, [inputs('a', 207)])
  })
})
