import type { CreatorState } from '../../protocols/deal/creator-types.ts'
import type { Outcome } from '../../protocols/job/schema.ts'

interface Ending {
  says(state: CreatorState): string
  /** what helps; nothing where all went well */
  remedies(state: CreatorState): string[]
}

const logs = ({ jobId }: CreatorState): string => `read its output: dcn job logs ${jobId}`
const seconds = ({ timeoutMs }: CreatorState): string => `${timeoutMs / 1000} s`

/** How a program that was run has ended. */
const OUTCOMES: Record<Outcome, Ending> = {
  exited: {
    says: ({ result }) =>
      result?.exitCode === 0
        ? 'the program ended well'
        : `the program ended with exit code ${result?.exitCode ?? 'unknown'}`,
    remedies: state => (state.result?.exitCode === 0 ? [] : [logs(state)])
  },
  timeout: {
    says: state => `the program was stopped: it ran longer than ${seconds(state)}`,
    remedies: state => [`give it more time: --timeout, now ${seconds(state)}`, logs(state)]
  },
  'out-of-memory': {
    says: () => 'the program was stopped: it needed more memory than the job asked for',
    remedies: state => ['ask for more: --memory', logs(state)]
  },
  'disk-full': {
    says: () => 'the program was stopped: it wrote more than the job asked for',
    remedies: state => ['ask for more: --disk', logs(state)]
  },
  cancelled: {
    says: () => 'the program was stopped because you cancelled the job',
    remedies: () => ['submit it again']
  },
  'engine-error': {
    says: () => 'the engine of the provider could not run the program',
    remedies: state => [logs(state), `try another provider: --deny ${state.attempt?.candidate.account ?? 'ACCOUNT'}`]
  }
}

const UNKNOWN: Ending = {
  says: () => 'the program has ended',
  remedies: state => (state.result === undefined ? [] : [logs(state)])
}

const endingOf = ({ result }: CreatorState): Ending =>
  result !== undefined && Object.hasOwn(OUTCOMES, result.outcome) ? OUTCOMES[result.outcome as Outcome] : UNKNOWN

/** A job that ran and was paid, whatever became of its program. */
export function settledSentence(state: CreatorState): string {
  const { reason, checked, end, dispute } = state
  const judged = end?.kind === 'resolved'
  const money = judged ? 'the court found its provider right, which is paid' : 'its provider is paid'
  const why = judged ? (dispute?.reason ?? reason) : reason
  return [
    endingOf(state).says(state),
    ...(checked === undefined ? [] : [checked]),
    money,
    ...(why === undefined ? [] : [judged ? `you had said: ${why}` : why])
  ].join('; ')
}

export const settledRemedies = (state: CreatorState): string[] => endingOf(state).remedies(state)

/** No result that counts, and no price. */
export function refundedSentence({ reason, end, dispute, past }: CreatorState): string {
  if (end?.kind === 'resolved') {
    return `the court found the result wrong, and the price is back: ${dispute?.reason ?? reason ?? 'it was disputed'}`
  }
  const tried = past.length > 1 ? ` (${past.length} providers were tried)` : ''
  return `no result, and the price is back${tried}: ${reason ?? 'no provider delivered'}`
}
