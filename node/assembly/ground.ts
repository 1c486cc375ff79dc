import { join } from 'node:path'
import type { Address } from '../../protocols/common/values.ts'
import { OfferBook } from '../../protocols/offers/book.ts'
import type { AbortOptions, Clock } from '../components.ts'
import { eventHub } from '../http/event-hub.ts'
import { sqliteJournal } from '../journal/sqlite-journal.ts'
import { scoped } from '../log/scoped.ts'
import { Tally } from '../metrics/tally.ts'
import { AccountWeights } from '../network/account-weights.ts'
import { BookStore } from '../network/book-store.ts'
import { chooseSettlement } from '../settlement/index.ts'
import { type NodeInit, signerOf } from './init.ts'

const SYSTEM_CLOCK: Clock = { nowMs: () => Date.now() }

/** What everything else stands on: time, the journal, money, the book of offers, and events for whoever watches. */
export function layGround({ config, network, account, seed, log, clock = SYSTEM_CLOCK }: NodeInit) {
  const journal = sqliteJournal({ path: join(config.dataDir, 'journal.db') })
  const settlement = chooseSettlement(network, config, { account: signerOf(account), journal, log, clock })
  const hub = eventHub({ now: () => clock.nowMs() })
  const book = new OfferBook({ roundMs: network.roundMs, weightOf: account => weights.weightOf(account) })
  const freeOf = async (of: Address, options: AbortOptions = {}) => (await settlement.balances(of, options)).free
  const weights = new AccountWeights({ freeOf, book, clock, log })
  const store = new BookStore(
    { path: join(config.dataDir, 'book.db'), network: network.id, seed },
    { book, clock, log: scoped(log, 'book') }
  )
  return { tally: new Tally(), clock, journal, settlement, hub, book, weights, store }
}
export type Ground = ReturnType<typeof layGround>
