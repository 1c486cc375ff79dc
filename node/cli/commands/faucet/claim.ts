import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import { findAnswer } from '../../../../protocols/faucet/work.ts'
import { sha256Text } from '../../../faucet/challenge.ts'
import { FaucetLimitError } from '../../../faucet/errors.ts'
import type { AccountView, ClaimView } from '../../../faucet/views.ts'
import { FaucetRefusedError } from '../../../settlement/faucet.ts'
import { contextOf, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { clean, fields } from '../../text.ts'
import type { Finish } from '../types.ts'
import { accountOf, againText, type FaucetOptions, faucetCommand, faucetOf, giftText } from './target.ts'

/** Between two looks at a claim that the chain has not taken yet. */
const LOOK_MS = 1000
/** Some tens of milliseconds: Ctrl-C is heard in between. */
const BATCH = 20_000

export function claimCommand(io: Io, finish: Finish): Command {
  return faucetCommand('claim', 'ask a faucet for coin and tokens', [
    'dcn faucet claim --url https://faucet.example.org',
    'dcn faucet claim 0x… --url http://127.0.0.1:8600'
  ]).action((account: string | undefined, options: FaucetOptions) => finish(claim(account, options, io), options))
}

export async function claim(given: string | undefined, options: FaucetOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const faucet = await faucetOf(context, options.url)
  const account = await accountOf(context, given)
  const { signal } = io
  const [info, { nextAt, work }] = await Promise.all([faucet.info({ signal }), faucet.account(account, { signal })])
  if (nextAt !== undefined) {
    const limit = `once in ${info.intervalSec} s`
    throw new FaucetLimitError('account', `${account} was given something not long ago`, { atMs: nextAt, limit })
  }
  if (work !== undefined && context.verbose && !context.json) {
    io.stderr.write(`working for it: about ${(2 ** work.bits).toLocaleString('en')} tries\n`)
  }
  const proof = work === undefined ? {} : { challenge: work.challenge, answer: await solve(work, signal) }
  let done: ClaimView = await faucet.claim({ account, ...proof }, { signal })
  while (done.state === 'sent') {
    await pause(LOOK_MS, undefined, { signal })
    done = (await faucet.account(account, { signal })).last ?? done
  }
  if (done.state === 'failed') {
    const remedy = 'nothing was given: claim again'
    throw new FaucetRefusedError('the chain refused it', { field: 'account', value: account, remedy })
  }
  print(context, done, () =>
    fields({
      account: done.account,
      given: giftText(done, info),
      transaction: done.transaction === undefined ? undefined : clean(done.transaction),
      again: againText(done.nextAt)
    })
  )
  return EXIT.done
}

async function solve({ challenge, bits }: NonNullable<AccountView['work']>, signal: AbortSignal): Promise<string> {
  for (let from = 0; ; from += BATCH) {
    const answer = findAnswer(challenge, bits, sha256Text, { from, count: BATCH })
    if (answer !== undefined) return answer
    await new Promise(resolve => setImmediate(resolve))
    signal.throwIfAborted()
  }
}
