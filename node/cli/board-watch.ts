import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeClient } from '../http/client.ts'
import type { BoardRequestView } from '../http/views.ts'
import { boardMajority, majorityText } from './board-majority.ts'
import { requestText } from './board-text.ts'
import { type Context, print } from './context.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { progressLine } from './progress-line.ts'
import { short, type TokenView, when } from './text.ts'

/** Between two looks at a request that is waited for. */
const LOOK_MS = 1000
/** An agent that is there takes a request within a few blocks: whoever waits longer wants to know what for. */
const IMPATIENT_MS = 5000

/** Said as soon as it is on chain, because it is paid: its id is the way back to it. */
export function tellAsked(request: BoardRequestView, { io, json }: Context): void {
  const { id, transaction } = request
  const by = transaction === undefined ? '' : `  transaction ${transaction}`
  if (json) io.stdout.write(`${JSON.stringify(request)}\n`)
  else io.stderr.write(`request   ${id}${by}\n`)
}

/**
 * Waits until one request is over, or until more than half of several agree or cannot any more: nothing but the chain says when.
 * Ctrl-C leaves them as they are.
 */
export async function watchBoard(
  client: NodeClient,
  ids: readonly string[],
  token: TokenView,
  context: Context
): Promise<ExitCode> {
  const { signal } = context.io
  const line = progressLine(context)
  const since = performance.now()
  let isTold = false
  try {
    for (;;) {
      const requests = await Promise.all(ids.map(id => client.boardRequest(id, { signal })))
      const over = ids.length === 1 ? oneOver(requests, token, context) : severalOver(requests, token, context)
      if (over !== undefined) {
        line.clear()
        over.tell()
        return over.exit
      }
      line.show(`waiting for ${waitingText(requests, Date.now())}`)
      if (!isTold && performance.now() - since >= IMPATIENT_MS) {
        isTold = true
        tellWhy(requests, line.clear, context)
      }
      await sleep(LOOK_MS, undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
    detached(ids, context)
    return EXIT.done
  } finally {
    line.clear()
  }
}

interface Over {
  exit: ExitCode
  tell(): void
}

function oneOver([request]: readonly BoardRequestView[], token: TokenView, context: Context): Over | undefined {
  if (request === undefined || isOpen(request)) return undefined
  const exit = request.state === 'delivered' ? EXIT.done : EXIT.failed
  return { exit, tell: () => print(context, request, () => requestText(request, token)) }
}

function severalOver(requests: BoardRequestView[], token: TokenView, context: Context): Over | undefined {
  const majority = boardMajority(requests)
  if (majority.state === 'open') return undefined
  const exit = majority.state === 'decided' ? EXIT.done : EXIT.failed
  return { exit, tell: () => print(context, majority, () => majorityText(majority, token)) }
}

const isOpen = ({ state, expired }: BoardRequestView): boolean => state === 'open' && !expired

/** Whose turn each open request has, and until when, as far as the node knows: `an agent: turn of 0x…, until …` */
export function waitingText(requests: readonly BoardRequestView[], nowMs: number): string {
  const open = requests.filter(isOpen)
  const [first] = open
  if (first === undefined) return 'the board'
  const count = requests.length === 1 ? 'an agent' : `agents of ${open.length} of ${requests.length} requests`
  return `${count}: ${turnText(first, nowMs)}`
}

function turnText({ turns, deadlineAt }: BoardRequestView, nowMs: number): string {
  const next = turns.findIndex(({ from }) => from > nowMs)
  const now = turns[next < 0 ? turns.length - 1 : next - 1]
  const [first] = turns
  if (first === undefined) return `no seat may serve it; the money can go back after ${when(deadlineAt)} UTC`
  if (now === undefined) return `first turn, of ${short(first.owner)}, from ${when(first.from)} UTC`
  return `turn of ${short(now.owner)}, until ${when(turns[next]?.from ?? deadlineAt)} UTC`
}

function tellWhy(requests: readonly BoardRequestView[], clear: () => void, { io, json }: Context): void {
  if (json) return
  clear()
  io.stderr.write(`nothing yet: ${reasonText(requests)}\nlooking on; Ctrl-C leaves the request as it is\n`)
}

/** What could be the reason that nothing happens: an agent says to nobody what it leaves. */
export function reasonText(requests: readonly BoardRequestView[]): string {
  if (requests.some(request => isOpen(request) && request.turns.length === 0))
    return 'no agent has a seat that was taken before the request ("dcn seat list")'
  return 'agents take it in turns; one whose node is off, or whose least fee (--board-min-fee) is more than this one, lets its turn pass'
}

function detached(ids: readonly string[], { io, json }: Context): void {
  if (json) io.stdout.write(`${JSON.stringify({ event: 'detached', requests: ids })}\n`)
  else
    io.stderr.write(`detached; what was asked for stays asked for. Come back with: dcn board watch ${ids.join(' ')}\n`)
}
