import { type Majority, majorityOf } from '../../protocols/board/majority.ts'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import type { BoardRequestView } from '../http/views.ts'
import { fields, money, short, type TokenView } from './text.ts'

/** Several requests for one job, and what a majority of their agents came to. */
export interface BoardMajority {
  state: Majority['state']
  /** of the run that they agree on */
  digest?: string
  agents?: string[]
  /** undefined where the program did not end by itself */
  exitCode?: number
  outcome?: string
  /** CID of the manifest of one of them */
  manifest?: string
  requests: BoardRequestView[]
}

/** As many as the example contract takes; an odd number, so that two halves cannot be equal. */
const COPIES = [3, 5, 7]
const MAX_COPIES = 7

export function checkCopies(text: string): number {
  const copies = COPIES.find(n => String(n) === text)
  if (copies !== undefined) return copies
  throw new InvalidInputError('--copies: expected 3, 5 or 7', {
    field: 'copies',
    value: text,
    limit: COPIES.join(', '),
    remedy: 'give 3, 5 or 7, or leave it out to ask once'
  })
}

/** Each is looked at again and again. */
export function checkIds(ids: readonly string[]): void {
  if (ids.length <= MAX_COPIES) return
  throw new InvalidInputError(`expected at most ${MAX_COPIES} requests`, {
    field: 'id',
    value: ids.length,
    limit: String(MAX_COPIES)
  })
}

/** @throws InvalidInputError where they are not requests for one job, or one is there twice */
export function boardMajority(requests: BoardRequestView[]): BoardMajority {
  const [first] = requests
  const other = requests.find(({ spec }) => spec !== first?.spec)
  if (other !== undefined)
    throw new InvalidInputError(`${other.id}: a request for another job than ${first?.id}`, {
      field: 'id',
      value: other.id
    })
  if (new Set(requests.map(({ id }) => id)).size !== requests.length)
    throw new InvalidInputError('one request is there twice', { field: 'id' })
  const answers = requests.flatMap(({ result }) => (result === undefined ? [] : [result]))
  const open = requests.filter(({ state, expired }) => state === 'open' && !expired)
  const majority = majorityOf(requests.length, open.length, answers)
  if (majority.state !== 'decided') return { ...majority, requests }
  const chosen = answers.find(({ digest }) => digest === majority.digest)
  return {
    ...majority,
    ...(chosen?.exitCode === undefined ? {} : { exitCode: chosen.exitCode }),
    ...(chosen === undefined ? {} : { outcome: chosen.outcome, manifest: chosen.manifest }),
    requests
  }
}

export function majorityText(majority: BoardMajority, token: TokenView): string {
  const { requests, agents } = majority
  const spent = requests.flatMap(r => (r.result === undefined ? [] : [BigInt(r.result.charge) + BigInt(r.fee)]))
  return fields({
    majority: majority.state,
    requests: requests.map(r => `${r.id.slice(0, 10)} ${saidBy(r)}`).join(', '),
    agents:
      agents === undefined ? undefined : `${agents.length} of ${requests.length}: ${agents.map(short).join(', ')}`,
    paid: money(spent.reduce((sum, amount) => sum + amount, 0n).toString(), token),
    exit: majority.outcome === undefined ? undefined : String(majority.exitCode ?? majority.outcome),
    digest: majority.digest,
    result: majority.manifest
  })
}

function saidBy({ state, expired, result }: BoardRequestView): string {
  if (result === undefined) return expired ? 'expired' : state
  return `${result.digest.slice(0, 10)} by ${short(result.agent)}`
}
