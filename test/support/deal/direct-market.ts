import { join } from 'node:path'
import { pino } from 'pino'
import type { Messenger } from '../../../node/components.ts'
import { factVerifier } from '../../../node/network/identity.ts'
import { CREATOR_KIND, CreatorRole, type SubmitOptions } from '../../../node/roles/creator/creator.ts'
import { JobLogs } from '../../../node/roles/creator/job-logs.ts'
import { MatchPapers } from '../../../node/roles/creator/papers.ts'
import { Ranker } from '../../../node/roles/creator/ranker.ts'
import type { Storage } from '../../../node/storage/storage.ts'
import type { CreatorState } from '../../../protocols/deal/creator-types.ts'
import { DEAL_PROTOCOL, decodeRequest, encodeReply } from '../../../protocols/deal/messages.ts'
import type { JobSpec } from '../../../protocols/job/schema.ts'
import { encodeLogsReply, LOGS_PROTOCOL } from '../../../protocols/logs/messages.ts'
import { OfferBook } from '../../../protocols/offers/book.ts'
import { decodeFact } from '../../../protocols/offers/fact.ts'
import { HeadLog } from '../../../protocols/offers/head-log.ts'
import { keyOfPeerId } from '../../../protocols/offers/peer-key.ts'
import type { Fact } from '../../../protocols/offers/schema.ts'
import type { Cleanup } from '../hosts.ts'
import { type DeskProvider, type HandClock, NETWORK, party } from './desk-bench.ts'
import { memoryJournal } from './memory-journal.ts'

/** The real creator with its machine, ranking and messages; its proposals reach the desks by a call instead of a stream. */
export class DirectCreator {
  readonly #clock: HandClock
  readonly role: CreatorRole
  readonly ranker: Ranker
  readonly book: OfferBook
  readonly account: `0x${string}`
  /** jobs whose proposal was agreed to, and the last state of each job */
  readonly agreed = new Map<string, CreatorState>()
  readonly states = new Map<string, CreatorState>()

  private constructor(
    dir: string,
    clock: HandClock,
    providers: readonly DeskProvider[],
    known: readonly Fact[],
    cleanup: Cleanup
  ) {
    this.#clock = clock
    const { identity, settlement } = party(clock)
    const journal = memoryJournal()
    this.account = identity.account
    this.book = new OfferBook({ roundMs: clock.roundMs })
    for (const fact of known) this.book.add(fact, clock.nowMs())
    const messenger = direct(identity.peer, providers)
    const log = pino({ level: 'silent' })
    const nothing = async () => undefined
    // jobs here have no inputs and no results
    const storage = { putBlock: nothing, pin: nothing, unpinAll: nothing } as unknown as Storage
    const refuse = () => Promise.reject(new Error('not in this test'))
    this.ranker = new Ranker({
      network: NETWORK,
      roundMs: clock.roundMs,
      book: this.book,
      identity,
      clock,
      heads: new HeadLog({ network: NETWORK, peerKey: keyOfPeerId(identity.peer), sign: identity.sign }, this.book),
      bind: () => identity.bind(NETWORK, clock.nowMs()),
      publish: async () => undefined,
      take: async (bytes: Uint8Array) => this.book.add(decodeFact(bytes), clock.nowMs()),
      verifyEd25519: factVerifier(NETWORK, clock).verifyEd25519
    })
    this.role = new CreatorRole(
      { matchWindowMs: 30_000, roundMs: clock.roundMs, maxInputBytes: 0 },
      {
        settlement,
        storage,
        messenger,
        identity,
        clock,
        ranker: this.ranker,
        logs: new JobLogs(messenger, join(dir, 'jobs')),
        jobsDir: join(dir, 'jobs'),
        ensureFree: async () => undefined,
        termsTime: async () => Math.floor(clock.nowMs() / 1000),
        courtTerms: refuse,
        disputes: { watch: () => undefined },
        runAgain: refuse,
        isDrawn: refuse,
        papers: new MatchPapers({ storage, book: this.book, log }),
        maxResultBytes: 0,
        journal,
        log,
        onTransfer: () => undefined,
        onChange: jobId => {
          const state = journal.get<CreatorState>(CREATOR_KIND, jobId)?.state
          if (state === undefined) return
          this.states.set(jobId, state)
          if (state.phase === 'agreed') this.agreed.set(jobId, state)
        }
      }
    )
    this.role.start()
    cleanup.add(() => this.role.stop())
  }

  /** `known`: what its book has. @default the offers of all providers */
  static async start(
    cleanup: Cleanup,
    clock: HandClock,
    providers: readonly DeskProvider[],
    known: readonly Fact[] = providers.map(p => p.fact)
  ): Promise<DirectCreator> {
    return new DirectCreator(await cleanup.dir(), clock, providers, known, cleanup)
  }

  /** Submits a job and lets time pass, so much at each turn of the event loop, until it is agreed to or over. */
  async agree(spec: JobSpec, options: SubmitOptions = {}, stepMs = 1): Promise<CreatorState> {
    const jobId = await this.role.submit(spec, options)
    for (;;) {
      const state = this.states.get(jobId)
      if (state !== undefined && state.phase !== 'matching' && state.phase !== 'proposing') return state
      await new Promise(resolve => setImmediate(resolve))
      this.#clock.advance(stepMs)
      this.role.tick(Math.floor(this.#clock.nowMs() / 1000))
    }
  }
}

/** Proposals reach the desk; who agreed is there and has no output, which is all that a creator asks of it before a deal opens. */
function direct(from: string, providers: readonly DeskProvider[]): Messenger {
  return {
    async request({ peer }, protocol, bytes, { signal }) {
      const provider = providers.find(p => p.peer === peer)
      if (provider !== undefined && protocol === LOGS_PROTOCOL) return encodeLogsReply({ chunks: [], done: true })
      const request = protocol === DEAL_PROTOCOL ? decodeRequest(bytes) : undefined
      if (provider === undefined || request?.type !== 'propose') throw new Error('nobody answers here')
      return encodeReply(await provider.desk.answer(request, from, signal === undefined ? {} : { signal }))
    },
    handle: async () => undefined,
    unhandle: async () => undefined
  }
}
