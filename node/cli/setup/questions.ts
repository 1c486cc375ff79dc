import { DEFAULT_SHARES } from '../../config/capacity.ts'
import type { HostSurvey } from '../../config/host/survey.ts'
import { optionByKey } from '../../config/options.ts'
import { cores, size } from '../text.ts'

/** What was answered, by key of the setting; `way` is whether a network is joined or created. */
export type Answers = Readonly<Record<string, string>>

export interface Question {
  /** key of the setting that it answers */
  key: string
  ask: string
  when?(answers: Answers): boolean
  /** what Enter answers; absent: it cannot be left out. An empty one leaves the setting as it is */
  fallback?(survey: HostSurvey): string | undefined
  /** what the fallback amounts to here */
  means?(survey: HostSurvey): string
}

/** No setting: it decides which of two is asked for. */
export const WAY = 'way'
/** Where the examples have it too. */
const RELAY_LISTEN = '/ip4/0.0.0.0/tcp/4101'

const hasRole = (...roles: readonly string[]) => {
  return ({ roles: given = '' }: Answers): boolean => given.split(/[\s,]+/).some(role => roles.includes(role))
}
const isProvider = hasRole('provider')
const creates = ({ way }: Answers): boolean => way === 'create'
const ofTable = (key: string): string => String(optionByKey.get(key)?.fallback ?? '')
const asUsual = (key: string) => (): string => ofTable(key)
const share = (part: number): string => `${Math.round(part * 100)}%`

/** In the order in which they are asked. */
export const QUESTIONS: readonly Question[] = [
  {
    key: 'roles',
    ask: 'What this node does: provider (runs jobs of others), creator (submits jobs), mediator, relay; several with commas',
    fallback: asUsual('roles')
  },
  {
    key: WAY,
    ask: 'Network: "join" one (or paste its invite dcn1…), or "create" one',
    fallback: () => 'create'
  },
  { key: 'network', ask: 'Invite dcn1…, or a network file', when: ({ way }) => way === 'join' },
  { key: 'init', ask: 'Name of the new network', when: creates, fallback: () => 'lab' },
  {
    key: 'membership',
    ask: 'Who may be in it: open (whoever has the invite), listed (whom you add)',
    when: creates,
    fallback: asUsual('membership')
  },
  {
    key: 'rpc',
    ask: 'RPC address of the chain to settle on; none: both sides of a deal keep books',
    when: creates,
    fallback: () => ''
  },
  {
    key: 'listen',
    ask: 'Where the relay listens: others must reach this port',
    when: hasRole('relay'),
    fallback: () => RELAY_LISTEN
  },
  {
    key: 'engines',
    ask: 'Engines that run jobs of others',
    when: hasRole('provider', 'mediator'),
    fallback: ({ engines }) =>
      engines
        .filter(e => e.available)
        .map(e => e.kind)
        .join(',') || ofTable('engines')
  },
  {
    key: 'offer.cpu',
    ask: 'Cores to offer, or a share',
    when: isProvider,
    fallback: () => share(DEFAULT_SHARES.cpu),
    means: ({ host }) => `${cores(host.cpus * 1000 * DEFAULT_SHARES.cpu)} cores`
  },
  {
    key: 'offer.memory',
    ask: 'Memory to offer, such as 8GiB, or a share',
    when: isProvider,
    fallback: () => share(DEFAULT_SHARES.memory),
    means: ({ host }) => size(host.memoryBytes * DEFAULT_SHARES.memory)
  },
  {
    key: 'offer.disk',
    ask: 'Disk to offer, such as 50GiB, or a share of what is free',
    when: isProvider,
    fallback: () => share(DEFAULT_SHARES.disk),
    means: ({ host }) => size(host.diskFreeBytes * DEFAULT_SHARES.disk)
  },
  {
    key: 'offer.gpu',
    ask: 'GPUs to offer, by number; "none" for none',
    when: isProvider,
    // without a GPU there is nothing to ask
    fallback: ({ host }) => host.gpus.devices.map((_, i) => i).join(',')
  },
  { key: 'prices.perJob', ask: 'Price of a job, in tokens', when: isProvider, fallback: asUsual('prices.perJob') },
  {
    key: 'prices.perCpuHour',
    ask: 'Price of a core for an hour',
    when: isProvider,
    fallback: asUsual('prices.perCpuHour')
  },
  {
    key: 'prices.perGiBHour',
    ask: 'Price of a GiB of memory for an hour',
    when: isProvider,
    fallback: asUsual('prices.perGiBHour')
  },
  {
    key: 'prices.perGpuHour',
    ask: 'Price of a GPU for an hour',
    when: isProvider,
    fallback: asUsual('prices.perGpuHour')
  }
]

/** What only a host with GPUs is asked. */
const OF_GPUS = new Set(['offer.gpu', 'prices.perGpuHour'])

/** Whether a question makes sense after these answers, on this host. */
export function isAsked({ key, when }: Question, answers: Answers, { host }: HostSurvey): boolean {
  if (OF_GPUS.has(key) && host.gpus.devices.length === 0) return false
  return when === undefined || when(answers)
}

/** The question as it stands on the terminal. */
export function promptOf({ ask, fallback, means }: Question, survey: HostSurvey): string {
  const answer = fallback?.(survey)
  if (answer === undefined) return `${ask}: `
  const worth = means === undefined ? '' : ` = ${means(survey)}`
  return `${ask} [${answer === '' ? 'none' : answer}${worth}]: `
}
