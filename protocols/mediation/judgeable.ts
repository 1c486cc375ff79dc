import type { Deal } from '../deal/schema.ts'
import { engineOf, isRepeatable, mayBeJudged, policyOf } from '../job/derive.ts'
import type { JobSpec } from '../job/schema.ts'
import { CAPABILITY } from './types.ts'

/** Windows of a deal, in terms of the job's time limit and of each other. */
export const WINDOW_RULES = { submitTimeouts: 2, voteSubmits: 3 } as const

/**
 * Why no honest provider signs this deal for this specification; undefined when one might. Every judge must come to the same
 * answer, so nothing counts here but the two of them.
 */
export function faultOfDeal(deal: Deal, spec: JobSpec): string | undefined {
  const kind = engineOf(spec)
  const timeoutSec = Math.ceil(spec.timeoutMs / 1000)
  const checks: [boolean, string][] = [
    [isRepeatable(kind), `runs of ${kind} cannot be repeated exactly`],
    [(CAPABILITY as Record<string, number>)[kind] === deal.needs, `the deal needs other engines than ${kind}`],
    [mayBeJudged(policyOf(spec).policy), 'the job does not ask for a committee'],
    [
      deal.submitWindow >= WINDOW_RULES.submitTimeouts * timeoutSec,
      "the submit window is too short for the job's time limit"
    ],
    [deal.voteWindow >= WINDOW_RULES.voteSubmits * deal.submitWindow, 'the vote window is too short']
  ]
  return checks.find(([holds]) => !holds)?.[1]
}
