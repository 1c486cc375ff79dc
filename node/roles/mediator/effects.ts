import { cidFromDigest, decodeCanonical } from '../../../protocols/common/cbor.ts'
import { messageOf, UserError } from '../../../protocols/common/errors.ts'
import { type Address, fromHex, toHex } from '../../../protocols/common/values.ts'
import type { Deal } from '../../../protocols/deal/schema.ts'
import { decodeSpec } from '../../../protocols/job/encode-spec.ts'
import { JOB_LIMITS, type JobSpec, type Resources } from '../../../protocols/job/schema.ts'
import { accountOf } from '../../../protocols/mediation/accounts.ts'
import { faultOfDeal } from '../../../protocols/mediation/judgeable.ts'
import { sealed } from '../../../protocols/mediation/mediator-machine.ts'
import type {
  DeclineCode,
  MediatorEffect,
  MediatorEvent,
  MediatorState
} from '../../../protocols/mediation/mediator-types.ts'
import type { AbortOptions } from '../../components.ts'
import { within } from '../../network/deadline.ts'
import type { Court } from '../../settlement/court.ts'
import { DealStateError } from '../../settlement/errors.ts'
import type { Settlement } from '../../settlement/settlement.ts'
import type { Source, Storage } from '../../storage/storage.ts'
import type { DisputeDriver } from '../disputes.ts'
import type { EffectTable, Outcome } from '../effects.ts'
import type { Event } from '../machine-runner.ts'
import type { AskKeys } from '../seal/ask-key.ts'
import type { ReadyRun, SecondRuns } from '../second-run.ts'

export interface MediatorEffectComponents {
  settlement: Pick<Settlement, 'court' | 'account' | 'dealId' | 'now'>
  storage: Pick<Storage, 'getBlock'>
  secondRuns: Pick<SecondRuns, 'prepare' | 'run' | 'cleanUp'>
  disputes: DisputeDriver
  /** the parties of a private deal give its key to the judges that were drawn for it */
  askKeys: AskKeys
  /** who may have what a deal needs, best first */
  sources(parties: readonly Address[]): Source[]
  /** the most that a job may ask of this node */
  capacity: Pick<Resources, 'memoryBytes' | 'diskBytes'>
  /** own work under way, by deal: what is prepared, and what ends it */
  desk: Desk
}

export interface Desk {
  readonly ready: Map<string, ReadyRun>
  readonly aborts: Map<string, AbortController>
}

type MediatorOutcome = Outcome<MediatorEvent>

/** What is wrong with this node, by the name of the error. */
const OURS: Readonly<Record<string, DeclineCode>> = {
  EngineMissingError: 'engine-missing',
  QuotaExceededError: 'no-room'
}
/** What no honest provider could have prepared either, and none opens a deal before: all nodes have the same limits. */
const INVALID: ReadonlySet<string> = new Set([
  'TooLargeError',
  'UnsafeNameError',
  'UnsupportedContentError',
  'UnsupportedJobError'
])
/** What is local is prepared in less. */
const LAST_PREPARE_MS = 5_000
/** Of job specifications that this version reads. */
const SPEC_VERSION = 1
/** Refusals of `decline` that no repetition cures. */
const TOO_LATE_TO_DECLINE: ReadonlySet<string> = new Set(['NothingToDraw', 'TooLate'])

/** What each effect of the mediator's machine does in the world. Every one may be carried out again after a crash. */
export const MEDIATOR_EFFECTS: EffectTable<MediatorEffectComponents, MediatorState, MediatorEvent, MediatorEffect> = {
  async read(c, { dealId }, _effect, options) {
    const challenge = await courtOf(c).challengeOf(dealId, options)
    if (challenge === undefined || c.settlement.dealId(challenge.deal) !== dealId) {
      throw new UserError('ChallengeUnseenError', 'the chain does not show what the dispute is about yet')
    }
    const { deal, result } = challenge
    c.disputes.watch({ deal, result, interest: 'member' })
    return { type: 'read', deal, result }
  },

  async prepare(c, state, _effect, options) {
    const { deal, dealId } = state
    if (deal === undefined) return undefined
    // whoever has the inputs must not hold a judge up until it is too late to say that they cannot be had
    const limited = { signal: within(await prepareMs(c, state, deal, options), options.signal) }
    return await onDesk(c, dealId, limited, async signal => {
      try {
        const read = readSpec(await specBlock(c, deal, signal))
        if (!('spec' in read)) return read
        const { spec } = read
        const fault = faultOfDeal(deal, spec)
        if (fault !== undefined) return { type: 'invalid', reason: fault }
        const short = shortage(spec, c.capacity)
        if (short !== undefined) return { type: 'cannot', code: 'no-room', reason: short }
        c.desk.ready.set(dealId, await bring(c, state, deal, spec, signal))
        return { type: 'prepared', timeoutMs: spec.timeoutMs }
      } catch (error) {
        if (limited.signal.aborted && options.signal?.aborted !== true) {
          throw new UserError('ContentUnavailableError', 'the inputs did not come in time', { cause: error })
        }
        return verdictOn(error)
      }
    })
  },

  async run(c, state, _effect, options) {
    const { deal, dealId } = state
    if (deal === undefined) return undefined
    return await onDesk(c, dealId, options, async signal => {
      // after a restart everything is local and has to be looked at again
      const ready = c.desk.ready.get(dealId) ?? (await bringAgain(c, state, deal, signal))
      const { digest, outcome, wallMs } = await c.secondRuns.run(ready, { signal })
      return { type: 'ran', digest: toHex(digest), outcome, wallMs }
    })
  },

  async abandon(c, { dealId }) {
    c.desk.aborts.get(dealId)?.abort()
    return { type: 'sent', effect: 'abandon' }
  },

  async commit(c, state, _effect, options) {
    if (state.vote === undefined) return undefined
    await courtOf(c).commit(state.dealId, state.member, sealed(state, state.vote), options)
    return { type: 'sent', effect: 'commit' }
  },

  async reveal(c, { dealId, member, salt, vote }, _effect, options) {
    if (vote === undefined) return undefined
    await courtOf(c).reveal(dealId, member, { digest: vote.digest, orTimeout: vote.orTimeout, salt }, options)
    return { type: 'sent', effect: 'reveal' }
  },

  async decline(c, { deal, member }, _effect, options) {
    if (deal === undefined) return undefined
    try {
      await courtOf(c).decline(deal, member, options)
      return { type: 'sent', effect: 'decline' }
    } catch (error) {
      if (!(error instanceof DealStateError) || !TOO_LATE_TO_DECLINE.has(error.contractError)) throw error
      return { type: 'cannotDecline', reason: messageOf(error).slice(0, 300) }
    }
  },

  async account(c, state, _effect, options) {
    const account = accountOf(await courtOf(c).history(state.dealId, options), state)
    if (account === undefined) throw new UserError('DisputeUnseenError', 'the end of the dispute is not seen yet')
    return { type: 'ended', ...account }
  },

  async cleanUp(c, { dealId }) {
    c.desk.aborts.get(dealId)?.abort()
    c.desk.ready.delete(dealId)
    await c.secondRuns.cleanUp(judgementId(dealId))
    return { type: 'sent', effect: 'cleanUp' }
  }
}

/** Names the files of a judgement, and what it computed in the table of pins. */
export const judgementId = (dealId: string): string => `judgement of ${dealId}`

function courtOf({ settlement: { court } }: Pick<MediatorEffectComponents, 'settlement'>): Court {
  if (court === undefined) throw new UserError('NoCourtError', 'the court of this network is not known at the moment')
  return court
}

/** Own work of one deal, which `abandon` ends; one at a time. */
async function onDesk(
  { desk }: MediatorEffectComponents,
  dealId: string,
  options: AbortOptions,
  work: (signal: AbortSignal) => MediatorOutcome
): MediatorOutcome {
  const abort = new AbortController()
  desk.aborts.set(dealId, abort)
  try {
    return await work(options.signal === undefined ? abort.signal : AbortSignal.any([abort.signal, options.signal]))
  } finally {
    if (desk.aborts.get(dealId) === abort) desk.aborts.delete(dealId)
  }
}

/** Up to half of the vote window; where that is over, a short while for what is here already. */
async function prepareMs(
  { settlement }: MediatorEffectComponents,
  { voteBySec }: MediatorState,
  { voteWindow }: Deal,
  options: AbortOptions
): Promise<number> {
  if (voteBySec === undefined) return (voteWindow / 2) * 1000
  const leftSec = voteBySec - voteWindow / 2 - (await settlement.now(options))
  return Math.max(LAST_PREPARE_MS, leftSec * 1000)
}

function specBlock(c: MediatorEffectComponents, deal: Deal, signal: AbortSignal): Promise<Uint8Array> {
  const cid = cidFromDigest(fromHex(deal.spec))
  const from = c.sources([deal.creator, deal.provider])
  return c.storage.getBlock(cid, { from, signal, maxBytes: JOB_LIMITS.specBytes })
}

/** A specification, or what its bytes say about the deal that names them. */
function readSpec(bytes: Uint8Array): { spec: JobSpec } | Event<MediatorEvent> {
  try {
    return { spec: decodeSpec(bytes) }
  } catch (error) {
    const reason = messageOf(error).slice(0, 300)
    if (isNewer(bytes))
      return { type: 'cannot', code: 'unsupported', reason: 'the specification is of a newer version' }
    return { type: 'invalid', reason }
  }
}

function isNewer(bytes: Uint8Array): boolean {
  try {
    const { version } = decodeCanonical(bytes, 'job spec', JOB_LIMITS.specBytes) as { version?: unknown }
    return typeof version === 'number' && version > SPEC_VERSION
  } catch {
    return false
  }
}

async function bringAgain(
  c: MediatorEffectComponents,
  state: MediatorState,
  deal: Deal,
  signal: AbortSignal
): Promise<ReadyRun> {
  return await bring(c, state, deal, decodeSpec(await specBlock(c, deal, signal)), signal)
}

function bring(
  c: MediatorEffectComponents,
  { dealId }: MediatorState,
  deal: Deal,
  spec: JobSpec,
  signal: AbortSignal
): Promise<ReadyRun> {
  const from = c.sources([deal.creator, deal.provider])
  const keys = c.askKeys(dealId, from, { signal })
  return c.secondRuns.prepare({ spec, id: judgementId(dealId), from, keys }, { signal })
}

/** What an error says: about the job, about this node, or nothing yet. */
function verdictOn(error: unknown): Event<MediatorEvent> {
  const name = error instanceof Error ? error.name : ''
  const reason = messageOf(error).slice(0, 300)
  const code = OURS[name]
  if (code !== undefined) return { type: 'cannot', code, reason }
  if (INVALID.has(name)) return { type: 'invalid', reason }
  throw error
}

function shortage({ resources }: JobSpec, capacity: MediatorEffectComponents['capacity']): string | undefined {
  if (resources.memoryBytes > capacity.memoryBytes) return 'the job asks for more memory than this node has'
  return resources.diskBytes > capacity.diskBytes ? 'the job asks for more disk than this node has' : undefined
}
