import { toHex } from '../../protocols/common/values.ts'
import { Cleanup, until } from '../support/hosts.ts'
import { meet, mesh, type Trader, trader } from '../support/market/exchange.ts'
import * as make from '../support/market/make.ts'
import { startPeer } from './gossip.ts'
import { type Benchmark, figure } from './measure.ts'

const FACTS = 200
const WARM_UP = 20
const PAUSE_MS = 10
const PER_SECOND = 1_000

/** How long an honest fact takes over one hop while somebody sends the hop garbage, beside the same without. */
export const gossipSpam: Benchmark = {
  name: 'gossip-spam',
  about: `${PER_SECOND.toLocaleString('en')} invalid messages a second from one peer, and an honest fact over the node that gets them`,
  async run() {
    const cleanup = new Cleanup()
    try {
      const [left, middle, right] = await Promise.all([trader(cleanup), trader(cleanup), trader(cleanup)])
      await Promise.all([meet(left, middle), meet(right, middle)])
      await until(() => mesh(middle).length === 2 && mesh(left).length === 1)
      await latencies(left, right, WARM_UP, 'warm up')
      const idle = await latencies(left, right, FACTS, 'idle')
      const spammer = await startPeer(cleanup, middle)
      await spammer({ do: 'spam', perSecond: PER_SECOND })
      await until(() => middle.strikes.length > 0)
      const attacked = await latencies(left, right, FACTS, 'attacked')
      return [
        figure({
          name: 'gossip-spam',
          metric: `an honest fact over one hop; the attacker was heard ${middle.strikes.length} times before it was graylisted`,
          unit: 'ms',
          samples: attacked,
          baseline: { what: 'idle', samples: idle },
          target: { text: '≤ 2 ×', holds: (value, baseline) => value <= 2 * baseline }
        }),
        figure({
          name: 'gossip-spam judged',
          metric: 'garbage that was looked at',
          unit: 'messages',
          samples: [middle.strikes.length],
          target: { text: '≤ 128', holds: value => value <= 128 }
        })
      ]
    } finally {
      await cleanup.run()
    }
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
