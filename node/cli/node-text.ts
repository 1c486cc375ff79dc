import type { NodeInfo } from '../http/views.ts'
import { clean, cores, fields, money, size, when } from './text.ts'

/** A node as a person reads it: who it is, where, what it offers and for how much, and what is wrong with it. */
export function nodeText(info: NodeInfo, api: string): string {
  const { network, price, free } = info
  const about = fields({
    version: info.version,
    peer: info.peerId,
    account: info.account,
    roles: info.roles.join(', '),
    network: `${network.name} (${network.settlement === 'evm' ? `chain ${network.chainId}` : 'no chain'})`,
    addresses: info.addrs.join(' ') || 'none',
    engines:
      info.engines.map(e => (e.available ? e.kind : `no ${e.kind} (${e.reason ?? 'unavailable'})`)).join(', ') ||
      undefined,
    free:
      free === undefined
        ? undefined
        : `${cores(free.cpuMillis)} cores, ${size(free.memoryBytes)}, ${free.gpus.length} GPUs`,
    price:
      price === undefined
        ? undefined
        : `${money(price.perJob, info.token)} a job, ${money(price.perCpuHour, info.token)} a core hour`,
    court: info.judge === undefined ? undefined : judgeText(info.judge, info.token),
    book: `${info.book.offers} offers, ${info.book.jobs} jobs`,
    peers: info.peers,
    reach: info.reach.what,
    storage: `${size(info.storage.usedBytes)} of ${size(info.storage.quotaBytes)}`,
    memory: size(info.rssBytes),
    directory: info.dataDir,
    api,
    faucet: info.faucet,
    started: when(info.startedAt)
  })
  const warnings = info.warnings.map(({ message, remedy }) => {
    const advice = remedy === undefined ? '' : `  ${clean(remedy)}\n`
    return `warning: ${clean(message)}\n${advice}`
  })
  return about + warnings.join('')
}

function judgeText(judge: NonNullable<NodeInfo['judge']>, token: NodeInfo['token']): string {
  const { seats, open, judged } = judge
  const stake = `${seats} ${seats === 1 ? 'seat' : 'seats'}, stake ${money(judge.stake, token)}, ${money(judge.risk, token)} at risk`
  return `${stake}; ${open} open, ${judged} judged; earned ${money(judge.earned, token)}, lost ${money(judge.lost, token)}`
}
