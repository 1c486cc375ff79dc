import { messageOf } from '../../../protocols/common/errors.ts'
import type { CreatorState } from '../../../protocols/deal/creator-types.ts'
import type { Delivery } from '../../../protocols/deal/messages.ts'
import { decodeSpec } from '../../../protocols/job/encode-spec.ts'
import type { ResultManifest } from '../../../protocols/job/schema.ts'
import type { AbortOptions } from '../../components.ts'
import type { SealKey } from '../../sealing/index.ts'
import type { SecondRun } from '../second-run.ts'
import { manifestOf } from './check-delivery.ts'
import { type Comparison, compareRuns } from './compare-runs.ts'
import type { CreatorEffectComponents } from './effects.ts'

type SpotComponents = Pick<CreatorEffectComponents, 'runAgain' | 'secondProvider'>

/** What becomes of a result that was checked. */
export interface SpotCheck {
  /** what a dispute is about */
  differs?: string
  note: string
}

/**
 * Has a result compared with a second run. A second provider makes it, who was chosen when the first had committed to its result;
 * where there is none, this node. Two providers that differ prove nothing about either: then this node's own run decides on both,
 * and where it cannot run the job, the court decides on the first.
 */
export async function spotCheck(
  c: SpotComponents,
  state: CreatorState,
  delivery: Delivery,
  options: AbortOptions
): Promise<SpotCheck> {
  const first = manifestOf(delivery)
  const { timeoutMs } = decodeSpec(state.specBytes)
  const second = await secondOpinion(c, state, options)
  const compared = second && compareRuns(first, asRun(second), timeoutMs, `by ${second.provider}`)
  if (compared?.isChecked === true && compared.differs === undefined) {
    await c.secondProvider?.rule(state.jobId, 'accept')
    return { note: compared.note }
  }
  const own = await ownRun(c, state, options)
  if ('failed' in own) {
    if (compared === undefined) return { note: `not checked: ${own.failed}` }
    await c.secondProvider?.rule(state.jobId, 'accept')
    return said(compared)
  }
  const here = compareRuns(first, own, timeoutMs)
  if (second === undefined) return said(here)
  const isSecondWrong = compareRuns(second, own, timeoutMs).differs !== undefined
  await c.secondProvider?.rule(state.jobId, isSecondWrong ? 'reject' : 'accept')
  const others = isSecondWrong ? `; ${second.provider} came to another` : ''
  return said({ ...here, note: here.note + others })
}

const said = ({ differs, note }: Comparison): SpotCheck => ({ note, ...(differs === undefined ? {} : { differs }) })

async function secondOpinion(
  { secondProvider }: SpotComponents,
  state: CreatorState,
  options: AbortOptions
): Promise<ResultManifest | undefined> {
  const ran = await secondProvider?.run(state, options)
  const delivery = ran?.attempt?.delivery
  return delivery === undefined ? undefined : manifestOf(delivery)
}

/** How long its run took is the second provider's word. */
const asRun = ({ outcome, digest, usage }: ResultManifest) => ({ outcome, digest, wallMs: usage.wallMs })

async function ownRun(
  { runAgain }: SpotComponents,
  { jobId, specBytes, sealKey }: CreatorState,
  options: AbortOptions
): Promise<SecondRun | { failed: string }> {
  const keys = sealKey === undefined ? {} : { keys: keysOf(sealKey) }
  try {
    return await runAgain({ spec: decodeSpec(specBytes), id: `check of ${jobId}`, ...keys }, options)
  } catch (error) {
    if (options.signal?.aborted === true) throw error
    return { failed: messageOf(error).slice(0, 280) }
  }
}

async function* keysOf(key: SealKey): AsyncGenerator<SealKey> {
  yield key
}
