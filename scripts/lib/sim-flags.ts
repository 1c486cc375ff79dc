import { parseArgs } from 'node:util'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import { ADVERSARIES, ADVERSARY_NAMES, type AdversaryName } from '../../test/support/market-sim/adversaries.ts'
import { flagName, type MarketOptions } from '../../test/support/market-sim/options.ts'

type NumberName = {
  [K in keyof MarketOptions]-?: NonNullable<MarketOptions[K]> extends number ? K : never
}[keyof MarketOptions]

const NUMBERS: Record<NumberName, string> = {
  nodes: 'honest nodes, 3 to 20,000 [100]',
  seed: 'what the course of events follows from [1]',
  seconds: 'virtual time in which jobs are submitted [30]',
  creators: 'nodes that submit jobs [a tenth, at most 50]',
  providers: 'nodes that offer machines [all others]',
  full: 'nodes that keep a book and sync [all up to 1,000 nodes, else creators + 50]',
  jobs: 'jobs submitted [one per node in 1,000 s, at least 10]',
  lanes: 'lanes by resource class, each in 2^N shards, 0 to 6 [none; 2 without a number]',
  hostilePercent: 'hostile nodes, in percent of the others [20 with an adversary]',
  lossPerMille: 'messages lost; a stream says them again [5]',
  duplicatePerMille: 'messages that arrive twice [5]',
  breakPerMille: 'messages over which a stream breaks [0]',
  crashPerMille: 'steps of a deal after which the process dies [0]',
  failPerMille: 'effects of a deal that fail [0]',
  churnPerMille: 'nodes that leave or crash each second, and come back [0]'
}
const CHOICES = {
  start: ['warm', 'cold'],
  adversary: ADVERSARY_NAMES,
  signatures: ['ed25519', 'hash'],
  bug: ['forgets-reservations']
} as const

export interface SimFlags {
  world: Partial<MarketOptions>
  seeds: number
  wild: boolean
  json: boolean
  help: boolean
  svg?: string
}

const WIDTH = 24
const row = (flag: string, about: string): string => `  ${flag.padEnd(WIDTH)} ${about}`

export const HELP = [
  'npm run sim -- [flags]    plays a market of many nodes in virtual time (docs/simulator.md)',
  '',
  ...Object.entries(NUMBERS).map(([name, about]) => row(`--${flagName(name)} N`, about)),
  row('--start warm|cold', 'standing offers are known, or all are said in the first 5 s [warm]'),
  row('--signatures KIND', 'ed25519, or a cheap hash in its place [hash above 20 nodes]'),
  row('--partition', 'two halves for the middle third of the time'),
  row('--adversary NAME', ADVERSARY_NAMES.join(', ')),
  ...ADVERSARY_NAMES.map((name: AdversaryName) => row('', `${name}: ${ADVERSARIES[name].about}`)),
  row('--bug NAME', 'a deliberate bug: forgets-reservations'),
  row('--seeds N', 'play N seeds, one after the other [1]'),
  row('--wild', 'faults drawn from the seed'),
  row('--json', 'one report a line'),
  row('--svg DIR', 'draw the curves: 10 to --nodes nodes, flat and with lanes'),
  '',
  'npm run sim                                              100 nodes, half a minute',
  'npm run sim -- --nodes 1000 --churn-per-mille 5          a thousand, of which five come and go each second',
  'npm run sim -- --nodes 50 --adversary sybil --json       with ten liars, for a machine to read',
  'npm run sim -- --nodes 10 --wild --seeds 500             five hundred small worlds with everything that goes wrong',
  'npm run sim -- --nodes 10000 --seconds 20 --lanes 2      ten thousand, in lanes',
  'npm run sim -- --nodes 10000 --svg docs/sim              the pictures of docs/simulator.md'
].join('\n')

/** @throws InvalidInputError */
export function readFlags(args: readonly string[]): SimFlags {
  const values = parsed(withDefaultLanes(args))
  const world: Record<string, unknown> = {}
  for (const name of Object.keys(NUMBERS)) {
    const text = values[flagName(name)]
    if (text !== undefined) world[name] = numberOf(name, `${text}`)
  }
  for (const [name, allowed] of Object.entries(CHOICES)) {
    const text = values[name]
    if (text === undefined) continue
    if (!(allowed as readonly string[]).includes(`${text}`)) throw invalid(name, text, allowed.join(', '))
    world[name] = text
  }
  if (values['partition'] === true) world['partition'] = true
  const svg = values['svg']
  return {
    world,
    seeds: values['seeds'] === undefined ? 1 : numberOf('seeds', `${values['seeds']}`),
    wild: values['wild'] === true,
    json: values['json'] === true,
    help: values['help'] === true,
    ...(typeof svg === 'string' ? { svg } : {})
  }
}

/** `--lanes` alone stands for four shards a class. */
function withDefaultLanes(args: readonly string[]): string[] {
  return args.flatMap((arg, i) => (arg === '--lanes' && !/^\d+$/.test(args[i + 1] ?? '') ? [arg, '2'] : [arg]))
}

function parsed(args: string[]): Record<string, string | boolean | undefined> {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const named = [...Object.keys(NUMBERS), ...Object.keys(CHOICES), 'seeds', 'svg'].map(name => [flagName(name), text])
  const flags = ['partition', 'wild', 'json', 'help'].map(name => [name, flag])
  const options = Object.fromEntries([...named, ...flags]) as Record<string, typeof text | typeof flag>
  try {
    return parseArgs({ args, options }).values as Record<string, string | boolean | undefined>
  } catch (error) {
    throw new InvalidInputError(error instanceof Error ? error.message : String(error), { remedy: 'see --help' })
  }
}

function numberOf(field: string, text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text)) throw invalid(field, text, 'a whole number')
  return value
}

function invalid(field: string, value: unknown, limit: string): InvalidInputError {
  return new InvalidInputError(`--${flagName(field)}: expected ${limit}`, { field, value, limit })
}
