import type { NodeStatus, ReadinessView, WalletView } from '../http/views.ts'
import type { Tally } from './tally.ts'

/** What the metrics are read from. Each is asked once in a scrape, whatever the number of its metrics. */
export interface MetricSources {
  status(): Promise<NodeStatus>
  readiness(): Promise<ReadinessView>
  /** undefined while the chain does not answer */
  wallet(): Promise<WalletView | undefined>
  /** of the network, for `dcn_node_info` */
  network: string
  tally: Pick<Tally, 'jobs' | 'deals' | 'earned' | 'spent'>
  decimals: number
  gossip: Readonly<Record<'accept' | 'ignore' | 'reject', number>>
  sync: Readonly<{ sessions: number; failures: number; received: number; sent: number }>
  /** bytes of blocks by `/dcn/car/1.0.0` */
  car: Readonly<{ received: number; sent: number }>
  /** facts of jobs in the book */
  jobsInBook(): number
}
