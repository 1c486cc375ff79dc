import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { equals } from 'uint8arrays/equals'
import { InvalidInputError, messageOf, UserError } from '../../../protocols/common/errors.ts'
import { PROGRESS } from '../../../protocols/deal/creator-steps.ts'
import type { CreatorState } from '../../../protocols/deal/creator-types.ts'
import { LOG_LIMITS, type LogChunk, type LogStream } from '../../../protocols/logs/chain.ts'
import {
  decodeLogsReply,
  encodeLogsRequest,
  LOGS_PROTOCOL,
  LOGS_REPLY_MAX_BYTES
} from '../../../protocols/logs/messages.ts'
import type { AbortOptions, Messenger } from '../../components.ts'
import { LogStore } from '../log-store.ts'
import { jobFolder } from './job-folder.ts'

/** Beyond the wait that the request asks for: the way there and back. */
const REPLY_SLACK_MS = 5_000

interface JobLog {
  store: LogStore
  deal: `0x${string}`
  following: AbortController | undefined
  /** how many are reading it now */
  readers: number
}

/**
 * Whether the output that was shown live is what the provider signed: `same` to the last link of its chain, `partial` when it is
 * a beginning of it (not all was pulled, or a restarted provider cut it into other chunks), `differs` when it is neither.
 */
export type LogVerdict = 'same' | 'partial' | 'differs'

/**
 * The creator's copy of its jobs' output. While a job runs it is pulled from the provider; when the result is here it is
 * completed from the verified stdout and stderr, so a reader misses nothing whatever broke on the way.
 */
export class JobLogs {
  readonly #messenger: Messenger
  readonly #jobsDir: string
  readonly #open = new Map<string, JobLog>()

  constructor(messenger: Messenger, jobsDir: string) {
    this.#messenger = messenger
    this.#jobsDir = jobsDir
  }

  /** Pulls until the provider says that the log is complete. */
  async follow(state: CreatorState, options: AbortOptions = {}): Promise<void> {
    const { attempt } = state
    if (attempt === undefined) return
    const log = this.#logOf(state.jobId, attempt.dealId)
    const abort = new AbortController()
    log.following = abort
    const signal = AbortSignal.any([abort.signal, ...(options.signal === undefined ? [] : [options.signal])])
    // what the provider said last; its word that there is no more ends the pulling, not the log: the verified files may hold more
    let isMore: boolean | undefined
    try {
      while (isMore !== false && !signal.aborted && !log.store.ended) isMore = await this.#pull(state, log, signal)
    } catch (error) {
      if (abort.signal.aborted) return
      // whoever answered once is not silent
      throw isMore === undefined ? error : new UserError(PROGRESS, messageOf(error), { cause: error })
    } finally {
      if (log.following === abort) log.following = undefined
      this.#retire(state.jobId, log)
    }
  }

  /** Adds what the live log lacks from the fetched files, and ends it. @param root last link of the chain, as the provider signed it */
  async complete(state: CreatorState, dir: string, root: Uint8Array): Promise<LogVerdict> {
    if (state.attempt === undefined) return 'partial'
    const log = this.#logOf(state.jobId, state.attempt.dealId)
    log.following?.abort()
    const isSame = equals(log.store.root, root)
    if (log.store.ended) {
      this.#retire(state.jobId, log)
      return isSame ? 'same' : 'partial'
    }
    let isBeginning = true
    for (const stream of ['stdout', 'stderr'] as const) {
      isBeginning = (await this.#fill(log.store, stream, join(dir, stream))) && isBeginning
    }
    log.store.end()
    this.#retire(state.jobId, log)
    return isSame ? 'same' : isBeginning ? 'partial' : 'differs'
  }

  /** A job that ended without a result has no more output either. */
  end(jobId: string): void {
    const log = this.#open.get(jobId)
    if (log === undefined) return
    log.following?.abort()
    log.store.end()
    this.#retire(jobId, log)
  }

  /** Chunks from a number on, as they come; ends with the log. */
  async *read(
    jobId: string,
    deal: `0x${string}`,
    from: number,
    options: AbortOptions & { follow?: boolean } = {}
  ): AsyncGenerator<LogChunk> {
    const log = this.#logOf(jobId, deal)
    const { store } = log
    log.readers++
    try {
      let next = from
      while (options.signal?.aborted !== true) {
        const chunks = store.read(next)
        for (const chunk of chunks) yield chunk
        next += chunks.length
        if (chunks.length > 0) continue
        if (store.ended || store.closed || options.follow === false) return
        await store.wait(next, LOG_LIMITS.waitMs, options)
      }
    } finally {
      log.readers--
      this.#retire(jobId, log)
    }
  }

  close(): void {
    for (const { store, following } of this.#open.values()) {
      following?.abort()
      store.close()
    }
    this.#open.clear()
  }

  /** A log that is complete and that nobody reads needs no open file: there are as many as there are jobs. */
  #retire(jobId: string, log: JobLog): void {
    if (!log.store.ended || log.readers > 0 || log.following !== undefined) return
    log.store.close()
    if (this.#open.get(jobId) === log) this.#open.delete(jobId)
  }

  /** One request; says whether more may come. */
  async #pull(state: CreatorState, log: JobLog, signal: AbortSignal): Promise<boolean> {
    const { attempt } = state
    if (attempt === undefined) return false
    const from = log.store.count
    const message = encodeLogsRequest({ deal: attempt.dealId, from, waitMs: LOG_LIMITS.waitMs })
    const timeoutMs = LOG_LIMITS.waitMs + REPLY_SLACK_MS
    const limits = { maxReplyBytes: LOGS_REPLY_MAX_BYTES, timeoutMs, signal }
    const reply = decodeLogsReply(await this.#messenger.request(attempt.candidate, LOGS_PROTOCOL, message, limits))
    signal.throwIfAborted()
    for (const [i, chunk] of reply.chunks.entries()) {
      if (chunk.seq !== from + i) throw new InvalidInputError('log chunks came out of order', { value: chunk.seq })
      log.store.appendChunk(chunk)
    }
    return !reply.done
  }

  /** Adds what is lacking of a stream; says whether what was there is a beginning of the file. */
  async #fill(store: LogStore, stream: LogStream, path: string): Promise<boolean> {
    const whole = await readFile(path)
    const known = store.bytes(stream)
    if (known.byteLength < whole.byteLength) store.complete(stream, whole.subarray(known.byteLength))
    return equals(known, whole.subarray(0, known.byteLength))
  }

  #logOf(jobId: string, deal: `0x${string}`): JobLog {
    const existing = this.#open.get(jobId)
    if (existing !== undefined && existing.deal === deal) return existing
    existing?.following?.abort()
    existing?.store.close()
    // each attempt has its own log: the output of a provider that failed is not the next one's
    const path = `${jobFolder(this.#jobsDir, jobId).log}-${deal.slice(2, 12)}`
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const log: JobLog = { store: new LogStore(path, deal), deal, following: undefined, readers: 0 }
    this.#open.set(jobId, log)
    return log
  }
}
