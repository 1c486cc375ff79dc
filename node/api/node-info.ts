import { tokenOf } from '../../protocols/common/network-document.ts'
import { peerText } from '../../protocols/common/peer-text.ts'
import { keyOfPeerId } from '../../protocols/offers/peer-key.ts'
import type { HostFacts } from '../config/host/probe.ts'
import type { NodeInfo } from '../http/views.ts'
import { clockWarning } from '../network/clock-watch.ts'
import { standingWarning } from '../network/network-keeper.ts'
import { capabilitiesOf } from '../roles/seat-keeper.ts'
import { VERSION } from '../version.ts'
import { optional } from './job-view.ts'
import type { NodeApiComponents } from './node-api.ts'
import { priceView } from './offer-view.ts'
import { reachView } from './reach-view.ts'
import { judgeView } from './seats.ts'

export async function nodeInfo(c: NodeApiComponents): Promise<NodeInfo> {
  const nowMs = c.clock.nowMs()
  const offer = c.provider?.offer?.body
  return {
    version: VERSION,
    peerId: c.identity.peer,
    account: c.identity.account,
    addrs: c.identity.addrs(),
    roles: c.config.roles,
    network: {
      id: c.network.id,
      name: c.network.name,
      chainId: c.settlement.domain.chainId,
      settlement: c.settlement.kind
    },
    token: tokenOf(c.network),
    engines: c.reports,
    host: hostView(c.hostFacts),
    ...(offer === undefined ? {} : { capacity: offer.capacity, free: offer.free, price: priceView(offer.price) }),
    ...optional('judge', await judgeView(c)),
    book: { offers: c.book.live(nowMs, 'resource').length, jobs: c.book.live(nowMs, 'job').length },
    peers: c.host.libp2p.getPeers().length,
    reach: reachView(c.reach),
    ...optional('faucet', c.faucetUrl()),
    storage: await c.storage.usage(),
    rssBytes: process.memoryUsage.rss(),
    dataDir: c.config.dataDir,
    startedAt: c.startedAt,
    warnings: warningsOf(c)
  }
}

/** The first node of a network is its own bootstrap peer, and nobody's absence is wrong there. */
export const expectsPeers = ({
  network,
  identity,
  keeper,
  known
}: Pick<NodeApiComponents, 'network' | 'identity' | 'keeper' | 'known'>): boolean =>
  network.bootstrap.some(addr => !addr.includes(`/p2p/${identity.peer}`)) || (!keeper.isOwner && known.all().length > 0)

function hostView({ cpuModel, cpus, memoryBytes, diskFreeBytes, gpus }: HostFacts): NonNullable<NodeInfo['host']> {
  const { devices, driver, problems } = gpus
  return { cpuModel, cpus, memoryBytes, diskFreeBytes, gpus: devices, ...optional('gpuDriver', driver), problems }
}

/** Whoever was revoked while it was off is told nothing but that it is not let in. */
function alone({ host, identity, keeper }: NodeApiComponents): NodeInfo['warnings'][number] {
  const refusals = host.refusals()
  if (refusals === 0) {
    return {
      message: 'no other peer is connected',
      remedy:
        'check that a member runs and can be reached from here, and with the owner of the network that this node is still a member'
    }
  }
  const who = refusals === 1 ? 'a member answers and hangs up' : `${refusals} members answer and hang up`
  return {
    message: `${who} at once: the owner has revoked this node while it was off, or never let it in`,
    remedy: `ask the owner (${peerText(keeper.document.owner)}), who can let it in with: dcn network members add ${identity.peer}`
  }
}

export function warningsOf(c: NodeApiComponents): NodeInfo['warnings'] {
  const warnings: NodeInfo['warnings'] = []
  const outside = standingWarning(c.keeper.document, keyOfPeerId(c.identity.peer))
  if (outside !== undefined) warnings.push(outside)
  if (c.provider !== undefined && !c.reports.some(r => r.available)) {
    warnings.push({
      message: 'this provider has no engine, so no job fits it',
      remedy: 'start a Docker engine, or enable one with --engines js'
    })
  }
  if (c.provider !== undefined) {
    for (const { what, remedy } of c.hostFacts.gpus.problems) warnings.push({ message: what, remedy })
  }
  if (c.config.roles.includes('mediator') && c.settlement.court === undefined) {
    warnings.push({
      message: 'this network has no court, so a mediator has nothing to judge',
      remedy: 'use a network whose escrow has a court (docs/production.md)'
    })
  }
  if (c.host.libp2p.getPeers().length === 0 && expectsPeers(c) && outside === undefined) {
    warnings.push(alone(c))
  }
  const { off } = c.clocks
  if (off !== undefined) warnings.push(clockWarning(off))
  if (c.mediator !== undefined && capabilitiesOf(c.reports.filter(r => r.available).map(r => r.kind)) === 0) {
    warnings.push({
      message: 'this mediator has no engine that it could judge with, and takes no seat',
      remedy: 'add js or wasm to --engines; "dcn doctor" says what an engine lacks'
    })
  }
  return warnings
}
