import { UserError } from '../../protocols/common/errors.ts'
import type { Address } from '../../protocols/common/values.ts'
import type { OfferBook } from '../../protocols/offers/book.ts'
import type { HeadLog } from '../../protocols/offers/head-log.ts'
import type { Bind } from '../../protocols/offers/schema.ts'
import type { AbortOptions, Clock, Identity, Log, Messenger } from '../components.ts'
import type { Journal } from '../journal/journal.ts'
import type { FactVerifier } from '../network/identity.ts'
import type { OfferExchange } from '../network/offer-exchange.ts'
import type { Settlement } from '../settlement/settlement.ts'
import type { Storage } from '../storage/storage.ts'
import type { TermsTime } from './chain-time.ts'
import type { CourtTerms } from './court-terms.ts'
import type { DisputeDriver } from './disputes.ts'
import type { AskKeys } from './seal/ask-key.ts'
import type { IsDrawn } from './seal/drawn.ts'
import type { RunAgain } from './second-run.ts'

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
  heads: HeadLog
  verifier: FactVerifier
  bind(): Promise<Bind>
  /** free balance for a deal, as the operator wants it provided. @throws InsufficientBalanceError */
  ensureFree: EnsureFree
  termsTime: TermsTime
  courtTerms: CourtTerms
  disputes: DisputeDriver
  runAgain: RunAgain
  /** brings the key of a private job */
  askKeys: AskKeys
  /** who may have the key of a disputed one */
  isDrawn: IsDrawn
}

export type EnsureFree = (amount: bigint, options?: AbortOptions) => Promise<void>

/** Moves what a deal lacks from the wallet into the escrow, or leaves that to the operator. */
export function fundsPolicy(settlement: Settlement, account: Address, autoDeposit: boolean): EnsureFree {
  return async (amount, options) => {
    if (autoDeposit) return void (await settlement.ensureFree(amount, options))
    const { free } = await settlement.balances(account, options)
    if (free >= amount || settlement.kind === 'none') return
    throw new UserError('InsufficientBalanceError', `the escrow account has ${free} free, the deal needs ${amount}`, {
      field: 'free',
      value: free,
      limit: `at least ${amount}`,
      remedy: 'deposit with "dcn wallet deposit", or let the node do it with --auto-deposit true'
    })
  }
}
