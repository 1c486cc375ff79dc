import assert from 'node:assert/strict'
import type { AbortOptions } from '../../../../../node/components.ts'
import { watchPreparation } from '../../../../../node/roles/creator/preparation.ts'
import type { Transfer } from '../../../../../node/roles/creator/transfer-meter.ts'
import { encode } from '../../../../../protocols/common/cbor.ts'
import type { CreatorState } from '../../../../../protocols/deal/creator-types.ts'
import { decodeRequest, encodeReply } from '../../../../../protocols/deal/messages.ts'
import { type DealProgress, PROGRESS_MAX_BYTES } from '../../../../../protocols/deal/progress.ts'
import { word } from '../../../../support/deal/builders.ts'

const dealId = word(1)
const state = {
  jobId: 'a',
  inputBytes: 100,
  attempt: { dealId, candidate: { peer: 'p', addrs: [] } }
} as unknown as CreatorState

const status = (step: 'preparing' | 'opening' | 'running' | 'unknown', progress?: DealProgress) =>
  encodeReply({ type: 'status', step, ...(progress === undefined ? {} : { progress }) })
const preparing = (what: DealProgress['what'], doneBytes: number, totalBytes?: number) =>
  status('preparing', { what, doneBytes, ...(totalBytes === undefined ? {} : { totalBytes }) })

type Answer = Uint8Array | Error | 'never'

/** A provider that gives these answers, one to each question; after the last the creator is gone. */
async function watch(answers: readonly Answer[], sent = 0, of = state): Promise<{ told: Transfer[]; asked: number }> {
  const told: Transfer[] = []
  const gone = new AbortController()
  let asked = 0
  const request = async (_target: unknown, _protocol: string, message: Uint8Array, { signal }: AbortOptions) => {
    assert.deepEqual(decodeRequest(message), { type: 'status', deal: dealId })
    const answer = answers[asked++] ?? 'never'
    if (answer instanceof Error) throw answer
    if (answer !== 'never') return answer
    gone.abort()
    return await new Promise<never>((_resolve, reject) =>
      signal?.aborted ? reject(signal.reason) : signal?.addEventListener('abort', () => reject(signal.reason))
    )
  }
  const c = { messenger: { request }, onTransfer: (t: Transfer) => told.push(t), inputsSent: () => sent }
  await watchPreparation(c, of, { signal: gone.signal, pause: async () => undefined })
  return { told, asked }
}

describe('roles/creator/preparation', () => {
  it('default: what the provider says is told, each word once, until it goes on', async () => {
    const { told, asked } = await watch([
      status('preparing'),
      preparing('inputs', 60),
      preparing('image', 5, 9),
      preparing('image', 5, 9),
      preparing('prepare', 0),
      status('opening'),
      status('running'),
      preparing('image', 9, 9)
    ])
    assert.deepEqual(told, [
      { job: 'a', what: 'inputs', bytes: 60, totalBytes: 100 },
      { job: 'a', what: 'image', bytes: 5, totalBytes: 9 },
      { job: 'a', what: 'prepare', bytes: 0 }
    ])
    assert.equal(asked, 7)
  })

  it('behavior: what this node has counted itself is not told twice, nor more than there is', async () => {
    const answers = [preparing('inputs', 60), preparing('inputs', 61), preparing('inputs', 101)]
    const { told } = await watch(answers, 60)
    assert.deepEqual(told, [{ job: 'a', what: 'inputs', bytes: 61, totalBytes: 100 }])
  })

  it('behavior: a provider of before says its step alone', async () => {
    assert.deepEqual(await watch([encode({ type: 'status', step: 'preparing' }), status('running')]), {
      told: [],
      asked: 2
    })
  })

  it('behavior: a deal that is open is not asked about: nothing is prepared any more', async () => {
    const open = { ...state, attempt: { ...state.attempt, submitBySec: 9 } } as CreatorState
    assert.deepEqual(await watch([status('running')], 0, open), { told: [], asked: 0 })
  })

  it('behavior: whoever is away for a moment is asked again; the end of the deal or the node ends it', async () => {
    const away = new Error('no route')
    assert.deepEqual((await watch([away, away, preparing('image', 1)])).told, [{ job: 'a', what: 'image', bytes: 1 }])
    assert.deepEqual(await watch([status('unknown')]), { told: [], asked: 1 })
    assert.deepEqual(await watch([]), { told: [], asked: 1 })
  })

  it('error: whoever answers with anything else is not asked again, and nothing of it is told', async () => {
    const hostile: Uint8Array[] = [
      new Uint8Array(0),
      new Uint8Array(64).fill(0xff),
      encodeReply({ type: 'ok' }),
      encode({ type: 'status', step: 'preparing', progress: { what: 'image', doneBytes: PROGRESS_MAX_BYTES + 1 } }),
      encode({ type: 'status', step: 'preparing', progress: { what: '\u001b]0;x\u0007', doneBytes: 1 } })
    ]
    for (const answer of hostile) assert.deepEqual(await watch([answer]), { told: [], asked: 1 })
  })
})
