import { z } from 'zod'
import { uint } from '../../../protocols/common/values.ts'
import { priceView } from './market.ts'
import { amountText, capacity, gpu, id, line, settlementKind, time, token } from './parts.ts'

export const peerView = z.object({
  id,
  addrs: z.array(line),
  direction: z.enum(['inbound', 'outbound']),
  /** how it is connected: by a connection of its own, or through a relay */
  path: z.enum(['direct', 'relayed']),
  account: id.optional(),
  /** what the peer says of itself; "provider" also when it has an offer in the book */
  roles: z.array(z.string().max(16)),
  agent: line.optional(),
  rttMs: z.number().min(0).optional(),
  connectedAt: time
})
/** A node that this one is connected to. */
export type PeerView = z.output<typeof peerView>

const engineView = z.object({
  kind: z.string().max(32),
  available: z.boolean(),
  version: line.optional(),
  reason: line.optional(),
  remedy: line.optional(),
  /** it runs, but something is not as it could be */
  warning: line.optional()
})
/** What the machine is, and why it gives less than it has. */
const hostView = z.object({
  cpuModel: line,
  cpus: uint,
  memoryBytes: uint,
  diskFreeBytes: uint,
  gpus: z.array(gpu.extend({ id })),
  gpuDriver: z.string().max(64).optional(),
  problems: z.array(z.object({ what: line, remedy: line }))
})

/** How others reach a node. `open`: by dialling it; `closed`: not at all; `unknown`: nobody was there to ask. */
const reachView = z.object({
  status: z.enum(['open', 'relayed', 'closed', 'unknown']),
  /** addresses at which it answered members that dialled it */
  openAt: z.array(line),
  /** where the outside sees it, when that is none of its own addresses */
  seenAs: line.optional(),
  nat: z.enum(['none', 'steady', 'changing', 'unknown']),
  /** peer ids of relays that keep a place for it */
  relays: z.array(id),
  punched: z.object({ worked: uint, failed: uint }),
  /** what it relays for others */
  relaying: z.object({ reservations: uint, circuits: uint }).optional(),
  /** all of it as a sentence, and what to do */
  ok: z.boolean(),
  what: line,
  remedy: line.optional()
})
export type ReachView = z.output<typeof reachView>

/** A mediator in short; `stake` and `risk` are sums over its seats. */
const judgeView = z.object({
  seats: uint,
  stake: amountText,
  risk: amountText,
  open: uint,
  judged: uint,
  earned: amountText,
  lost: amountText
})
export const nodeInfo = z.object({
  version: z.string().max(64),
  peerId: id,
  account: id,
  addrs: z.array(line),
  roles: z.array(z.string().max(16)),
  network: z.object({ id, name: line, chainId: uint, settlement: settlementKind }),
  token,
  engines: z.array(engineView),
  host: hostView.optional(),
  capacity: capacity.optional(),
  free: capacity.optional(),
  price: priceView.optional(),
  /** of a mediator on a network with a court */
  judge: judgeView.optional(),
  /** facts in this node's book */
  book: z.object({ offers: uint, jobs: uint }),
  peers: uint,
  reach: reachView,
  /** where a node with the role faucet serves its page and API */
  faucet: line.optional(),
  storage: z.object({ usedBytes: uint, quotaBytes: uint }),
  rssBytes: uint,
  dataDir: z.string().max(4096),
  startedAt: time,
  /** what is wrong, with what to do about it */
  warnings: z.array(z.object({ message: line, remedy: line.optional() }))
})
/** Who a node is, what it offers, how full it is and what is wrong with it. Sizes in bytes, CPU in thousandths of a core, times unix ms. */
export type NodeInfo = z.output<typeof nodeInfo>

export const errorView = z.object({
  /** of an HTTP answer */
  status: z.int().min(400).max(599),
  /** of a command that ends with it */
  exitCode: uint,
  meaning: line,
  remedy: line
})
