import type { BoardRequestView } from '../http/views.ts'
import { fields, money, short, type TokenView, table, when } from './text.ts'

function stateOf({ state, expired }: BoardRequestView): string {
  return expired ? 'expired' : state
}

export function requestTable(requests: readonly BoardRequestView[], token: TokenView): string {
  return table(
    ['REQUEST', 'STATE', 'REQUESTER', 'BID', 'FEE', 'ASKED', 'UNTIL', 'EXIT', 'RESULT'],
    requests.map(r => [
      r.id.slice(0, 10),
      stateOf(r),
      r.mine ? 'this node' : short(r.requester),
      money(r.bid, token),
      money(r.fee, token),
      when(r.createdAt),
      when(r.deadlineAt),
      r.result === undefined ? '-' : String(r.result.exitCode ?? r.result.outcome),
      r.result?.manifest ?? '-'
    ]),
    'nobody asked for a job'
  )
}

export function requestText(r: BoardRequestView, token: TokenView): string {
  const { result } = r
  return fields({
    request: r.id,
    state: stateOf(r),
    requester: r.requester,
    spec: r.spec,
    bid: money(r.bid, token),
    fee: money(r.fee, token),
    until: when(r.deadlineAt),
    callback: r.callback === undefined ? undefined : `${r.callback}${r.callbackFailed ? ' (failed)' : ''}`,
    turns: r.state === 'open' ? r.turns.map(t => `${short(t.owner)} from ${when(t.from)}`).join(', ') : undefined,
    agent: result?.agent,
    deal: result?.deal,
    charge: result === undefined ? undefined : money(result.charge, token),
    exit: result === undefined ? undefined : String(result.exitCode ?? result.outcome),
    result: result?.manifest
  })
}
