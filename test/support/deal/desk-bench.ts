import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { pino } from 'pino'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import type { AbortOptions } from '../../../node/components.ts'
import { sqliteJournal } from '../../../node/journal/sqlite-journal.ts'
import type { Host } from '../../../node/network/host.ts'
import { factVerifier, type NodeIdentity, nodeIdentity } from '../../../node/network/identity.ts'
import { MachineRunner } from '../../../node/roles/machine-runner.ts'
import { evidence } from '../../../node/roles/provider/evidence.ts'
import { FrontDesk } from '../../../node/roles/provider/front-desk.ts'
import { RoomKeeper } from '../../../node/roles/provider/room-keeper.ts'
import { type NoneComponents, noneSettlement } from '../../../node/settlement/none/index.ts'
import type { Settlement } from '../../../node/settlement/settlement.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { type Hex, toHex } from '../../../protocols/common/values.ts'
import { decodeRefusal, type Propose, type RefusalBody, type Reply } from '../../../protocols/deal/messages.ts'
import {
  beginProvider,
  holdsRoom,
  PROVIDER_DONE,
  type ProviderEffect,
  type ProviderEvent,
  type ProviderState,
  stepProvider
} from '../../../protocols/deal/provider-machine.ts'
import { makeTerms } from '../../../protocols/deal/terms.ts'
import { derive } from '../../../protocols/job/derive.ts'
import { encodeSpec } from '../../../protocols/job/encode-spec.ts'
import type { JobSpec } from '../../../protocols/job/schema.ts'
import { ask } from '../../../protocols/matching/ask.ts'
import type { JobInput, OfferInput } from '../../../protocols/matching/input.ts'
import { encodeFact, factDigest, makeFact } from '../../../protocols/offers/fact.ts'
import { peerIdText } from '../../../protocols/offers/peer-key.ts'
import { roundAt } from '../../../protocols/offers/round.ts'
import type { Fact, JobOffer, ResourceOffer } from '../../../protocols/offers/schema.ts'
import type { Cleanup } from '../hosts.ts'
import { ALL_WELCOME, noopSpec, resourceOffer } from './proposal.ts'

export const NETWORK = 'lab'
const ROUND_MS = 250
const CERTIFICATE = new Uint8Array(8)

/** Time that a test moves; an alarm rings when its time has come. */
export class HandClock {
  #nowMs = 1_800_000_000_000
  #alarms: { atMs: number; work: () => void }[] = []

  nowMs = (): number => this.#nowMs

  alarm = (delayMs: number, work: () => void): (() => void) => {
    const entry = { atMs: this.#nowMs + delayMs, work }
    this.#alarms.push(entry)
    return () => {
      this.#alarms = this.#alarms.filter(a => a !== entry)
    }
  }

  advance(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const next = this.#alarms.filter(a => a.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined) break
      this.#alarms = this.#alarms.filter(a => a !== next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.work()
    }
    this.#nowMs = untilMs
  }

  get round(): number {
    return roundAt(this.#nowMs, ROUND_MS)
  }

  get roundMs(): number {
    return ROUND_MS
  }
}

/** Somebody with both keys, who signs with them. */
export interface Party {
  identity: NodeIdentity
  settlement: Settlement
}

export function party(clock: HandClock, journal: NoneComponents['journal'] = noBooks()): Party {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
  const peer = peerIdText(toHex(raw))
  const host = { peerId: { toString: () => peer }, dialableAddrs: () => [] } as unknown as Host
  const account = privateKeyToAccount(generatePrivateKey())
  const nowSec = (): number => Math.floor(clock.nowMs() / 1000)
  const settlement = noneSettlement({ network: NETWORK })({ account, journal, nowSec })
  return { identity: nodeIdentity(host, new Uint8Array(seed), account), settlement }
}

/** Books of somebody who never opens a deal. */
const noBooks = (): NoneComponents['journal'] => ({
  getValue: () => undefined,
  setValue: () => undefined,
  deleteValue: () => undefined,
  transaction: work => work()
})

export interface DeskInitInTest {
  capacity: ResourceOffer['capacity']
  maxJobs?: number
  maxUnopened?: number
  price?: Partial<ResourceOffer['price']>
  allow?: `0x${string}`[]
  /** a data directory that a provider before had */
  dir?: string
  /** what its own book knows of others */
  knows?: Fact<ResourceOffer>[]
}

/** The real desk, room, journal, provider machine and signatures; only what a deal does after the agreement is left out. */
export class DeskProvider {
  readonly dir: string
  readonly input: OfferInput
  readonly fact: Fact<ResourceOffer>
  readonly desk: FrontDesk
  readonly room: RoomKeeper
  readonly peer: string
  readonly clock: HandClock
  /** deals in the order in which they were agreed */
  readonly agreed: Hex[] = []
  readonly runner: MachineRunner<ProviderState, ProviderEvent, ProviderEffect>
  draining = false

  /** another offer of this provider, such as the one before: the desk does not know it */
  readonly makeOffer: (changes: Partial<ResourceOffer>) => Promise<Fact<ResourceOffer>>

  private constructor(
    clock: HandClock,
    dir: string,
    fact: Fact<ResourceOffer>,
    { identity, settlement }: Party,
    init: DeskInitInTest
  ) {
    this.clock = clock
    this.dir = dir
    this.fact = fact
    this.peer = identity.peer
    this.makeOffer = async changes =>
      makeFact({ ...fact.body, ...changes }, await identity.bind(NETWORK, clock.nowMs()), identity.sign)
    this.input = { id: factDigest(fact), offer: fact.body }
    const journal = sqliteJournal({ path: join(dir, 'journal.db') })
    journal.start()
    this.stop = () => journal.stop()
    this.runner = new MachineRunner(
      {
        kind: 'provider-deal',
        begin: event => beginProvider(event as Extract<ProviderEvent, { type: 'agreed' }>),
        step: stepProvider,
        perform: async () => undefined,
        isDone: state => PROVIDER_DONE.includes(state.phase),
        onChange: () => this.desk.review(),
        onError: () => undefined
      },
      journal,
      clock.nowMs
    )
    const live = (): ProviderState[] => this.runner.live().map(([, state]) => state)
    const { maxJobs = 1_000, maxUnopened = 1_000, allow = [] } = init
    this.room = new RoomKeeper({ maxJobs, maxUnopened }, { journal, clock, capacity: () => init.capacity, live })
    this.desk = new FrontDesk(
      { roundMs: ROUND_MS, admission: { ...ALL_WELCOME, creators: { allow, deny: [] } } },
      {
        identity,
        settlement,
        offers: { find: id => (fact.id.equals(id) ? { id, body: fact.body } : undefined), refusedFor: () => undefined },
        clock,
        alarm: clock.alarm,
        termsTime: async () => Math.floor(clock.nowMs() / 1000),
        courtTerms: () => Promise.reject(new Error('no court here')),
        log: pino({ level: 'silent' }),
        verifyFact: factVerifier(NETWORK, clock).verify,
        evidence: evidence(
          { roundMs: ROUND_MS },
          { book: { live: () => init.knows ?? [] } as never, clock, account: identity.account, offer: () => fact }
        )
      },
      {
        get: id => this.runner.get(id),
        closed: () => (this.draining ? 'closed' : undefined),
        agree: state => {
          this.runner.begin(state.dealId, { type: 'agreed', state })
          this.agreed.push(state.dealId)
        }
      },
      this.room
    )
    this.runner.start()
  }

  static async start(cleanup: Cleanup, clock: HandClock, init: DeskInitInTest): Promise<DeskProvider> {
    const dir = init.dir ?? (await cleanup.dir())
    const who = party(clock)
    const body = resourceOffer({
      account: who.identity.account,
      fromRound: clock.round,
      untilRound: clock.round + 14_000,
      capacity: init.capacity,
      free: init.capacity,
      price: { perJob: 100n, perCpuHour: 0n, perGiBHour: 0n, perDiskGiBHour: 0n, perGpuHour: 0n, ...init.price }
    })
    const fact = await makeFact(body, await who.identity.bind(NETWORK, clock.nowMs()), who.identity.sign)
    const provider = new DeskProvider(clock, dir, fact, who, init)
    cleanup.add(async () => provider.stop())
    return provider
  }

  readonly stop: () => void

  /** The work of a deal is over: its room is free. */
  finish(dealId: Hex): void {
    this.runner.dispatch(dealId, { type: 'prepareFailed', reason: 'the test ends it' })
  }

  /** What the journal says is taken. */
  reserved(): ProviderState[] {
    return this.runner.live().flatMap(([, state]) => (holdsRoom(state) ? [state] : []))
  }
}

/** A creator with jobs, its proposals made as node/roles/creator makes them. */
export class DeskCreator {
  readonly #who: Party
  readonly #clock: HandClock
  #nonces = 0

  constructor(clock: HandClock) {
    this.#clock = clock
    this.#who = party(clock)
  }

  get account() {
    return this.#who.identity.account
  }

  async job(
    resources: Partial<JobSpec['resources']>,
    changes: Partial<JobOffer> & { timeoutMs?: number } = {}
  ): Promise<DeskJob> {
    const { timeoutMs = 60_000 } = changes
    const spec = noopSpec({ resources: { ...noopSpec().resources, ...resources }, timeoutMs })
    const { identity } = this.#who
    const body: JobOffer = {
      type: 'job',
      version: 1,
      network: NETWORK,
      account: identity.account,
      fromRound: this.#clock.round,
      untilRound: this.#clock.round + 14_000,
      nonce: toHex(sha256(Buffer.from(`${identity.account} ${this.#nonces++}`))),
      spec: encodeSpec(spec).cid,
      needs: derive(spec),
      bid: 10_000_000n,
      tip: 0n,
      policy: 'none',
      replicas: 1,
      constraints: { labels: {}, allow: [], deny: [] },
      addrs: [],
      ...changes,
      timeoutMs
    }
    const fact = await makeFact(body, await identity.bind(NETWORK, this.#clock.nowMs()), identity.sign)
    return { fact, spec, input: { id: factDigest(fact), offer: body } }
  }

  async proposal({ fact, spec, input }: DeskJob, to: DeskProvider, options: Asking = {}): Promise<Propose> {
    const { settlement } = this.#who
    const { hold = false, certificate = CERTIFICATE } = options
    const deal = makeTerms({
      job: toHex(input.id),
      spec: toHex(input.offer.spec.multihash.digest),
      certificate: toHex(sha256(certificate)),
      creator: this.account,
      provider: to.fact.body.account,
      price: ask(input.offer, to.fact.body) + input.offer.tip,
      offerTerms: to.fact.body.terms,
      timeoutMs: input.offer.timeoutMs,
      nonce: BigInt(input.offer.nonce),
      openBefore: Math.floor(this.#clock.nowMs() / 1000) + 120
    })
    return {
      type: 'propose',
      jobOffer: encodeFact(fact),
      spec: encodeSpec(spec).bytes,
      certificate,
      offer: to.fact.id,
      deal,
      signature: await settlement.signDeal(deal),
      ...(hold ? { hold: true as const } : {})
    }
  }

  /** What the provider says, in the end. */
  async propose(job: DeskJob, to: DeskProvider, options: AbortOptions & Asking = {}): Promise<Said> {
    return said(await to.desk.answer(await this.proposal(job, to, options), this.#who.identity.peer, options))
  }
}

export interface Asking {
  hold?: boolean
  certificate?: Uint8Array
}

export interface DeskJob {
  fact: Fact<JobOffer>
  spec: JobSpec
  input: JobInput
}

export type Said = { agreed: true } | ({ agreed: false } & RefusalBody)

export function said(reply: Reply): Said {
  if (reply.type === 'agree') return { agreed: true }
  if (reply.type === 'refuse') return { agreed: false, ...decodeRefusal(reply.refusal.body) }
  throw new Error(`a desk does not say "${reply.type}"`)
}
