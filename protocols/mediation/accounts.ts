/** The part of the court's events that says what became of a seat. */
export type Told =
  | { kind: 'declined'; member: number }
  | { kind: 'undrawn'; round: number }
  | { kind: 'seat-paid' | 'seat-slashed'; seat: number; amount: bigint }
  | { kind: 'finished'; providerWrong: boolean }

export interface SeatAccount {
  providerWrong: boolean
  paid: bigint
  /** the fee of who declined included */
  lost: bigint
  left?: 'declined' | 'excused'
}

const KINDS: ReadonlySet<string> = new Set<Told['kind']>([
  'declined',
  'undrawn',
  'seat-paid',
  'seat-slashed',
  'finished'
])
const isTold = (event: { kind: string }): event is Told => KINDS.has(event.kind)

/** What a dispute that is over came to for one of its members; undefined while its end is not told. */
export function accountOf(
  history: readonly { kind: string }[],
  { member, seat, round }: { member: number; seat: number; round: number }
): SeatAccount | undefined {
  const told = history.filter(isTold)
  const end = told.findLast(event => event.kind === 'finished')
  if (end === undefined) return undefined
  const sum = (kind: 'seat-paid' | 'seat-slashed'): bigint =>
    told.reduce((total, e) => (e.kind === kind && e.seat === seat ? total + e.amount : total), 0n)
  const hasDeclined = told.some(e => e.kind === 'declined' && e.member === member)
  const left = hasDeclined
    ? 'declined'
    : told.some(e => e.kind === 'undrawn' && e.round === round)
      ? 'excused'
      : undefined
  return {
    providerWrong: end.providerWrong,
    paid: sum('seat-paid'),
    lost: sum('seat-slashed'),
    ...(left === undefined ? {} : { left })
  }
}
