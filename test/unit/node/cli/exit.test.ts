import assert from 'node:assert/strict'
import { EXIT, exitOfJob, exitOfName } from '../../../../node/cli/exit.ts'
import type { JobView } from '../../../../node/http/views.ts'

describe('cli/exit', () => {
  for (const [name, code] of [
    ['InvalidInputError', 2],
    ['UnauthorizedError', 2],
    ['PeerUnreachableError', 4],
    ['RateLimitedError', 4],
    ['ContentUnavailableError', 4],
    ['InsufficientGasError', 5],
    ['TransactionRevertedError', 5],
    ['DealUnreadableError', 6],
    ['DiskFullError', 1],
    ['SomethingElseError', 1]
  ] as const) {
    it(`default: ${name} ends with ${code}`, () => assert.equal(exitOfName(name), code))
  }

  const ends: [string, Partial<JobView>, number][] = [
    ['done with 0', { state: 'done', outcome: 'exited', exitCode: 0 }, EXIT.done],
    ['done with another code', { state: 'done', outcome: 'exited', exitCode: 3 }, EXIT.failed],
    ['out of time', { state: 'done', outcome: 'timeout' }, EXIT.failed],
    ['out of memory', { state: 'done', outcome: 'out-of-memory' }, EXIT.failed],
    ['nobody took it', { state: 'unmatched' }, EXIT.noMatch],
    ['cancelled', { state: 'cancelled' }, EXIT.failed],
    ['failed', { state: 'failed' }, EXIT.failed],
    ['failed for money', { state: 'failed', error: 'InsufficientBalanceError' }, EXIT.money],
    ['failed for the network', { state: 'failed', error: 'PeerUnreachableError' }, EXIT.network]
  ]
  for (const [title, job, code] of ends) {
    it(`default: a job that is ${title} ends with ${code}`, () => assert.equal(exitOfJob(job as JobView), code))
  }
})
