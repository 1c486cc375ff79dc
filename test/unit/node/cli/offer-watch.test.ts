import assert from 'node:assert/strict'
import { type OfferChange, offerChanges, watchOffers } from '../../../../node/cli/offer-watch.ts'
import { eventHub } from '../../../../node/http/event-hub.ts'
import type { OfferView } from '../../../../node/http/views.ts'

const capacity = { cpuMillis: 1000, memoryBytes: 1, diskBytes: 1, gpus: [] }
const price = { perJob: '1', perCpuHour: '1', perGiBHour: '1', perDiskGiBHour: '1', perGpuHour: '1' }
const offer = (account: string, changes: Partial<OfferView> = {}): OfferView => ({
  id: `bafy${account}`,
  account,
  seq: 1,
  arch: 'amd64',
  engines: [{ kind: 'js', version: '1' }],
  networks: ['none'],
  capacity,
  free: capacity,
  price,
  collateralPercent: 50,
  labels: {},
  addrs: [],
  mine: false,
  expiresAt: 1e15,
  ...changes
})
const told = (changes: readonly OfferChange[]) => changes.map(c => `${c.change} ${c.offer.account}`)

describe('cli/offer-watch', () => {
  it('default: tells what came, changed and left; a renewal that says the same is none', () => {
    const before = [offer('a'), offer('b'), offer('c')]
    const after = [
      offer('a', { id: 'other', seq: 2, expiresAt: 2e15 }),
      offer('c', { free: { ...capacity, cpuMillis: 0 } }),
      offer('d')
    ]
    assert.deepEqual(told(offerChanges(before, after)), ['left b', 'changed c', 'came d'])
    assert.deepEqual(offerChanges(before, before), [])
  })

  function market(first: OfferView[]) {
    const hub = eventHub()
    let offers = first
    const client = {
      offers: async () => offers,
      events: async (options: { signal?: AbortSignal } = {}) => hub.events(options)
    }
    const set = (next: OfferView[], told = true): void => {
      offers = next
      if (told) hub.publish({ type: 'offers', offers: next.length, jobs: 0 })
    }
    return { hub, client, set }
  }

  it('default: begins with what is there, follows events, and ends with the signal', async () => {
    const { client, set } = market([offer('a')])
    const stop = new AbortController()
    const seen: string[][] = []
    for await (const { changes, offers } of watchOffers(client, stop.signal)) {
      seen.push(told(changes))
      if (seen.length === 1) set([offer('a'), offer('b')])
      else if (seen.length === 2) set([offer('b')])
      else stop.abort()
      assert.ok(offers.length > 0)
    }
    assert.deepEqual(seen, [['came a'], ['came b'], ['left a']])
  })

  it('behavior: an offer that expires leaves without an event', async () => {
    const stop = new AbortController()
    const { client, set } = market([offer('a', { expiresAt: 1_000_100 })])
    const seen: string[] = []
    // the clock of the test is past the offer's end as soon as it was seen
    for await (const { changes } of watchOffers(client, stop.signal, () => 2_000_000)) {
      seen.push(...told(changes))
      if (seen.length === 1) set([], false)
      else stop.abort()
    }
    assert.deepEqual(seen, ['came a', 'left a'])
  })

  it('error: a node that goes is told', async () => {
    const { client } = market([offer('a')])
    // biome-ignore lint/correctness/useYield: the stream breaks before anything comes
    const broken = async function* (): AsyncGenerator<never> {
      throw Object.assign(new Error('cut'), { name: 'StreamCutError' })
    }
    const watching = watchOffers({ ...client, events: async () => broken() }, new AbortController().signal)
    await assert.rejects(
      async () => {
        for await (const _ of watching);
      },
      { name: 'StreamCutError' }
    )
  })
})
