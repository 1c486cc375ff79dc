import type { OfferBook } from '../../protocols/offers/book.ts'
import type { Bind } from '../../protocols/offers/schema.ts'
import type { EventHub } from '../http/event-hub.ts'
import type { Journal } from '../journal/journal.ts'
import type { FactVerifier } from '../network/identity.ts'
import type { OfferExchange } from '../network/offer-exchange.ts'
import type { Settlement } from '../settlement/settlement.ts'
import type { Storage } from '../storage/storage.ts'
import type { Clock, Identity, Log, Messenger } from './components.ts'

/** What the composition root hands to both sides of a deal; each role's own components stay narrow. */
export interface RoleParts {
  journal: Journal
  settlement: Settlement
  storage: Storage
  messenger: Messenger
  identity: Identity
  clock: Clock
  log: Log
  book: OfferBook
  exchange: Pick<OfferExchange, 'publish' | 'take'>
  verifier: FactVerifier
  hub: EventHub
  bind(): Promise<Bind>
}
