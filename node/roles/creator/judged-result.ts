import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { cidFromDigest, decodeCanonical } from '../../../protocols/common/cbor.ts'
import { UserError } from '../../../protocols/common/errors.ts'
import { parse } from '../../../protocols/common/parse.ts'
import { cid, fromHex, type Hex, text, uint } from '../../../protocols/common/values.ts'
import { majorityOfSize } from '../../../protocols/mediation/rules.ts'
import type { AbortOptions } from '../../components.ts'
import type { Court, CourtEvent } from '../../settlement/court.ts'
import type { Source, Storage } from '../../storage/storage.ts'

export interface JudgedComponents {
  court: Court
  storage: Storage
  /** peers that may be judges */
  sources: readonly Source[]
  maxBytes: number
}

/** The block that a digest is the hash of: see `digestBlock`. */
const parts = z.strictObject({
  exitCode: uint.max(255).nullable().optional(),
  stdout: cid.optional(),
  outputs: cid.optional(),
  /** instead of all others: a run that did not end by itself, or that there was nothing to run */
  outcome: text(32).optional()
})
const BLOCK_MAX_BYTES = 1024

/** Where the files of a judged result lie, below the folder of their job. */
export const JUDGED_DIR = 'judged'

/** What the judges of a dispute agreed on, the latest round first; undefined when they did not. */
export function agreedDigest(history: readonly CourtEvent[]): Hex | undefined {
  const rounds = new Map(history.flatMap(e => (e.kind === 'drawn' ? [[e.member, e.round] as const] : [])))
  const votes = history.flatMap(e =>
    e.kind === 'revealed' ? [{ digest: e.digest, round: rounds.get(e.member) ?? 0 }] : []
  )
  for (let round = Math.max(0, ...rounds.values()); round >= 0; round--) {
    const own = votes.filter(vote => vote.round === round).map(vote => vote.digest)
    const agreed = own.find(digest => own.filter(d => d === digest).length >= majorityOfSize(round))
    if (agreed !== undefined) return agreed
  }
  return undefined
}

/**
 * Brings the result that the judges of a dispute came to: their votes are hashes of what they keep. May be repeated.
 *
 * @param root folder of the job
 * @throws UserError named NoJudgedResultError, ContentUnavailableError and the other errors of Storage
 */
export async function fetchJudged(
  { court, storage, sources, maxBytes }: JudgedComponents,
  { deal, owner, root }: { deal: Hex; owner: string; root: string },
  options: AbortOptions = {}
): Promise<void> {
  const digest = agreedDigest(await court.history(deal, options))
  if (digest === undefined) throw new NoJudgedResultError(deal, 'its judges did not agree on one')
  const block = cidFromDigest(fromHex(digest))
  const bytes = await storage.getBlock(block, { ...options, from: sources, maxBytes: BLOCK_MAX_BYTES })
  const found = parse(parts, decodeCanonical(bytes, 'judged result', BLOCK_MAX_BYTES), 'judged result')
  if (found.outcome !== undefined) throw new NoJudgedResultError(deal, `its judges agreed on "${found.outcome}"`)
  const dir = join(root, JUDGED_DIR)
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true, mode: 0o700 })
  for (const name of ['stdout', 'outputs'] as const) {
    const part = found[name]
    if (part === undefined) continue
    await storage.fetch(part, { ...options, from: sources, maxBytes })
    await storage.pin(part, owner)
    await storage.exportPath(part, join(dir, name), { ...options, maxBytes })
  }
  if (found.exitCode != null) await writeFile(join(dir, 'exitCode'), String(found.exitCode), { mode: 0o600 })
}

/** There is nothing to bring: no dispute, no agreement, or no run that ended. */
export class NoJudgedResultError extends UserError {
  constructor(deal: string, why: string) {
    super('NoJudgedResultError', `there is no judged result of deal ${deal}: ${why}`, {
      field: 'deal',
      value: deal,
      remedy: 'see what the court says with "dcn job show"'
    })
  }
}
