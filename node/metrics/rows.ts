import type { NodeStatus } from '../http/views.ts'
import { byLabel, type MetricRow, type Reading } from './row.ts'
import type { MetricSources } from './sources.ts'

const tokens = (units: bigint, decimals: number): number => Number(units) / 10 ** decimals

type Provider = NonNullable<NodeStatus['provider']>
/** Of a provider alone. */
const ofProvider =
  (read: (provider: Provider) => Reading): MetricRow['read'] =>
  async sources => {
    const { provider } = await sources.status()
    return provider === undefined ? undefined : read(provider)
  }

/** The resources of an offer, with their base units. */
const room = ({ cpuMillis, memoryBytes, diskBytes, gpus }: NonNullable<Provider['free']>): Record<string, number> => ({
  cpu_cores: cpuMillis / 1000,
  memory_bytes: memoryBytes,
  disk_bytes: diskBytes,
  gpus: gpus.length
})

const NODE: readonly MetricRow[] = [
  {
    name: 'dcn_node_info',
    help: 'Always 1; what the node is, in its labels',
    labels: ['version', 'network', 'roles'],
    async read({ status, network }) {
      const { version, roles } = await status()
      return [{ labels: { version, network, roles: roles.join(',') }, value: 1 }]
    }
  },
  {
    name: 'dcn_node_start_time_seconds',
    help: 'When the node started, unix time',
    read: async ({ status }) => (await status()).startedAt / 1000
  },
  {
    name: 'dcn_node_ready_check',
    help: 'Whether a check of /ready passes: 1 or 0',
    labels: ['check'],
    async read({ readiness }) {
      const { checks } = await readiness()
      return checks.map(({ name, ok }) => ({ labels: { check: name }, value: ok ? 1 : 0 }))
    }
  },
  {
    name: 'dcn_node_warnings',
    help: 'Warnings that dcn doctor would show',
    read: async ({ status }) => (await status()).warnings.length
  }
]

const PROVIDER: readonly MetricRow[] = [
  {
    name: 'dcn_provider_open',
    help: 'Whether the provider takes new work: 1 or 0',
    read: ofProvider(({ state }) => (state === 'open' ? 1 : 0))
  },
  {
    name: 'dcn_provider_deals_running',
    help: 'Deals that need this machine, by engine and step',
    labels: ['engine', 'phase'],
    read: ofProvider(({ running }) => {
      const counts = new Map<string, { labels: Record<string, string>; value: number }>()
      for (const { engine, phase } of running) {
        const known = counts.get(`${engine} ${phase}`) ?? { labels: { engine, phase }, value: 0 }
        counts.set(`${engine} ${phase}`, { ...known, value: known.value + 1 })
      }
      return [...counts.values()]
    })
  },
  {
    name: 'dcn_provider_deals_settling',
    help: 'Deals that wait for a review or the chain alone',
    read: ofProvider(({ settling }) => settling)
  },
  {
    name: 'dcn_provider_proposals_waiting',
    help: 'Proposals in hand without an answer',
    read: ofProvider(({ waiting }) => waiting)
  },
  {
    name: 'dcn_provider_deals_ended_total',
    help: 'Deals that ended since the start, by engine and how: settled is paid',
    labels: ['engine', 'end'],
    read: ({ tally }) => tally.deals.list()
  },
  {
    name: 'dcn_provider_capacity',
    help: 'What is offered in all: cores, bytes, GPUs',
    labels: ['resource'],
    read: ofProvider(({ capacity }) => (capacity === undefined ? [] : byLabel('resource', room(capacity))))
  },
  {
    name: 'dcn_provider_free',
    help: 'What of it is free',
    labels: ['resource'],
    read: ofProvider(({ free }) => (free === undefined ? [] : byLabel('resource', room(free))))
  }
]

const JOBS: readonly MetricRow[] = [
  {
    name: 'dcn_creator_jobs',
    help: "The owner's jobs that have not ended, by state",
    labels: ['state'],
    read: async ({ status }) => byLabel('state', (await status()).jobs)
  },
  {
    name: 'dcn_creator_jobs_ended_total',
    help: "The owner's jobs that ended since the start, by engine and state",
    labels: ['engine', 'state'],
    read: ({ tally }) => tally.jobs.list()
  },
  {
    name: 'dcn_mediator_jobs_judging',
    help: 'Jobs that a mediator prepares or runs',
    read: async ({ status }) => (await status()).judging
  }
]

const MONEY: readonly MetricRow[] = [
  {
    name: 'dcn_money_earned_tokens_total',
    help: 'Paid to this provider since the start',
    read: ({ tally, decimals }) => tokens(tally.earned, decimals)
  },
  {
    name: 'dcn_money_spent_tokens_total',
    help: "Paid for the owner's jobs since the start",
    read: ({ tally, decimals }) => tokens(tally.spent, decimals)
  },
  {
    name: 'dcn_money_balance_tokens',
    help: 'Tokens of the account by where they are: wallet, free (in the escrow), locked (in deals), staked (for seats)',
    labels: ['place'],
    async read({ wallet, decimals }) {
      const found = await wallet()
      if (found === undefined) return undefined
      const { wallet: own, free, locked, staked } = found
      const units = Object.entries({ wallet: own, free, locked, staked })
      return byLabel('place', Object.fromEntries(units.map(([place, n]) => [place, tokens(BigInt(n), decimals)])))
    }
  },
  {
    name: 'dcn_money_gas_coins',
    help: "The chain's own coin that transactions are paid with, in units of 10^18",
    async read({ wallet }) {
      const found = await wallet()
      return found === undefined || found.settlement === 'none' ? undefined : tokens(BigInt(found.gas), 18)
    }
  },
  {
    name: 'dcn_chain_up',
    help: 'Whether the chain answers: 1 or 0',
    async read({ status }) {
      const { chain } = await status()
      return chain === undefined ? undefined : Number(chain.error === undefined)
    }
  },
  {
    name: 'dcn_chain_head_age_seconds',
    help: 'Age of the newest block',
    async read({ status }) {
      const { lagMs } = (await status()).chain ?? {}
      return lagMs === undefined ? undefined : lagMs / 1000
    }
  }
]

const VERDICTS = { accept: 'accepted', ignore: 'ignored', reject: 'rejected' } as const
const renamed = (counts: MetricSources['gossip']): Record<string, number> =>
  Object.fromEntries(
    Object.entries(VERDICTS).map(([verdict, name]) => [name, counts[verdict as keyof typeof VERDICTS]])
  )

const NETWORK: readonly MetricRow[] = [
  { name: 'dcn_network_peers', help: 'Connected peers', read: async ({ status }) => (await status()).peers },
  {
    name: 'dcn_market_facts',
    help: 'Live facts in the book, by kind: offers of providers, jobs',
    labels: ['kind'],
    read: async ({ status, jobsInBook }) => byLabel('kind', { offers: (await status()).offers, jobs: jobsInBook() })
  },
  {
    name: 'dcn_gossip_messages_total',
    help: 'Facts gossiped to this node, by verdict: what is rejected counts against its sender',
    labels: ['verdict'],
    read: ({ gossip }) => byLabel('verdict', renamed(gossip))
  },
  { name: 'dcn_sync_sessions_total', help: 'Books compared with neighbours', read: ({ sync }) => sync.sessions },
  { name: 'dcn_sync_failures_total', help: 'Comparisons that failed', read: ({ sync }) => sync.failures },
  {
    name: 'dcn_sync_facts_total',
    help: 'Facts that comparisons brought or took',
    labels: ['direction'],
    read: ({ sync: { received, sent } }) => byLabel('direction', { received, sent })
  }
]

const STORAGE: readonly MetricRow[] = [
  {
    name: 'dcn_storage_used_bytes',
    help: 'What the content store holds',
    read: async ({ status }) => (await status()).storage.usedBytes
  },
  {
    name: 'dcn_storage_quota_bytes',
    help: 'The most it may hold',
    read: async ({ status }) => (await status()).storage.quotaBytes
  },
  {
    name: 'dcn_car_bytes_total',
    help: 'Block bytes of inputs, results and images by /dcn/car/1.0.0',
    labels: ['direction'],
    read: ({ car: { received, sent } }) => byLabel('direction', { received, sent })
  }
]

/** Every metric of a node's own; those of its process come from the library. */
export const METRICS: readonly MetricRow[] = [...NODE, ...PROVIDER, ...JOBS, ...MONEY, ...NETWORK, ...STORAGE]
