export type Weight = 'fails' | 'not-provable' | 'note'
export type Verdict = 'holds' | 'fails' | 'not-provable'

/**
 * Everything that a check can find. `fails`: what the creator signed contradicts itself or the rules, whatever else is true.
 * `not-provable`: something is missing, or there is an honest explanation. `note`: does not count. Codes are stable.
 */
export const FINDINGS = {
  'certificate-malformed': ['fails', 'What the deal names as its certificate is none.'],
  'head-forged': ['fails', "The head in the certificate does not carry its node's signature."],
  'head-foreign': ['fails', "The head in the certificate is of another node or network than the job's."],
  'job-forged': ['fails', 'What the certificate names as its signed job offer is none.'],
  'deal-differs': ['fails', 'The deal says something else than its job offer.'],
  'offer-forged': ['fails', 'What the certificate names as a signed offer is none.'],
  'ask-wrong': ['fails', 'A candidate asks for something else than the certificate says.'],
  infeasible: ['fails', 'A candidate cannot take this job.'],
  'listed-twice': ['fails', 'An account has two places in the list.'],
  'order-wrong': ['fails', 'The candidates are not in the order that the rules give them.'],
  'provider-unlisted': ['fails', 'The provider of the deal is not in the list.'],
  'price-wrong': ['fails', 'The price is not what the provider asks and the tip.'],
  'refusal-forged': ['fails', "A refusal in the certificate does not carry its provider's signature."],
  'offer-omitted': [
    'fails',
    'An offer that was in the ranked book, and comes before the chosen one, is missing in the list.'
  ],
  'deal-absent': [
    'not-provable',
    'The deal was not checked: nothing shows who made this certificate, nor who got the job.'
  ],
  'deal-unsigned': ['not-provable', 'The deal does not carry the signature of its creator: it binds nobody.'],
  'certificate-other': ['not-provable', 'The certificate is not the one that the deal names.'],
  'rules-unknown': ['not-provable', 'The certificate is made by rules that this program does not know.'],
  'fact-missing': ['not-provable', 'A signed fact that the certificate names is not at hand.'],
  'rank-skipped': [
    'not-provable',
    'A candidate that comes before the chosen one was passed over without a signed refusal.'
  ],
  'left-out': ['not-provable', 'The creator left an account out of the ranking by its own word.'],
  'offer-known-before': [
    'not-provable',
    'An offer that the creator knew before, and that comes before the chosen one, is missing in the list. It may have been replaced or withdrawn since.'
  ],
  'rank-refused': ['note', 'A candidate that comes before the chosen one had refused.'],
  'rank-replica': [
    'note',
    'A candidate that comes before the chosen one has another replica of the job, or was passed over.'
  ],
  'refusal-unrelated': [
    'note',
    'A refusal in the certificate is of another job or of nobody in the list: it excuses nothing.'
  ],
  'omission-unsupported': ['note', 'An offer that is said to be missing proves nothing.']
} as const satisfies Record<string, readonly [Weight, string]>
export type FindingCode = keyof typeof FINDINGS

export interface Finding {
  code: FindingCode
  weight: Weight
  sentence: string
  /** what it is about: ranks count from 0, amounts in smallest units, all as text */
  data: Record<string, string>
}

/** What no check of a certificate can show. */
export const CAVEAT =
  "This says nothing about offers that are not in the list and not shown here: the list need not have been everybody's."

export class Findings {
  readonly list: Finding[] = []

  add(code: FindingCode, data: Record<string, string | number | bigint> = {}): void {
    const [weight, sentence] = FINDINGS[code]
    const texts = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, String(value)]))
    this.list.push({ code, weight, sentence, data: texts })
  }

  has(code: FindingCode): boolean {
    return this.list.some(f => f.code === code)
  }

  /** The worst decides. */
  get verdict(): Verdict {
    const has = (weight: Weight): boolean => this.list.some(f => f.weight === weight)
    return has('fails') ? 'fails' : has('not-provable') ? 'not-provable' : 'holds'
  }
}
