import type { Nat } from '../../../protocols/reach/nat.ts'

/** What a node knows of how others reach it. */
export interface ReachFacts {
  /** what members said who were asked to dial this host: whether it answered them */
  answers: readonly { peer: string; open: boolean }[]
  /** addresses at which this host answered somebody */
  openAt: readonly string[]
  /** relays that keep a place for it, by peer id */
  relays: readonly string[]
  nat: Nat
  /** where the outside sees this host, when that is none of its own addresses */
  seenAs?: string
  /** direct connections that came of meetings through a relay, and meetings that failed */
  punched: { worked: number; failed: number }
}

/** `open`: others can dial this host. `relayed`: only through relays. `closed`: nobody can. `unknown`: nobody was there to ask. */
export type ReachStatus = 'open' | 'relayed' | 'closed' | 'unknown'

/** One who cannot dial this host is enough: a neighbour in the same network always can. */
export function statusOf({ answers, relays }: Pick<ReachFacts, 'answers' | 'relays'>): ReachStatus {
  if (answers.length === 0) return relays.length > 0 ? 'relayed' : 'unknown'
  if (answers.every(a => a.open)) return 'open'
  return relays.length > 0 ? 'relayed' : 'closed'
}

export interface ReachVerdict {
  ok: boolean
  what: string
  remedy?: string
}

/** One sentence for a person, and what to do. @param relays short names of the relays */
export function verdictOf(facts: ReachFacts): ReachVerdict {
  const { openAt, relays, seenAs } = facts
  const behind = seenAs === undefined ? 'not reachable from outside' : `behind a NAT, seen as ${seenAs}`
  switch (statusOf(facts)) {
    case 'open':
      return {
        ok: true,
        what: `reachable from ${isHere(openAt) ? 'this host alone,' : 'outside'} at ${openAt.join(', ') || 'its address'}`
      }
    case 'relayed':
      return {
        ok: true,
        what: `${behind}: ${punching(facts)}, else relayed through ${relays.map(short).join(' and ')}`
      }
    case 'closed':
      return {
        ok: false,
        what: `${behind}, and no relay has a place: nobody can reach this host`,
        remedy: CLOSED_REMEDY
      }
    case 'unknown':
      return { ok: true, what: 'whether others can reach this host is not known yet: no member has been asked' }
  }
}

/** Members on the same host dial it over loopback: that says nothing about others. */
const isHere = (addresses: readonly string[]): boolean =>
  addresses.length > 0 && addresses.every(address => /^\/(ip4\/127\.|ip6\/::1\/|dns[46]?\/localhost\/)/.test(address))

const CLOSED_REMEDY =
  'open the TCP port of --listen in the router or firewall and give --announce /ip4/PUBLIC-ADDRESS/tcp/PORT, or run a node with --role relay on a host that all members reach (docs/reachability.md)'

/** What is known of hole punching: what happened counts more than what the translation looks like. */
function punching({ nat, punched }: ReachFacts): string {
  if (punched.worked > 0) return 'hole punching works'
  if (nat === 'changing') return 'hole punching cannot work, its port changes with each peer'
  if (punched.failed > 0) return 'hole punching failed so far'
  return nat === 'steady' ? 'hole punching is likely to work' : 'hole punching is tried'
}

const short = (peer: string): string => `${peer.slice(0, 4)}…${peer.slice(-8)}`
