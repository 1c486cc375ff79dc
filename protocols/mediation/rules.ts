/** The constants of the court contract (docs/court.md): what no deployment changes. */
export const COURT_RULES = {
  /** positions tried by one call of `draw` */
  probesPerCall: 48,
  /** positions tried for one round */
  probesPerRound: 960,
  rearms: 3,
  /** rounds are 0, 1 and 2 */
  lastRound: 2,
  /** what a wrong or absent seat loses, in seat fees: so much of its stake must be free when it is drawn */
  riskFees: 3n,
  /** what a member that declines loses, in seat fees */
  declineFees: 1n
} as const

/** Seats of a round: 3, 7, 15. */
export function sizeOf(round: number): number {
  return (4 << round) - 1
}

/** Seats of a round that must agree: 2, 4, 8. Those that did not vote count against. */
export function majorityOfSize(round: number): number {
  return Math.floor(sizeOf(round) / 2) + 1
}
