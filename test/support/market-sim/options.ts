import { InvalidInputError } from '../../../protocols/common/errors.ts'
import type { AdversaryName } from './adversaries.ts'

/** A deliberate bug, for the test that shows that such a bug is found. */
export type Bug = 'forgets-reservations'

/** A world is these numbers and nothing else: the same numbers, the same course of events. */
export interface MarketOptions {
  nodes: number
  seed: number
  /** virtual time in which jobs are submitted and bytes are counted; afterwards what has begun comes to its end */
  seconds: number
  creators: number
  /** the other nodes offer, as far as this goes; the rest pass messages on */
  providers: number
  /** nodes that keep a book and take part in sync, creators first; the others check and pass on, and offer and work */
  full: number
  jobs: number
  /** warm: the standing offers of the last half hour are in the books; cold: everybody begins in the first five seconds */
  start: 'warm' | 'cold'
  /** undefined: one topic; a number: lanes by resource class, each in 2^lanes shards */
  lanes?: number
  adversary?: AdversaryName
  /** hostile nodes, in percent of the others, on top of them */
  hostilePercent: number
  /** real keys, or a keyed hash in their place */
  signatures: 'ed25519' | 'hash'
  /** of a message, in a thousand: lost (a stream says it again), there twice */
  lossPerMille: number
  duplicatePerMille: number
  /** of a message of a stream: the connection breaks */
  breakPerMille: number
  /** of a step of a machine: the process dies after the journal; of an effect: it fails */
  crashPerMille: number
  failPerMille: number
  /** nodes in a thousand that leave or crash each second, and come back */
  churnPerMille: number
  /** the middle third of the time the network is in two halves */
  partition: boolean
  bug?: Bug
}

/** Beyond it not every node can keep a book of its own: 400 bytes a fact, 10^8 facts. */
const ALL_FULL_UP_TO = 1_000
const OBSERVERS = 50
const MAX_CREATORS = 50
/** A real signature costs 0.1 ms at each node that checks it. */
const REAL_KEYS_UP_TO = 20
/** One job per node in a thousand seconds. */
const JOBS_PER_NODE_SECOND = 1 / 1_000
const MIN_JOBS = 10
const MAX_NODES = 20_000

export function worldOf(given: Partial<MarketOptions> = {}): MarketOptions {
  const { nodes = 100, seconds = 30 } = given
  if (!Number.isInteger(nodes) || nodes < 3 || nodes > MAX_NODES) throw invalid('nodes', nodes, `3 to ${MAX_NODES}`)
  const creators = given.creators ?? Math.min(MAX_CREATORS, Math.max(2, Math.floor(nodes / 10)))
  if (creators < 1 || creators >= nodes) throw invalid('creators', creators, `1 to ${nodes - 1}`)
  const options: MarketOptions = {
    nodes,
    seconds,
    creators,
    seed: 1,
    providers: nodes - creators,
    full: nodes <= ALL_FULL_UP_TO ? nodes : creators + OBSERVERS,
    jobs: Math.max(MIN_JOBS, Math.round(nodes * seconds * JOBS_PER_NODE_SECOND)),
    start: 'warm',
    hostilePercent: given.adversary === undefined ? 0 : 20,
    signatures: nodes <= REAL_KEYS_UP_TO ? 'ed25519' : 'hash',
    lossPerMille: 5,
    duplicatePerMille: 5,
    breakPerMille: 0,
    crashPerMille: 0,
    failPerMille: 0,
    churnPerMille: 0,
    partition: false,
    ...given
  }
  if (options.full < creators || options.full > nodes) throw invalid('full', options.full, `${creators} to ${nodes}`)
  options.providers = Math.min(options.providers, nodes - creators)
  if (options.providers < 1) throw invalid('providers', options.providers, `1 to ${nodes - creators}`)
  return options
}

/** Flags that differ from what the others imply. */
export function flagsOf(options: MarketOptions): string[] {
  const { nodes, seed, seconds, adversary } = options
  const implied = worldOf({ nodes, seed, seconds, ...(adversary === undefined ? {} : { adversary }) })
  const always = ['nodes', 'seed', 'seconds'] as const
  const flags: string[] = always.map(name => `--${name} ${options[name]}`)
  for (const [name, value] of Object.entries(options)) {
    if (always.some(key => key === name) || value === undefined) continue
    if (name !== 'adversary' && implied[name as keyof MarketOptions] === value) continue
    flags.push(value === true ? `--${flagName(name)}` : `--${flagName(name)} ${value}`)
  }
  return flags
}

/** The command that plays a world again. */
export function commandOf(options: MarketOptions): string {
  return `npm run sim -- ${flagsOf(options).join(' ')}`
}

/** `lossPerMille` is `--loss-per-mille`. */
export const flagName = (name: string): string => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

function invalid(field: string, value: number, limit: string): InvalidInputError {
  return new InvalidInputError(`${field}: expected ${limit}`, { field, value, limit })
}
