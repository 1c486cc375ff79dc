import { cidOf } from '../../protocols/common/cbor.ts'
import { UserError } from '../../protocols/common/errors.ts'
import type { Address } from '../../protocols/common/values.ts'
import { type Certificate, decodeCertificate } from '../../protocols/matching/certificate.ts'
import type { MatchBundle } from '../../protocols/matching/verify/bundle.ts'
import { CAVEAT } from '../../protocols/matching/verify/findings.ts'
import type { MatchVerdict } from '../../protocols/matching/verify/verify-match.ts'
import { decodeFact } from '../../protocols/offers/fact.ts'
import type { MatchView } from '../http/views.ts'
import { hashDeal } from '../settlement/typed-data.ts'
import { optional } from './job-view.ts'

/** A verdict with what it is about: the same from a node and from a file. */
export function matchView(bundle: MatchBundle, { verdict, findings }: MatchVerdict): MatchView {
  const certificate = read(() => decodeCertificate(bundle.certificate))
  const terms = bundle.deal?.terms
  return {
    verdict,
    findings,
    caveat: CAVEAT,
    certificate: cidOf(bundle.certificate).toString(),
    ...optional('deal', terms === undefined ? undefined : hashDeal(terms)),
    ...optional('job', certificate?.job.toString()),
    ...optional('creator', terms?.creator),
    ...optional('provider', terms?.provider),
    candidates: certificate === undefined ? [] : candidatesOf(certificate, bundle)
  }
}

function candidatesOf({ candidates }: Certificate, { facts }: MatchBundle): MatchView['candidates'] {
  const accounts = new Map<string, Address>()
  for (const bytes of facts) {
    const fact = read(() => decodeFact(bytes))
    if (fact !== undefined) accounts.set(cidOf(bytes).toString(), fact.body.account)
  }
  return candidates.map(({ offer, fact, ask }, rank) => ({
    rank,
    offer: offer.toString(),
    ask: ask.toString(),
    ...optional('account', accounts.get(fact.toString()))
  }))
}

/** What cannot be read has been found wrong already. */
function read<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
