import type { Command } from 'commander'
import { InvalidInputError } from '../../../protocols/common/errors.ts'
import { parseAmount } from '../../../protocols/common/units.ts'
import type { NodeClient } from '../../http/client.ts'
import type { BoardRequestBody, BoardRequestView } from '../../http/views.ts'
import { readOwnJobFile } from '../bacalhau-file.ts'
import { boardMajority, checkCopies, checkIds } from '../board-majority.ts'
import { requestTable, requestText } from '../board-text.ts'
import { secondsOf } from '../board-time.ts'
import { tellAsked, watchBoard } from '../board-watch.ts'
import { type CommonOptions, type Context, contextOf, nodeCommand, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { targetOf } from '../find-module.ts'
import { importsTo } from '../inputs.ts'
import type { Io } from '../io.ts'
import { checkJobFile, type JobFile, resolveLocal } from '../job-file.ts'
import { checkPlain, type ModuleOptions, moduleOptions, withModule } from '../module-job.ts'
import { withFetched } from '../submit.ts'
import { money, short } from '../text.ts'
import type { Finish } from './types.ts'

interface RequestOptions extends CommonOptions, ModuleOptions {
  bid: string
  fee: string
  callback?: string
  callbackGas?: string
  turn?: string
  turns?: string
  timeout?: string
  lane?: string
  copies?: string
  watch?: boolean
}

interface ListOptions extends CommonOptions {
  mine?: boolean
  limit?: string
}

export function requestCommand(io: Io, finish: Finish): Command {
  const request = nodeCommand('request', 'ask for a job on chain; an agent has it run and brings the result', [
    'dcn board request job.yaml --bid 1 --fee 0.1',
    'dcn board request cowsay -i Message=moo --bid 1 --fee 0.1 --watch',
    'dcn board request job.yaml --bid 1 --fee 0.1 --copies 3 --watch',
    'dcn board request job.yaml --bid 1 --fee 0.1 --callback 0x… --watch'
  ]).argument(
    '<file>',
    'specification file (docs/jobs.md); module folder, ipfs://CID or name of a module (docs/modules.md)'
  )
  return moduleOptions(request)
    .requiredOption('--bid <tokens>', 'the most that the deal may cost')
    .requiredOption('--fee <tokens>', 'for the agent')
    .option('--callback <address>', 'contract that is told the result')
    .option('--callback-gas <gas>', 'gas that it gets (default 200000, at most 1000000)')
    .option('--turn <time>', 'how long one agent has before the next, such as 30s; a number is seconds (default 60)')
    .option('--turns <number>', 'over how many turns the seats are spread (default: one each)')
    .option('--timeout <time>', 'when the money goes back, such as 90m; a number is seconds (default 3600)')
    .option('--lane <number>', 'where the result is kept on chain (default: the lowest that is free)')
    .option('--copies <number>', 'ask 3, 5 or 7 times, each for bid and fee; the result is what most agents came to')
    .option('--watch', 'wait for the result')
    .action((file: string, options: RequestOptions) => finish(requestJob(file, options, io), options))
}

export function listCommand(io: Io, finish: Finish): Command {
  return nodeCommand('list', 'jobs asked for on chain, newest first', ['dcn board list', 'dcn board list --mine'])
    .option('--mine', "only this node's")
    .option('--limit <number>', 'at most so many (default 50)')
    .action((options: ListOptions) => finish(listRequests(options, io), options))
}

export function showCommand(io: Io, finish: Finish): Command {
  return nodeCommand('show', 'one request, who may serve it, and what came of it', ['dcn board show 0x1f2e3d4c'])
    .argument('<id>', 'its id, or at least 8 digits of it')
    .action((id: string, options: CommonOptions) => finish(showRequest(id, options, io), options))
}

export function watchCommand(io: Io, finish: Finish): Command {
  return nodeCommand('watch', 'wait until a request has its result, or several a majority, or the time is over', [
    'dcn board watch 0x1f2e3d4c',
    'dcn board watch 0x1f2e3d4c 0x5b6a7988 0x90817263'
  ])
    .argument('<id...>', 'its id, or at least 8 digits of it; of several requests for one job, each')
    .action((ids: string[], options: CommonOptions) => finish(watchRequests(ids, options, io), options))
}

export function cancelCommand(io: Io, finish: Finish): Command {
  return nodeCommand('cancel', 'send the money of a request back, once its time is over', [
    'dcn board cancel 0x1f2e3d4c'
  ])
    .argument('<id>', 'its id, or at least 8 digits of it')
    .action((id: string, options: CommonOptions) => finish(cancelRequest(id, options, io), options))
}

export function withdrawCommand(io: Io, finish: Finish): Command {
  return nodeCommand('withdraw', 'take what the board holds for this node into its wallet', [
    'dcn board withdraw'
  ]).action((options: CommonOptions) => finish(withdrawCredit(options, io), options))
}

async function requestJob(text: string, options: RequestOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const numbers = numbersOf(options)
  const copies = options.copies === undefined ? undefined : checkCopies(options.copies)
  if (copies !== undefined && numbers.lane !== undefined)
    throw new InvalidInputError('--lane: each of several requests has a lane of its own', { field: 'lane' })
  const ask = async (file: JobFile): Promise<ExitCode> => {
    await checkJobFile(file)
    const client = await context.client()
    const { token } = await client.info({ signal: io.signal })
    const units = (amount: string, field: string): string => parseAmount(amount, token.decimals, field).toString()
    const amounts = { bid: units(options.bid, '--bid'), fee: units(options.fee, '--fee') }
    const spec = await resolveLocal(
      file,
      importsTo(client, () => {}, { signal: io.signal })
    )
    const { callback } = options
    const body = { spec, ...amounts, ...numbers, ...(callback === undefined ? {} : { callback }) }
    if (copies !== undefined) {
      const made = await requestSeveral(copies, client, body, context, options.watch === true)
      if (options.watch === true) return await watchBoard(client, idsOf(made), token, context)
      print(context, boardMajority(made), () => `${idsOf(made).join('\n')}\n`)
      return EXIT.done
    }
    const made = await client.requestOnBoard(body)
    if (options.watch === true) {
      tellAsked(made, context)
      return await watchBoard(client, [made.id], token, context)
    }
    print(context, made, () => `${made.id}\n`)
    return EXIT.done
  }
  const target = await targetOf(text, io.cwd)
  // whoever renders chooses what is run: this side does
  if (target.kind !== 'file') return await withModule(target, options, context, job => withFetched(job, context, ask))
  checkPlain(target.path, options)
  return await withFetched(await readOwnJobFile(target.path), context, ask)
}

/**
 * One after another: each takes the lowest lane that is free. What was asked for before one failed is told, because it is paid; so
 * Ctrl-C waits for the one that is on its way.
 */
async function requestSeveral(
  copies: number,
  client: NodeClient,
  body: BoardRequestBody,
  context: Context,
  isWatched: boolean
): Promise<BoardRequestView[]> {
  const { io } = context
  const made: BoardRequestView[] = []
  try {
    while (made.length < copies) {
      io.signal.throwIfAborted()
      const one = await client.requestOnBoard(body)
      made.push(one)
      if (isWatched) tellAsked(one, context)
    }
  } catch (error) {
    if (made.length > 0) io.stderr.write(`asked ${made.length} of ${copies} times: ${idsOf(made).join(' ')}\n`)
    throw error
  }
  return made
}

const idsOf = (requests: readonly BoardRequestView[]): string[] => requests.map(({ id }) => id)

async function listRequests(options: ListOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const limit = wholeOf(options.limit, 'limit')
  const client = await context.client()
  const query = { mine: options.mine === true, ...(limit === undefined ? {} : { limit }) }
  const [requests, { token }] = await Promise.all([client.boardRequests(query), client.info()])
  print(context, requests, () => requestTable(requests, token))
  return EXIT.done
}

async function showRequest(id: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const [request, { token }] = await Promise.all([client.boardRequest(id), client.info()])
  print(context, request, () => requestText(request, token))
  return EXIT.done
}

async function watchRequests(ids: string[], options: CommonOptions, io: Io): Promise<ExitCode> {
  checkIds(ids)
  const context = contextOf(io, options)
  const client = await context.client()
  const { token } = await client.info()
  return watchBoard(client, ids, token, context)
}

async function cancelRequest(id: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const done = await client.refundBoardRequest(id)
  print(context, done, () => `the money is back with who asked (${short(done.transaction)})\n`)
  return EXIT.done
}

async function withdrawCredit(options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const [{ credit }, { token }] = await Promise.all([client.boardCredit(), client.info()])
  const done = await client.withdrawFromBoard()
  print(context, { ...done, credit }, () => `${money(credit, token)} are in the wallet (${short(done.transaction)})\n`)
  return EXIT.done
}

function numbersOf({ callbackGas, turn, turns, timeout, lane }: RequestOptions): Partial<BoardRequestBody> {
  const given = {
    callbackGas: wholeOf(callbackGas, 'callback-gas'),
    turnSec: secondsOf(turn, 'turn'),
    turns: wholeOf(turns, 'turns'),
    timeoutSec: secondsOf(timeout, 'timeout'),
    lane: wholeOf(lane, 'lane')?.toString()
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function wholeOf(text: string | undefined, field: string): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidInputError(`--${field}: expected a whole number`, {
    field,
    value: text,
    remedy: 'write digits alone'
  })
}
