import { sha256 } from '../../../protocols/common/hash.ts'
import { toHex } from '../../../protocols/common/values.ts'
import { derive } from '../../../protocols/job/derive.ts'
import { encodeSpec } from '../../../protocols/job/encode-spec.ts'
import { encodeFact, makeFact } from '../../../protocols/offers/fact.ts'
import { roundsFrom } from '../../../protocols/offers/round.ts'
import { type JobOffer, OFFER_LIMITS } from '../../../protocols/offers/schema.ts'
import type { World } from '../deal/world.ts'
import type { Crowd } from './crowd.ts'
import type { Peer } from './peer.ts'
import { NETWORK, ROUND_MS } from './people.ts'
import { specOf, TIMEOUT_MS } from './stock.ts'

/** Half of the liars sign wrongly, half say true things without end. */
export function startSpam(world: World, crowd: Crowd, untilMs: number): void {
  crowd.hostile.forEach((peer, n) => {
    const perSec = peer.conduct.spamPerSec
    if (perSec === undefined) return
    let said = 0
    const talk = () => {
      if (world.nowMs > untilMs) return
      world.after(1_000 / perSec, talk)
      world.hold(say(world, crowd, peer, ++said, n % 2 === 0))
    }
    world.after(world.between(0, 1_000), talk)
  })
}

async function say(world: World, { topics }: Crowd, peer: Peer, n: number, isWrong: boolean): Promise<void> {
  const { account, bind, sign } = peer.person
  const spec = specOf('small', 1_000)
  const body: JobOffer = {
    type: 'job',
    version: 1,
    network: NETWORK,
    account,
    ...roundsFrom(world.nowMs, OFFER_LIMITS.spanMs, ROUND_MS),
    nonce: toHex(sha256(Buffer.from(`spam ${account} ${n}`))),
    spec: encodeSpec(spec).cid,
    needs: derive(spec),
    bid: 1n,
    tip: 0n,
    timeoutMs: TIMEOUT_MS,
    policy: 'none',
    replicas: 1,
    constraints: { labels: {}, allow: [], deny: [] },
    addrs: []
  }
  const fact = await makeFact(body, bind, isWrong ? () => new Uint8Array(64) : sign)
  const bytes = encodeFact(fact)
  for (const topic of topics.values()) topic.publish(peer.number, bytes)
}
