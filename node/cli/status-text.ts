import type { NodeStatus } from '../http/views.ts'
import { clean, cores, fields, short, size, table, when } from './text.ts'

type Provider = NonNullable<NodeStatus['provider']>

const STATES: Record<Provider['state'], string> = {
  open: 'takes work',
  drained: 'drained: takes no new work until "dcn node resume" or a restart',
  closed: 'outside its hours: takes no new work',
  stopping: 'stopping'
}

/** What a node does now, as a person reads it. */
export function statusText(status: NodeStatus, nowMs: number): string {
  const { provider, chain, storage, jobs } = status
  const about = fields({
    node: `${status.version}, ${status.roles.join(', ')} on ${status.network}`,
    up: `${lasting(status.upMs)} (since ${when(status.startedAt)})`,
    ...(provider === undefined ? {} : providerFields(provider, nowMs)),
    judging: status.judging,
    jobs:
      Object.entries(jobs)
        .map(([state, count]) => `${count} ${state}`)
        .join(', ') || 'none under way',
    peers: status.peers,
    offers: status.offers,
    storage: `${size(storage.usedBytes)} of ${size(storage.quotaBytes)}`,
    chain: chain === undefined ? undefined : chainText(chain),
    memory: size(status.rssBytes)
  })
  const warnings = status.warnings.map(({ message, remedy }) => {
    const advice = remedy === undefined ? '' : `  ${clean(remedy)}\n`
    return `warning: ${clean(message)}\n${advice}`
  })
  return `${about}${provider === undefined ? '' : runningTable(provider)}${warnings.join('')}`
}

function providerFields(provider: Provider, nowMs: number): Record<string, string | undefined> {
  const { state, schedule, changesAt, capacity, free, settling, waiting, running } = provider
  const change = changesAt === undefined ? '' : `, changes in ${lasting(changesAt - nowMs)}`
  return {
    work: STATES[state],
    hours: schedule === undefined ? undefined : `${schedule}${change}`,
    deals: `${running.length} running, ${settling} settling, ${waiting} asking`,
    cores: used(free?.cpuMillis, capacity?.cpuMillis, cores),
    room: used(free?.memoryBytes, capacity?.memoryBytes, size),
    disk: used(free?.diskBytes, capacity?.diskBytes, size),
    gpus: capacity?.gpus.length ? used(free?.gpus.length, capacity.gpus.length, String) : undefined
  }
}

function used(free: number | undefined, all: number | undefined, show: (n: number) => string): string | undefined {
  return free === undefined || all === undefined ? undefined : `${show(free)} free of ${show(all)}`
}

function runningTable({ running }: Provider): string {
  if (running.length === 0) return ''
  const rows = running.map(job => [
    short(job.deal),
    job.engine,
    job.phase,
    short(job.creator),
    cores(job.cpuMillis),
    size(job.memoryBytes),
    job.leftMs === undefined ? `${lasting(job.timeLimitMs)} at most` : `${lasting(job.leftMs)} left`
  ])
  return `\n${table(['DEAL', 'ENGINE', 'STEP', 'CREATOR', 'CORES', 'MEMORY', 'TIME'], rows, '')}`
}

function chainText({ headAt, lagMs, error }: NonNullable<NodeStatus['chain']>): string {
  if (error !== undefined) return `does not answer: ${error}`
  return headAt === undefined ? 'unknown' : `newest block ${when(headAt)}, ${lasting(lagMs ?? 0)} ago`
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1]
] as const

/** The two largest units: `2 h 5 min`. */
export function lasting(ms: number): string {
  let left = Math.max(0, Math.round(ms / 1000))
  const parts: string[] = []
  for (const [name, seconds] of UNITS) {
    const count = Math.floor(left / seconds)
    left -= count * seconds
    if (count > 0) parts.push(`${count} ${name}`)
  }
  return parts.slice(0, 2).join(' ') || '0 s'
}
