import type { NodeApi } from '../../node/http/api.ts'
import { toHex } from '../../protocols/common/values.ts'
import { chainlessNetwork } from '../support/deal/nodes.ts'
import { Cleanup, until } from '../support/hosts.ts'
import { meet, mesh, type Trader, trader } from '../support/market/exchange.ts'
import * as make from '../support/market/make.ts'
import { startPeer, targetOf } from './gossip.ts'
import { atMost, atMostTimes, type Benchmark, figure, type Measured } from './measure.ts'
import { timeSwarmJob, withSwarm } from './swarm.ts'

const FACTS = 200
const JOBS = 60
const QUICK = 10
const WARM_UP = 20
const PAUSE_MS = 10
const PER_SECOND = 1_000
const NODES = 3

/** What honest nodes feel of somebody who sends garbage, and how long they listen to it. */
export const gossipSpam: Benchmark = {
  name: 'gossip-spam',
  about: `${PER_SECOND.toLocaleString('en')} invalid messages a second from one peer that dials again when it is cut off: honest jobs and facts meanwhile`,
  run: async ({ quick = false } = {}) => [
    ...(await jobs(quick ? QUICK : JOBS)),
    ...(await facts(quick ? QUICK : FACTS))
  ]
}

/** Whole nodes, two of which the attacker has connections to: the creator's own, and the provider that it knows. */
function jobs(count: number): Promise<Measured[]> {
  return withSwarm(NODES, async creator => {
    await agreements(creator, WARM_UP)
    const idle = await agreements(creator, count)
    const cleanup = new Cleanup()
    try {
      const { peerId, addrs } = await creator.info()
      const dialled = (await creator.peers()).filter(p => p.direction === 'outbound')
      const { id, secret } = chainlessNetwork()
      const spammer = await startPeer(cleanup, {
        targets: [{ peer: peerId, addrs }, ...dialled.map(p => ({ peer: p.id, addrs: p.addrs }))],
        network: { networkId: id, networkSecret: secret }
      })
      await spammer({ do: 'spam', perSecond: PER_SECOND })
      const attacked = await agreements(creator, count)
      await until(async () => (await spammer({ do: 'connections' })) === 0)
      return [
        figure({
          metric: 'an honest job meanwhile, submit → both signatures; the attacker is cut off in the end',
          unit: 'ms',
          samples: attacked,
          baseline: { what: 'idle', samples: idle },
          target: atMostTimes(2)
        })
      ]
    } finally {
      await cleanup.run()
    }
  })
}

async function agreements(creator: NodeApi, count: number): Promise<number[]> {
  const taken: number[] = []
  for (let i = 0; i < count; i++) taken.push((await timeSwarmJob(creator)).agreed ?? Number.NaN)
  return taken
}

/** An honest fact over one hop, which is the one that gets the garbage. */
async function facts(count: number): Promise<Measured[]> {
  const cleanup = new Cleanup()
  try {
    const [left, middle, right] = await Promise.all([trader(cleanup), trader(cleanup), trader(cleanup)])
    await Promise.all([meet(left, middle), meet(right, middle)])
    await until(() => mesh(middle).length === 2 && mesh(left).length === 1)
    await latencies(left, right, WARM_UP, 'warm up')
    const idle = await latencies(left, right, count, 'idle')
    const spammer = await startPeer(cleanup, { targets: [targetOf(middle)] })
    await spammer({ do: 'spam', perSecond: PER_SECOND })
    await until(() => middle.strikes.length > 0)
    const attacked = await latencies(left, right, count, 'attacked')
    return [
      figure({
        metric: 'an honest fact over one hop meanwhile',
        unit: 'ms',
        samples: attacked,
        baseline: { what: 'idle', samples: idle },
        target: atMostTimes(2)
      }),
      figure({
        metric: 'garbage that was looked at before the attacker was graylisted',
        unit: 'messages',
        samples: [middle.strikes.length],
        target: atMost(128, 'messages')
      })
    ]
  } finally {
    await cleanup.run()
  }
}

async function latencies(from: Trader, to: Trader, count: number, name: string): Promise<number[]> {
  const taken: number[] = []
  for (let i = 0; i < count; i++) {
    // each of another account: the rate of one is limited
    const fact = await make.jobFact(make.identity(i), { nonce: toHex(make.digestOf(`${name} ${i}`)) })
    const heard = to.heard.length
    const arrived = new Promise<number>(resolve => {
      to.onFact = () => resolve(performance.now())
    })
    const start = performance.now()
    await from.exchange.publish(fact)
    taken.push((await arrived) - start)
    if (to.heard.length !== heard + 1) throw new Error('a fact came twice')
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
  }
  return taken
}
