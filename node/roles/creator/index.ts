import { join } from 'node:path'
import type { NetworkDocument } from '../../../protocols/common/network-document.ts'
import type { Config } from '../../config/schema.ts'
import type { RoleParts } from '../shared.ts'
import { CreatorRole } from './creator.ts'
import { JobLogs } from './job-logs.ts'
import { MatchPapers } from './papers.ts'
import { Ranker } from './ranker.ts'
import type { Transfer } from './transfer-meter.ts'

/** How long an attempt looks for a provider before the job counts as unmatched. */
const MATCH_WINDOW_MS = 30_000
/** Inputs of one job, and its result: more is the storage quota's business. */
const MAX_TRANSFER_BYTES = 64 * 2 ** 30

/** The creator's side of a node; every node has it, whatever its other roles. */
export function creatorRole(
  config: Pick<Config, 'dataDir'>,
  network: NetworkDocument,
  parts: RoleParts,
  onJob: (jobId: string) => void,
  onTransfer: (transfer: Transfer) => void
): CreatorRole {
  const { book, identity, clock, bind, exchange, heads, verifier, messenger } = parts
  const jobsDir = join(config.dataDir, 'jobs')
  const ranker = new Ranker({
    network: network.id,
    roundMs: network.roundMs,
    book,
    identity,
    clock,
    bind,
    heads,
    publish: fact => exchange.publish(fact),
    take: fact => exchange.take(fact),
    verifyEd25519: verifier.verifyEd25519
  })
  const init = { matchWindowMs: MATCH_WINDOW_MS, roundMs: network.roundMs, maxInputBytes: MAX_TRANSFER_BYTES }
  return new CreatorRole(init, {
    ...parts,
    ranker,
    papers: new MatchPapers(parts),
    logs: new JobLogs(messenger, jobsDir),
    jobsDir,
    onTransfer,
    maxResultBytes: MAX_TRANSFER_BYTES,
    onChange: onJob
  })
}
