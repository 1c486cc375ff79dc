import type { Command } from 'commander'
import { InvalidInputError } from '../../../protocols/common/errors.ts'
import type { SeatView } from '../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { fields, money, short, type TokenView, table, when } from '../text.ts'
import type { Finish } from './types.ts'

interface ListOptions extends CommonOptions {
  mine?: boolean
}

export function listCommand(io: Io, finish: Finish): Command {
  return nodeCommand('list', 'who judges disputes here', ['dcn seat list', 'dcn seat list --mine'])
    .option('--mine', "only this node's")
    .action((options: ListOptions) => finish(listSeats(options, io), options))
}

export function takeCommand(io: Io, finish: Finish): Command {
  return nodeCommand('take', 'stake for one more seat of this node', ['dcn seat take']).action(
    (options: CommonOptions) => finish(takeSeat(options, io), options)
  )
}

export function leaveCommand(io: Io, finish: Finish): Command {
  return nodeCommand('leave', 'give a seat back; call it again when its delay is over', ['dcn seat leave 4'])
    .argument('<seat>', 'number of the seat')
    .action((seat: string, options: CommonOptions) => finish(leaveSeat(seat, options, io), options))
}

export function statusCommand(io: Io, finish: Finish): Command {
  return nodeCommand('status', "this node's seats, and what came of them", ['dcn seat status']).action(
    (options: CommonOptions) => finish(seatStatus(options, io), options)
  )
}

export async function listSeats(options: ListOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const [all, { token }] = await Promise.all([client.seats(), client.wallet()])
  const seats = options.mine === true ? all.filter(seat => seat.mine) : all
  print(context, seats, () => seatTable(seats, token))
  return EXIT.done
}

export async function takeSeat(options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const seat = await client.takeSeat()
  const { token } = await client.wallet()
  print(context, seat, () => seatTable([seat], token))
  return EXIT.done
}

export async function leaveSeat(text: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  if (!/^\d{1,10}$/.test(text)) {
    throw new InvalidInputError('expected the number of a seat', {
      field: 'seat',
      value: text,
      remedy: 'see them with "dcn seat list --mine"'
    })
  }
  const context = contextOf(io, options)
  const client = await context.client()
  const answer = await client.leaveSeat(Number(text))
  const { token } = await client.wallet()
  print(context, answer, () =>
    answer.left
      ? `left seat ${answer.seat.seat}; ${money(answer.seat.stake, token)} are free again\n`
      : `nothing new draws seat ${answer.seat.seat}; its stake is free from ${when(answer.seat.leavesAt ?? 0)} on: say "dcn seat leave ${answer.seat.seat}" again then\n`
  )
  return EXIT.done
}

export async function seatStatus(options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const [mediator, { token }] = await Promise.all([client.mediator(), client.wallet()])
  const { open, judging, judged, declined, earned, lost } = mediator
  print(
    context,
    mediator,
    () =>
      seatTable(mediator.seats, token) +
      fields({
        open: `${open} disputes, ${judging} jobs run now`,
        judged: `${judged}, ${declined} declined`,
        earned: money(earned, token),
        lost: money(lost, token)
      })
  )
  return EXIT.done
}

function seatTable(seats: readonly SeatView[], token: TokenView): string {
  return table(
    ['SEAT', 'OWNER', 'MINE', 'JUDGES', 'STAKE', 'AT RISK', 'FROM', 'LEAVES'],
    seats.map(seat => [
      String(seat.seat),
      short(seat.owner),
      seat.mine ? 'yes' : '',
      seat.engines.join(', '),
      money(seat.stake, token),
      money(seat.risk, token),
      when(seat.from),
      seat.leavesAt === undefined ? '-' : when(seat.leavesAt)
    ]),
    'no seats'
  )
}
