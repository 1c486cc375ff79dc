import type { Address } from '../../../protocols/common/values.ts'
import type { Fact } from '../../../protocols/offers/schema.ts'

/** What a hostile node does differently. Whatever is left out it does as honest ones do. */
export interface Conduct {
  /** it offers machines, cheaper than the cheapest by so many percent */
  undercutsPercent?: bigint
  /** what it answers to every proposal: no, or yes and then nothing any more */
  answers?: 'no' | 'yes-and-vanishes'
  /** publishes each of its offers in two versions with one seq */
  isTwoFaced?: true
  /** messages a second that it makes up */
  spamPerSec?: number
  /** whether it passes on what it hears */
  forwards?(fact: Fact | undefined): boolean
  /** whether a fact of its book takes part in its sync sessions */
  shares?(fact: Fact): boolean
}

export type AdversaryName = 'spam' | 'equivocation' | 'withholding' | 'sybil' | 'vanishing'

export interface Adversary {
  about: string
  /** @param n which of the hostile nodes; @param victim the account of the first honest provider */
  conduct(n: number, victim: Address): Conduct
}

const UNDERCUT = 5n
const SPAM_PER_SEC = 10

const lastDigit = (fact: Fact): number => Number.parseInt(fact.body.account.slice(-1), 16)

/** Each of a kind alone, so that what it costs can be told. */
export const ADVERSARIES: Record<AdversaryName, Adversary> = {
  spam: {
    about: `half make ${SPAM_PER_SEC} wrongly signed facts a second, half ${SPAM_PER_SEC} valid job offers`,
    conduct: () => ({ spamPerSec: SPAM_PER_SEC })
  },
  equivocation: {
    about: `providers 5 % below the market that publish each offer in two versions with one seq, half of the network hearing each`,
    conduct: () => ({ undercutsPercent: UNDERCUT, isTwoFaced: true })
  },
  withholding: {
    about:
      "relays: half forward nothing, half all but one provider's facts; in sync they show half of their book, never that provider",
    conduct: (n, victim) => ({
      forwards: n % 2 === 0 ? () => false : fact => fact?.body.account !== victim,
      shares: fact => fact.body.account !== victim && lastDigit(fact) % 2 === 0
    })
  },
  sybil: {
    about: 'accounts of one operator, 5 % below the market, that say "no room" to every proposal',
    conduct: () => ({ undercutsPercent: UNDERCUT, answers: 'no' })
  },
  vanishing: {
    about: 'providers 5 % below the market that agree to every deal and are not heard of again',
    conduct: () => ({ undercutsPercent: UNDERCUT, answers: 'yes-and-vanishes' })
  }
}

export const ADVERSARY_NAMES = Object.keys(ADVERSARIES) as AdversaryName[]
