import type { CreatorPhase, CreatorState } from '../../protocols/deal/creator-types.ts'
import type { Explanation } from '../../protocols/matching/explain.ts'
import { refundedSentence, settledRemedies, settledSentence } from './why-end.ts'

/** What a sentence is made of beside the job itself. */
export interface WhyContext {
  explanation: Explanation
  isConnected(peer: string): boolean
}
type Sentence = (state: CreatorState, context: WhyContext) => string

const timeOf = (sec: number): string => `${new Date(sec * 1000).toISOString().replace('T', ' ').slice(0, 19)} UTC`

/** What comes of saying nothing. @param reviewBySec chain time */
export const silence = (reviewBySec: number | undefined): string =>
  `silence accepts ${reviewBySec === undefined ? 'when the review ends' : `at ${timeOf(reviewBySec)}`}`

const searching: Sentence = (_state, { explanation: { total, feasible } }) => {
  if (total === 0) return 'this node knows no offer: is a provider running on this network?'
  if (feasible === 0) return `none of the ${total} offers on the network fits this job`
  return `${feasible} of ${total} offers fit; asking them in order`
}

/** The next step is the provider's. */
const atProvider =
  (what: string): Sentence =>
  ({ attempt }, { isConnected }) => {
    if (attempt === undefined) return what
    const { candidate, submitBySec } = attempt
    const gone = isConnected(candidate.peer) ? '' : ', which is not connected to this node now'
    const by =
      submitBySec === undefined
        ? `; if it opens nothing by ${timeOf(attempt.deal.openBefore)}, another one is asked`
        : `; if it submits no result by ${timeOf(submitBySec)}, the price and its collateral come back`
    return `${what} at ${candidate.account}${gone}${by}`
  }

/** What a creator waits for in vain when its provider has gone. */
const AT_PROVIDER: ReadonlySet<CreatorPhase> = new Set(['agreed', 'running', 'fetching'])

export const isAway = ({ phase, attempt }: CreatorState, isConnected: (peer: string) => boolean): boolean =>
  AT_PROVIDER.has(phase) && attempt !== undefined && !isConnected(attempt.candidate.peer)

const SENTENCES: Record<CreatorPhase, Sentence> = {
  matching: searching,
  proposing: searching,
  agreed: atProvider('agreed: inputs and image are being fetched'),
  running: atProvider('running'),
  fetching: ({ attempt }) => `the result is on its way from ${attempt?.candidate.account ?? 'the provider'}`,
  checking: () => 'the job runs again, at another provider or on this node, as its policy of spot checks asks for',
  reviewing: ({ jobId, attempt }) => {
    return `its owner decides: "dcn job accept ${jobId}" or "dcn dispute ${jobId}"; ${silence(attempt?.reviewBySec)}`
  },
  accepted: () => 'the result is here and accepted; the provider takes its payment',
  rejected: ({ reason }) => `the result was said no to: ${reason ?? 'it is not what was asked for'}`,
  disputed: ({ jobId, dispute }) =>
    `before the court: ${dispute?.reason ?? 'disputed'}; "dcn job show ${jobId}" tells who votes and until when`,
  settled: settledSentence,
  refunded: refundedSentence,
  failed: ({ reason }) => reason ?? 'the job failed',
  unmatched: ({ reason }) => reason ?? 'no provider took the job in time',
  cancelled: ({ reason }) => reason ?? 'cancelled'
}

/** Where a job is and why, in one sentence. What ended it badly, if anything, comes first. */
export const sentenceOf: Sentence = (state, context) => SENTENCES[state.phase](state, context)

/** What helps against a provider's no, by its code (protocols/deal/messages.ts). */
const AFTER_REFUSAL: Record<string, (provider: string) => string> = {
  'no-room': () => 'wait: it is full, and its offer says so when it has room again',
  'not-allowed': provider =>
    `change what it does not take, have its operator allow it, or leave it out (--deny ${provider})`,
  draining: () => 'wait until it takes work again, or let another provider run it',
  'price-changed': () => 'raise --bid, or submit it again with the new price',
  'too-many-unopened': () => 'wait until the deals that it agreed to with you have begun',
  'no-funds': provider => `let another provider run it: ${provider} lacks the collateral`
}

/** One remedy for each provider that said no, the last one's first; a code of a newer version has none. */
function afterRefusals({ refusals }: CreatorState): string[] {
  const latest = new Map(refusals.map(({ provider, reason }) => [provider, reason]))
  const known = [...latest].reverse().flatMap(([provider, reason]) => {
    const remedy = AFTER_REFUSAL[reason]
    return remedy === undefined ? [] : [`${provider}: ${remedy(provider)}`]
  })
  return known.slice(0, MAX_ADVICE)
}
/** More advice than that is read by nobody. */
const MAX_ADVICE = 5

type Next = (state: CreatorState) => string[]
const again: Next = () => ['submit it again']
const AGAIN_ELSEWHERE: Next = ({ past }) => {
  const failed = [...new Set(past.map(p => p.provider))]
  return ['submit it again', ...failed.map(account => `refuse ${account}, which did not deliver (--deny ${account})`)]
}

const MONEY_HELP: Record<string, string> = {
  InsufficientBalanceError: 'get tokens, or deposit them with "dcn wallet deposit"',
  InsufficientGasError: "send some of the chain's own coin to this node's account (dcn wallet show)",
  NoCourtError: 'use --verify none: there are not enough mediators for a committee now'
}

/** What its owner can do about it now; nothing where all goes its way. */
const NEXT: Partial<Record<CreatorPhase, Next>> = {
  reviewing: ({ jobId }) => [`dcn job accept ${jobId}`, `dcn dispute ${jobId}`],
  settled: settledRemedies,
  refunded: AGAIN_ELSEWHERE,
  failed: state => {
    const help = MONEY_HELP[state.error ?? '']
    return help === undefined ? AGAIN_ELSEWHERE(state) : [help]
  },
  disputed: ({ jobId }) => [`follow it: dcn job show ${jobId}`],
  cancelled: again
}

const isSearching = ({ phase }: CreatorState): boolean => phase === 'matching' || phase === 'proposing'

export function nextSteps(state: CreatorState, { explanation: { total, feasible } }: WhyContext): string[] {
  if (isSearching(state)) return afterRefusals(state)
  if (state.phase !== 'unmatched') return NEXT[state.phase]?.(state) ?? []
  const refused = afterRefusals(state)
  if (refused.length > 0) return refused
  if (feasible > 0) return ['submit it again: there are offers that fit now']
  return total === 0
    ? ['start a provider, or check with "dcn peers" that this node is connected']
    : ['change what it asks for: the nearest offers say what would fit']
}

/** Whether what the book says now has to do with where the job is. */
export const isAboutOffers = (state: CreatorState): boolean => isSearching(state) || state.phase === 'unmatched'
