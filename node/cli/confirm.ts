import { createInterface } from 'node:readline/promises'
import { UserError } from '../../protocols/common/errors.ts'
import type { Io } from './io.ts'

/**
 * Asks before something that cannot be undone.
 *
 * @throws UserError named NotConfirmedError when the answer is not yes, or nobody is there to give one
 */
export async function confirm(io: Io, question: string): Promise<void> {
  if (io.stdin.isTTY !== true) {
    throw new UserError('NotConfirmedError', 'nobody is there to confirm this', {
      remedy: 'start it from a terminal, or say --yes'
    })
  }
  const lines = createInterface({ input: io.stdin, output: io.stderr, terminal: true, historySize: 0 })
  // in raw mode Ctrl-C arrives as a key, Ctrl-D as the end: neither answers the question
  const ended = new Promise<string>(resolve => {
    for (const end of ['SIGINT', 'close'] as const) lines.once(end, () => resolve(''))
  })
  try {
    const asked = lines.question(`${question} [y/N] `, { signal: io.signal })
    const answer = await Promise.race([asked, ended])
    if (/^y(es)?$/i.test(answer.trim())) return
  } finally {
    lines.close()
  }
  throw new UserError('NotConfirmedError', 'nothing was done', { remedy: 'answer yes, or say --yes' })
}
