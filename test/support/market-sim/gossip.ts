import type { Verdict } from '../../../node/network/gossip.ts'
import { type MaybePromise, whenDone } from '../deal/actor.ts'
import type { World } from '../deal/world.ts'
import type { Net } from './net.ts'
import { links } from './topology.ts'

/** As gossipsub runs in a node: mesh degree, neighbours told of what they may lack, how long it is told. */
const MESH_DEGREE = 6
const LAZY_DEGREE = 6
const HEARTBEAT_MS = 1_000
const GOSSIP_BEATS = 3
/** Messages at least this long are announced to the mesh as not wanted again. */
const ANNOUNCED_FROM_BYTES = 512
/** Sender's peer id, sequence number and signature of the pubsub message, topic, and lengths of the frame. */
const ENVELOPE_BYTES = 170
/** A message id and its length; the frame of a control message. */
const ID_BYTES = 34
const CONTROL_BYTES = 40

/** A message in a topic, and when each node first had it. Nodes share it: nothing in it changes but that. */
export interface Rumour {
  readonly bytes: Uint8Array
  /** ms since the world began, plus one; 0: never */
  readonly seenAtMs: Int32Array
}

/** What the nodes of a topic do with its messages. */
export interface Crowd {
  isUp(node: number): boolean
  /** whether neither has cut the other off */
  isConnected(a: number, b: number): boolean
  /** whether a node looks at what comes from a neighbour, and sends it something */
  trusts(node: number, neighbour: number): boolean
  judge(node: number, bytes: Uint8Array, from: number): MaybePromise<Verdict>
  forwards(node: number, bytes: Uint8Array): boolean
}

/** One gossip topic: a mesh, a seen cache, and what heartbeats tell. */
export class Topic {
  readonly members: readonly number[]
  readonly #world: World
  readonly #net: Net
  readonly #crowd: Crowd
  readonly #nodes: number
  readonly #startMs: number
  readonly #links: ReadonlyMap<number, readonly number[]>
  /** what each node has had since so many heartbeats, newest first */
  readonly #recent = new Map<number, Rumour[][]>()

  constructor(world: World, net: Net, crowd: Crowd, nodes: number, members: readonly number[]) {
    this.#world = world
    this.#net = net
    this.#crowd = crowd
    this.#nodes = nodes
    this.#startMs = world.nowMs
    this.members = members
    this.#links = links(world, members, MESH_DEGREE + LAZY_DEGREE)
    for (const node of members) world.after(world.between(0, HEARTBEAT_MS), () => this.#heartbeat(node))
  }

  neighbours(node: number): readonly number[] {
    return this.#links.get(node) ?? []
  }

  /** Says something to every neighbour, or to some members when it is no member itself. */
  publish(node: number, bytes: Uint8Array, to: readonly number[] = this.#listeners(node)): void {
    const rumour = { bytes, seenAtMs: new Int32Array(this.#nodes) }
    this.#see(node, rumour)
    for (const neighbour of to) this.#send(node, neighbour, rumour)
  }

  #listeners(node: number): readonly number[] {
    const own = this.neighbours(node)
    if (own.length > 0 || this.members.length === 0) return own
    return Array.from({ length: MESH_DEGREE }, () => this.#world.pick(this.members))
  }

  /** The neighbours that are there, the first of them the mesh: others take the place of those that left. */
  #meshOf(node: number): number[] {
    const mesh: number[] = []
    for (const neighbour of this.neighbours(node)) {
      if (mesh.length === MESH_DEGREE) break
      if (this.#isPresent(node, neighbour)) mesh.push(neighbour)
    }
    return mesh
  }

  #isPresent(node: number, neighbour: number): boolean {
    const crowd = this.#crowd
    return crowd.isUp(neighbour) && crowd.isConnected(neighbour, node) && crowd.trusts(node, neighbour)
  }

  #send(from: number, to: number, rumour: Rumour): void {
    const size = rumour.bytes.byteLength + ENVELOPE_BYTES
    const delayMs = this.#net.delayMs(from, to)
    if (delayMs === undefined) return
    this.#world.after(delayMs, () => this.#receive(from, to, rumour, size))
  }

  #receive(from: number, to: number, rumour: Rumour, size: number): void {
    if (!this.#crowd.isUp(to) || !this.#crowd.isConnected(from, to)) return
    const isTrusted = this.#crowd.trusts(to, from)
    const isNew = isTrusted && rumour.seenAtMs[to] === 0
    this.#net.meter.count(to, isNew ? 'gossip' : 'duplicates', size)
    if (!isNew) return
    this.#see(to, rumour)
    const mesh = this.#meshOf(to)
    if (rumour.bytes.byteLength >= ANNOUNCED_FROM_BYTES) {
      for (const peer of mesh) this.#net.meter.count(peer, 'control', CONTROL_BYTES + ID_BYTES)
    }
    whenDone(this.#world, this.#crowd.judge(to, rumour.bytes, from), verdict => {
      if (verdict === 'accept' && this.#crowd.forwards(to, rumour.bytes)) this.#forward(to, mesh, from, rumour)
    })
  }

  #see(node: number, rumour: Rumour): void {
    rumour.seenAtMs[node] = this.#sinceStart() + 1
  }

  #forward(node: number, mesh: readonly number[], from: number, rumour: Rumour): void {
    for (const peer of mesh) {
      if (peer !== from && !this.#isUnwanted(node, peer, rumour)) this.#send(node, peer, rumour)
    }
    this.#recentOf(node)[0]?.push(rumour)
  }

  /** Whether the peer's word that it has the message is here by now. No event: what it would say follows from when it got it. */
  #isUnwanted(node: number, peer: number, rumour: Rumour): boolean {
    const seenAtMs = rumour.seenAtMs[peer] ?? 0
    if (seenAtMs === 0 || rumour.bytes.byteLength < ANNOUNCED_FROM_BYTES) return false
    return seenAtMs - 1 + this.#net.leastMs(peer, node) <= this.#sinceStart() && this.#net.reaches(peer, node)
  }

  #sinceStart(): number {
    return this.#world.nowMs - this.#startMs
  }

  #recentOf(node: number): Rumour[][] {
    const known = this.#recent.get(node)
    if (known !== undefined) return known
    const fresh: Rumour[][] = [[]]
    this.#recent.set(node, fresh)
    return fresh
  }

  /** Tells the neighbours outside the mesh what was new lately; they ask for what they lack. */
  #heartbeat(node: number): void {
    this.#world.after(HEARTBEAT_MS, () => this.#heartbeat(node))
    const recent = this.#recent.get(node)
    if (recent === undefined) return
    const told = recent.flat()
    recent.unshift([])
    recent.splice(GOSSIP_BEATS)
    if (told.length === 0 || !this.#crowd.isUp(node)) return
    const size = CONTROL_BYTES + told.length * ID_BYTES
    const present = this.neighbours(node).filter(neighbour => this.#isPresent(node, neighbour))
    for (const peer of present.slice(MESH_DEGREE)) {
      this.#net.send(node, peer, 'control', size, () => this.#ask(peer, node, told))
    }
  }

  #ask(node: number, teller: number, told: readonly Rumour[]): void {
    if (!this.#crowd.isUp(node)) return
    const lacking = told.filter(rumour => rumour.seenAtMs[node] === 0)
    if (lacking.length === 0) return
    this.#net.send(node, teller, 'control', CONTROL_BYTES + lacking.length * ID_BYTES, () => {
      if (this.#crowd.isUp(teller)) for (const rumour of lacking) this.#send(teller, node, rumour)
    })
  }
}
