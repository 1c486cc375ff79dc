import assert from 'node:assert/strict'
import { nextSteps, sentenceOf } from '../../../../node/api/why-text.ts'
import { CREATOR_DONE, type CreatorPhase, type CreatorState } from '../../../../protocols/deal/creator-types.ts'
import { outcome } from '../../../../protocols/job/schema.ts'
import { accountOf } from '../../../support/market/make.ts'

const provider = accountOf(1)
const BOOK = { explanation: { total: 2, feasible: 0, counts: [], nearest: [] }, isConnected: () => true }
const PAST = { provider, dealId: '0x00', ended: 'timed-out', atMs: 1, reason: 'it delivered nothing in time' } as const
const DISPUTE = { reason: 'the count is wrong', atMs: 1 }
const RESOLVED = { kind: 'resolved', transaction: '0x01' } as const

function state(phase: CreatorPhase, more: object = {}): CreatorState {
  const base = { jobId: 'job1', phase, timeoutMs: 60_000, past: [], refusals: [], signed: [], ...more }
  return base as unknown as CreatorState
}
const ran = (outcome: string, exitCode?: number, more: object = {}): CreatorState =>
  state('settled', { result: { outcome, ...(exitCode === undefined ? {} : { exitCode }) }, ...more })

/** Every way in which a job ends: what is said, and what is said to help. */
const ENDS: [title: string, state: CreatorState, says: RegExp, helps: RegExp | undefined][] = [
  ['done', ran('exited', 0), /^the program ended well; its provider is paid$/, undefined],
  ['done and checked', ran('exited', 0, { checked: 'the same here' }), /the same here/, undefined],
  ['non-zero exit', ran('exited', 3), /exit code 3/, /dcn job logs job1/],
  ['timeout', ran('timeout'), /longer than 60 s/, /--timeout/],
  ['out of memory', ran('out-of-memory'), /more memory/, /--memory/],
  ['disk full', ran('disk-full'), /wrote more/, /--disk/],
  ['stopped by its owner', ran('cancelled'), /you cancelled/, /submit it again/],
  ['engine error', ran('engine-error'), /could not run/, /--deny/],
  ['an outcome of a newer version', ran('melted'), /has ended/, /dcn job logs/],
  [
    'disputed and lost',
    ran('exited', 0, { end: RESOLVED, dispute: DISPUTE }),
    /found its provider right.*the count is wrong/,
    undefined
  ],
  [
    'disputed and won',
    state('refunded', { end: RESOLVED, dispute: DISPUTE }),
    /found the result wrong, and the price is back: the count/,
    /submit it again/
  ],
  [
    'provider vanished',
    state('refunded', { past: [PAST], reason: PAST.reason }),
    /price is back: it delivered nothing/,
    new RegExp(`--deny|${provider}`)
  ],
  ['several vanished', state('refunded', { past: [PAST, PAST] }), /2 providers were tried/, /submit it again/],
  [
    'no tokens',
    state('failed', { reason: 'too few tokens', error: 'InsufficientBalanceError' }),
    /too few tokens/,
    /deposit/
  ],
  ['no gas', state('failed', { reason: 'no gas', error: 'InsufficientGasError' }), /no gas/, /dcn wallet show/],
  ['no court', state('failed', { reason: 'no seats', error: 'NoCourtError' }), /no seats/, /--verify none/],
  ['failed otherwise', state('failed', { reason: 'the disk is full' }), /disk is full/, /submit it again/],
  ['failed without a word', state('failed'), /failed/, /submit it again/],
  ['unmatched', state('unmatched', { reason: 'no offer fits' }), /no offer fits/, /nearest offers/],
  [
    'unmatched, all refused',
    state('unmatched', { refusals: [{ provider, reason: 'no-room', detail: '', atMs: 1 }] }),
    /no provider/,
    /it is full/
  ],
  [
    'cancelled',
    state('cancelled', { reason: 'cancelled before anybody opened it' }),
    /cancelled before/,
    /submit it again/
  ]
]

describe('job why: every end has its reason and its remedy', () => {
  for (const [title, ended, says, helps] of ENDS) {
    it(`default: ${title}`, () => {
      assert.match(sentenceOf(ended, BOOK as never), says)
      const steps = nextSteps(ended, BOOK as never)
      if (helps === undefined) assert.deepEqual(steps, [])
      else assert.match(steps.join('\n'), helps)
    })
  }

  it('behavior: no end and no outcome is left out', () => {
    const phases = new Set(ENDS.map(([, { phase }]) => phase))
    assert.deepEqual(
      CREATOR_DONE.filter(phase => !phases.has(phase)),
      []
    )
    const outcomes = new Set(ENDS.map(([, { result }]) => result?.outcome))
    assert.deepEqual(
      outcome.options.filter(name => !outcomes.has(name)),
      []
    )
  })
})
