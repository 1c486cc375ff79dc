import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Journal } from '../../../node/journal/journal.ts'
import { sqliteJournal } from '../../../node/journal/sqlite-journal.ts'
import type { DisputeCase } from '../../../node/roles/disputes.ts'
import { MediatorRole } from '../../../node/roles/mediator/mediator.ts'
import { Shelf } from '../../../node/roles/mediator/shelf.ts'
import type { ReadyRun, SecondRun } from '../../../node/roles/second-run.ts'
import { SealKeyUnavailableError } from '../../../node/sealing/index.ts'
import { hashDeal } from '../../../node/settlement/typed-data.ts'
import { UserError } from '../../../protocols/common/errors.ts'
import { type Address, fromHex, type Hex, toHex } from '../../../protocols/common/values.ts'
import type { Deal } from '../../../protocols/deal/schema.ts'
import { encodeSpec } from '../../../protocols/job/encode-spec.ts'
import { parseSpec } from '../../../protocols/job/parse-spec.ts'
import type { MediatorState } from '../../../protocols/mediation/mediator-types.ts'
import { type CourtFaults, courtOf } from './court-of.ts'
import { challenge, digestNo, type ToyCase, toyCourt } from './toy-case.ts'
import type { ToyCourt } from './toy-court.ts'
import { settled, VirtualTime } from './virtual-time.ts'

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
/** What an honest run of the jobs here comes to. */
export const TRUTH = digestNo(1)

export interface BenchInit extends CourtFaults {
  judgements?: number
  /** bytes under a specification's hash; an error is thrown */
  specBytes?: () => Uint8Array
  prepare?: () => Promise<void>
  run?: (signal: AbortSignal | undefined) => Promise<Partial<SecondRun>>
}

/** One mediator's node over a toy court: its journal is on disk and outlives the role. */
export class JudgeBench {
  readonly time = new VirtualTime()
  readonly court: ToyCourt
  readonly owners: Address[]
  readonly watched: DisputeCase[] = []
  readonly unpinned: string[] = []
  readonly account: Address
  readonly spec = encodeSpec(
    parseSpec({
      engine: { js: { source: 'export default () => 0' } },
      timeout: '20s',
      verify: { policy: { committee: 3 } }
    })
  )
  readonly #dir = mkdtempSync(join(tmpdir(), 'dcn-judge-'))
  readonly #roles = new Set<MediatorRole>()
  readonly #stop = new AbortController()
  readonly journal: Journal
  #nonce = 0n

  /** A court in which this account is drawn for sure: there are three owners. */
  constructor() {
    const { court, owners } = toyCourt(this.time, 3)
    this.court = court
    this.owners = owners
    this.account = owners[0] as Address
    this.journal = this.openJournal('journal')
  }

  openJournal(name: string): Journal {
    const journal = sqliteJournal({ path: join(this.#dir, `${name}.db`) })
    journal.start()
    return journal
  }

  role(init: BenchInit = {}, journal: Journal = this.journal): MediatorRole {
    const { clock } = this.time
    const settlement = {
      court: courtOf(this.court, this.account, init),
      account: this.account,
      dealId: hashDeal,
      now: async () => this.time.nowSec
    }
    const role = new MediatorRole(
      // the test says when time passes
      { judgements: init.judgements ?? 2, drainMs: 0, tickMs: 3_600_000 },
      {
        settlement,
        journal,
        clock,
        log: QUIET,
        storage: { getBlock: async () => init.specBytes?.() ?? this.spec.bytes },
        secondRuns: {
          prepare: async ({ spec, id }) => {
            await init.prepare?.()
            return { spec, id } as ReadyRun
          },
          run: async (_ready, options = {}) => ({
            ...{ outcome: 'exited', wallMs: 10, block: new Uint8Array(), digest: fromHex(TRUTH) },
            ...(await init.run?.(options.signal))
          }),
          cleanUp: async () => undefined
        },
        disputes: { watch: dispute => void this.watched.push(dispute) },
        shelf: new Shelf({
          storage: { unpinAll: async id => void this.unpinned.push(id) },
          journal,
          clock,
          log: QUIET
        }),
        sources: () => [],
        async *askKeys(deal) {
          yield* []
          throw new SealKeyUnavailableError(deal)
        },
        capacity: { memoryBytes: 2 ** 31, diskBytes: 2 ** 34 },
        onMoved: () => {},
        onChange: () => {}
      }
    )
    this.#roles.add(role)
    role.start()
    return role
  }

  /** A dispute whose round is drawn: this account is of it. */
  async dispute(changes: Partial<Deal> = {}): Promise<ToyCase> {
    await this.time.pass(1)
    const terms = { spec: toHex(this.spec.cid.multihash.digest), nonce: this.#nonce++ }
    const toy = challenge(this.court, { ...terms, ...changes }, TRUTH)
    await this.time.pass(5)
    this.court.draw(toy.deal)
    return toy
  }

  /** Tells the role what happened in the court, like its event loop. */
  async tell(role: MediatorRole): Promise<void> {
    for (const event of this.court.events) await role.onCourt(event)
    await settled()
  }

  /** Lets time pass with a tick a second; each ends what could be done at once. */
  async pass(role: MediatorRole, seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      await this.time.pass(1)
      await role.tick(this.#stop.signal)
      await settled()
    }
  }

  /** The other members vote like this one. */
  others({ id }: ToyCase, act: (owner: Address, index: number) => void): void {
    for (const { owner, index } of this.court.dispute(id)?.members ?? []) if (owner !== this.account) act(owner, index)
  }

  standing(id: Hex): string | undefined {
    return this.court.dispute(id)?.members.find(m => m.owner === this.account)?.standing
  }

  state(role: MediatorRole, { id }: ToyCase): MediatorState {
    const state = role.judgement(id)
    if (state === undefined) throw new Error('there is no judgement')
    return state
  }

  /** A process that is gone without a word: it writes nothing more. */
  kill(role: MediatorRole): void {
    this.#roles.delete(role)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    // whatever a stop waits for is over by then
    this.time.nowMs += 3_600_000
    await Promise.all([...this.#roles].map(role => role.stop()))
    rmSync(this.#dir, { recursive: true, force: true })
  }
}

/** A program that never ends by itself. */
export const endless = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal?.aborted === true) reject(signal.reason)
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

export const unavailable = (): never => {
  throw new UserError('ContentUnavailableError', 'nobody has it')
}
