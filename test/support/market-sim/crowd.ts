import { derive } from '../../../protocols/job/derive.ts'
import { flatLanes, type Lane, type Lanes, resourceLanes } from '../../../protocols/offers/lanes/index.ts'
import type { Fact } from '../../../protocols/offers/schema.ts'
import type { World } from '../deal/world.ts'
import { ADVERSARIES, type Adversary, type Conduct } from './adversaries.ts'
import { AntiEntropy } from './anti-entropy.ts'
import { Topic } from './gossip.ts'
import type { Net } from './net.ts'
import type { MarketOptions } from './options.ts'
import { Peer, type PeerComponents } from './peer.ts'
import { type Person, personOf, verifiers } from './people.ts'
import { FactPool } from './pool.ts'
import type { Spread } from './spread.ts'
import { classOfCreator, isEqual, specOf, templateOf } from './stock.ts'
import { links } from './topology.ts'

const SYNC_DEGREE = 12

/** All nodes, who hears whom, and what lane each reads. */
export interface Crowd {
  peers: readonly Peer[]
  /** honest ones */
  creators: readonly Peer[]
  providers: readonly Peer[]
  hostile: readonly Peer[]
  full: readonly Peer[]
  lanes: Lanes
  verify: ReturnType<typeof verifiers>
  topics: ReadonlyMap<Lane, Topic>
  sync: AntiEntropy
}

export function hostileCount({ nodes, adversary, hostilePercent }: MarketOptions): number {
  return adversary === undefined ? 0 : Math.max(1, Math.round((nodes * hostilePercent) / 100))
}

export function crowdOf(world: World, net: Net, options: MarketOptions, spread: Spread): Crowd {
  const { nodes, creators, providers, full, lanes: shardBits, adversary } = options
  const lanes = shardBits === undefined ? flatLanes : resourceLanes({ shardBits })
  const verify = verifiers(options.signatures)
  const pool = new FactPool()
  const topics = new Map<Lane, Topic>()
  const components: PeerComponents = {
    world,
    pool,
    lanes,
    verify,
    gossip: (lane, node, bytes, to) => topics.get(lane)?.publish(node, bytes, to),
    onBooked: (node, fact) => spread.booked(node, fact)
  }
  const total = nodes + hostileCount(options)
  const people = Array.from({ length: total }, (_, n) => personOf(n, options, world.nowSec))
  const victim = people[victimOf(options)]?.account ?? '0x'
  const kind: Adversary | undefined = adversary === undefined ? undefined : ADVERSARIES[adversary]
  const peers = people.map((person, number) => {
    const conduct: Conduct = number < nodes ? {} : (kind?.conduct(number - nodes, victim) ?? {})
    const isFull = number < full || (number >= nodes && conduct.shares !== undefined)
    return new Peer(
      { number, person, isFull, reads: readsOf(lanes, options, number, person, conduct), conduct },
      components
    )
  })
  for (const peer of peers) net.name(peer.person.address, peer.number)
  for (const lane of lanes.all) topics.set(lane, topicOf(world, net, peers, pool, lane))
  const holders = peers.filter(peer => peer.book !== undefined)
  spread.watch(holders.filter(peer => peer.number < nodes))
  return {
    peers,
    creators: peers.slice(0, creators),
    providers: peers.slice(creators, creators + providers),
    hostile: peers.slice(nodes),
    full: holders,
    lanes,
    verify,
    topics,
    sync: syncOf(world, net, holders, peers, lanes, topics)
  }
}

/** The first provider that asks as little as any. */
export function victimOf({ creators, nodes }: MarketOptions): number {
  for (let n = creators; n < nodes; n++) if (isEqual(n)) return n
  return creators
}

/** Providers read where they offer, creators where they look; others carry a lane each. Who lies reads everything. */
function readsOf(
  lanes: Lanes,
  { creators, providers, nodes }: MarketOptions,
  number: number,
  { account }: Person,
  { undercutsPercent }: Conduct
): ReadonlySet<Lane> {
  const constraints = { labels: {}, allow: [], deny: [] }
  if (number < creators) {
    const needs = derive(specOf(classOfCreator(number, providers), 1))
    return new Set(lanes.lanesFor({ needs, constraints }))
  }
  const isProvider = number < creators + providers || undercutsPercent !== undefined
  if (!isProvider) return new Set(number < nodes ? [lanes.all[number % lanes.all.length] ?? ''] : lanes.all)
  const { capacity } = templateOf(number)
  // the lane follows from capacity and account alone
  return new Set(lanes.lanesOf({ type: 'resource', capacity, account } as Fact['body']))
}

function topicOf(world: World, net: Net, peers: readonly Peer[], pool: FactPool, lane: Lane): Topic {
  const at = (node: number): Peer => peers[node] as Peer
  const members = peers.filter(peer => peer.reads.has(lane)).map(peer => peer.number)
  const crowd = {
    isUp: (node: number) => at(node).up,
    isConnected: (a: number, b: number) => !at(a).shuns(at(b)) && !at(b).shuns(at(a)),
    trusts: (node: number, neighbour: number) => !at(node).graylist.has(at(neighbour).person.address),
    judge: (node: number, bytes: Uint8Array, from: number) => at(node).hear(bytes, at(from)),
    forwards: (node: number, bytes: Uint8Array) => at(node).conduct.forwards?.(pool.decode(bytes)) !== false
  }
  return new Topic(world, net, crowd, peers.length, members)
}

/** Neighbours in gossip are neighbours in sync; where few nodes keep a book, they are connected among themselves. */
function syncOf(
  world: World,
  net: Net,
  full: readonly Peer[],
  peers: readonly Peer[],
  lanes: Lanes,
  topics: ReadonlyMap<Lane, Topic>
): AntiEntropy {
  const isEverybody = full.length === peers.length
  const numbers = full.map(peer => peer.number)
  const own = isEverybody ? undefined : links(world, numbers, SYNC_DEGREE)
  const known = new Map<Peer, Peer[]>()
  const neighboursOf = (peer: Peer): Peer[] => {
    const list = known.get(peer)
    if (list !== undefined) return list
    const inGossip = [...peer.reads].flatMap(lane => topics.get(lane)?.neighbours(peer.number) ?? [])
    const fresh = [...new Set(own?.get(peer.number) ?? inGossip)].map(n => peers[n] as Peer)
    known.set(peer, fresh)
    return fresh
  }
  const lanesOfFact = new WeakMap<Fact, readonly Lane[]>()
  const laneOf = (fact: Fact): readonly Lane[] => {
    const cached = lanesOfFact.get(fact) ?? lanes.lanesOf(fact.body)
    lanesOfFact.set(fact, cached)
    return cached
  }
  const both = (a: Peer, b: Peer) => (fact: Fact) => laneOf(fact).some(lane => a.reads.has(lane) && b.reads.has(lane))
  return new AntiEntropy({
    world,
    net,
    neighbours: peer => neighboursOf(peer).filter(other => other.up && !peer.shuns(other)),
    ...(lanes === flatLanes ? {} : { both })
  })
}
