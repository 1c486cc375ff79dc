import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { PeerTarget } from '../../node/components.ts'
import { verifyEd25519 } from '../../protocols/common/ed25519.ts'
import { fromHex } from '../../protocols/common/values.ts'
import { cachedBindVerifier } from '../../protocols/offers/bind-cache.ts'
import { OfferBook } from '../../protocols/offers/book.ts'
import { encodeFact } from '../../protocols/offers/fact.ts'
import type { Fact } from '../../protocols/offers/schema.ts'
import { validateFact } from '../../protocols/offers/validate.ts'
import type { VerifyBind } from '../../protocols/offers/verify-fact.ts'
import { Cleanup, until } from '../support/hosts.ts'
import { mesh, type Trader, trader } from '../support/market/exchange.ts'
import * as make from '../support/market/make.ts'
import type { Command, PeerInit } from './gossip-peer.ts'
import { atLeastTimes, type Benchmark, figure } from './measure.ts'

/** Offers of one run, each of another account: renewals, whose Binds have been seen. */
const OFFERS = 2_000
const WARM_UP = 1_000
const RUNS = 3
/** About what a provider says: 1.1 KB. */
const ADDRS = Array.from(
  { length: 4 },
  (_, i) => `/ip4/203.0.113.${i}/tcp/4001/p2p/12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8`
)

/**
 * A node that gets offers from one neighbour, checks and books them and passes them on to another: its processor time, with
 * both neighbours in threads of their own, beside the bare signature checks of the same offers.
 */
export const gossip: Benchmark = {
  name: 'gossip',
  about: `a node that takes in ${OFFERS.toLocaleString('en')} offers by gossip and passes them on, over real connections`,
  async run() {
    const cleanup = new Cleanup()
    try {
      const relay = await startRelay(cleanup)
      const targets = [targetOf(relay)]
      const [from, to] = [await startPeer(cleanup, { targets }), await startPeer(cleanup, { targets })]
      await until(() => mesh(relay).length === 2)
      const whole: number[] = []
      const ours: number[] = []
      const bare: number[] = []
      let passedOn = 0
      for (const [run, count] of [WARM_UP, ...Array<number>(RUNS).fill(OFFERS)].entries()) {
        const facts = await offers(count, run)
        for (const fact of facts) await relay.verifyBind(fact.bind)
        const verified = cpuMs(() => facts.forEach(checkSignature))
        const before = relay.book.size
        const started = process.threadCpuUsage()
        void from({ do: 'publish', wires: facts.map(encodeFact) })
        passedOn += count
        await until(async () => relay.book.size === before + count && (await to({ do: 'received' })) === passedOn)
        const used = process.threadCpuUsage(started)
        const own = await checkAndBook(facts, relay.verifyBind)
        if (run === 0) continue
        ours.push(own)
        whole.push((used.user + used.system) / 1000)
        bare.push(verified)
      }
      const perSecond = (ms: readonly number[]) => ms.map(taken => (OFFERS * 1000) / taken)
      const baseline = { what: 'bare Ed25519 checks of the same', samples: perSecond(bare) }
      const base = { unit: '/s', baseline, target: atLeastTimes(0.5) } as const
      return [
        figure({ ...base, metric: 'offers checked and booked, by processor time', samples: perSecond(ours) }),
        figure({ ...base, metric: 'the same, with receiving and passing on', samples: perSecond(whole) })
      ]
    } finally {
      await cleanup.run()
    }
  }
}

async function startRelay(cleanup: Cleanup) {
  let ticks = 0
  const verifyBind = cachedBindVerifier(make.verifyBind)
  // a clock that runs fast: what a message costs is measured, not how many of them a peer may send
  const relay = await trader(cleanup, { verifyBind, host: { now: () => make.NOW_MS + 100 * ticks++ } })
  return { ...relay, verifyBind }
}

export const targetOf = ({ host, peer }: Trader): PeerTarget => ({ peer, addrs: host.dialableAddrs() })

/** A host in a thread of its own that is connected to all targets. */
export async function startPeer(cleanup: Cleanup, init: PeerInit): Promise<(command: Command) => Promise<number>> {
  const worker = new Worker(new URL('./gossip-peer.ts', import.meta.url), { workerData: init })
  await once(worker, 'message')
  const ask = async (command: Command) => {
    const answer = once(worker, 'message')
    worker.postMessage(command)
    return Number((await answer)[0])
  }
  cleanup.add(() => ask({ do: 'stop' }))
  return ask
}

/** What is this project's own in it: from the bytes to the book. */
async function checkAndBook(facts: readonly Fact[], verifyBind: VerifyBind): Promise<number> {
  const book = new OfferBook({ roundMs: make.ROUND_MS })
  const wires = facts.map(encodeFact)
  const started = process.threadCpuUsage()
  for (const wire of wires) {
    const verdict = await validateFact(wire, { ...make.context, verifyBind, isNews: digest => !book.knows(digest) })
    if (verdict.verdict === 'accept') book.add(verdict.fact, make.NOW_MS)
  }
  const { user, system } = process.threadCpuUsage(started)
  if (book.size !== facts.length) throw new Error('an offer was not taken')
  return (user + system) / 1000
}

function offers(count: number, run: number): Promise<Fact[]> {
  return Promise.all(
    Array.from({ length: count }, (_, i) => make.resourceFact(make.identity(run * 10_000 + i), { addrs: ADDRS }))
  )
}

function checkSignature({ bind, bodyBytes, signature }: Fact): void {
  if (!verifyEd25519(fromHex(bind.peerKey), bodyBytes, signature)) throw new Error('a good signature')
}

function cpuMs(work: () => void): number {
  const started = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(started)
  return (user + system) / 1000
}
