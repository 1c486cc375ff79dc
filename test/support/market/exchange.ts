import type { Host, HostInit } from '../../../node/network/host.ts'
import { OfferExchange, type OfferExchangeComponents } from '../../../node/network/offer-exchange.ts'
import { connect } from '../../../node/network/streams.ts'
import { cachedBindVerifier } from '../../../protocols/offers/bind-cache.ts'
import { type BookInit, OfferBook } from '../../../protocols/offers/book.ts'
import { gossipId } from '../../../protocols/offers/fact.ts'
import { HeadLog } from '../../../protocols/offers/head-log.ts'
import { keyOfPeerId } from '../../../protocols/offers/peer-key.ts'
import type { Fact } from '../../../protocols/offers/schema.ts'
import type { Cleanup } from '../hosts.ts'
import * as make from './make.ts'

/** A real host with a book and its exchange, on the clock of `make`. */
export interface Trader {
  host: Host
  book: OfferBook
  exchange: OfferExchange
  /** facts that were news, in order */
  heard: Fact[]
  /** strikes against others, by peer id */
  strikes: string[]
  peer: string
  clock: { ms: number }
  /** called with each of them */
  onFact: ((fact: Fact) => void) | undefined
}

export interface TraderInit {
  host?: Partial<HostInit>
  book?: Partial<BookInit>
  /** how far its clock is ahead */
  aheadMs?: number
  syncEveryMs?: number
  verifyBind?: OfferExchangeComponents['verify']['verifyBind']
}

const NEVER_MS = 3_600_000
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

export async function trader(cleanup: Cleanup, init: TraderInit = {}): Promise<Trader> {
  const clock = { ms: make.NOW_MS + (init.aheadMs ?? 0) }
  const host = await cleanup.host({ messageId: gossipId, ...init.host })
  const strikes: string[] = []
  const { strike } = host.penalties
  host.penalties.strike = peer => {
    strikes.push(peer)
    return strike(peer)
  }
  const book = new OfferBook({ roundMs: make.ROUND_MS, maxPerAccount: 20_000, ...init.book })
  const heard: Fact[] = []
  const exchange = new OfferExchange(
    { network: make.NETWORK, roundMs: make.ROUND_MS, syncEveryMs: init.syncEveryMs ?? NEVER_MS },
    {
      host,
      book,
      clock: { nowMs: () => clock.ms },
      log,
      heads: new HeadLog(
        { network: make.NETWORK, peerKey: keyOfPeerId(host.peerId.toString()), sign: () => new Uint8Array(64) },
        book
      ),
      verify: {
        verifyEd25519: make.context.verifyEd25519,
        verifyBind: init.verifyBind ?? cachedBindVerifier(make.verifyBind)
      },
      onFact(fact) {
        heard.push(fact)
        self.onFact?.(fact)
      }
    }
  )
  cleanup.add(() => exchange.stop())
  await exchange.start()
  const self: Trader = { host, book, exchange, heard, strikes, peer: host.peerId.toString(), clock, onFact: undefined }
  return self
}

export const meet = (from: Trader, to: Trader) =>
  connect(from.host.libp2p, { peer: to.peer, addrs: to.host.dialableAddrs() })

export const listeners = ({ host }: Pick<Trader, 'host'>): string[] =>
  host.pubsub.getSubscribers(host.topic).map(String)

/** What gossipsub knows and its interface does not say. */
const inside = ({ host }: Pick<Trader, 'host'>) =>
  host.pubsub as unknown as { getScore(peer: string): number; getMeshPeers(topic: string): string[] }

/** What the gossip of a host thinks of a peer. */
export const scoreOf = (trader: Pick<Trader, 'host'>, peer: string): number => inside(trader).getScore(peer)

/** The neighbours that messages are passed on to at once. */
export const mesh = (trader: Pick<Trader, 'host'>): string[] => inside(trader).getMeshPeers(trader.host.topic)
