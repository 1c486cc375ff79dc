import { z } from 'zod'
import { uint } from '../../../protocols/common/values.ts'
import { amountText, id, line } from './parts.ts'

const finding = z.object({
  /** stable: docs/matching.md */
  code: z.string().max(32),
  weight: z.enum(['fails', 'not-provable', 'note']),
  sentence: line,
  data: z.record(z.string(), line)
})
/** What can be said about the match of a deal by whoever has its papers. */
export const matchView = z.object({
  verdict: z.enum(['holds', 'fails', 'not-provable']),
  findings: z.array(finding),
  /** what no verdict says */
  caveat: line,
  /** CID of the certificate; `job` is the CID of the job offer's body */
  certificate: id,
  deal: id.optional(),
  job: id.optional(),
  creator: id.optional(),
  provider: id.optional(),
  candidates: z.array(z.object({ rank: uint, offer: id, account: id.optional(), ask: amountText })),
  /** everything that was checked, base64: whoever has it can check it without a node */
  bundle: z
    .string()
    .max(512 * 1024)
    .optional()
})
/** Whether the offers of a deal were ranked rightly: a verdict, what was found, and what it does not say. */
export type MatchView = z.output<typeof matchView>
export const verifyRequest = z.strictObject({
  /** a deal id, an id of a job of this node, or the CID of a certificate */
  subject: z.string().regex(/^[\w.:-]{1,128}$/, 'expected a deal id, a job id or a CID'),
  export: z.boolean().optional()
})
/** Whose match to check: a deal id, a job of this node or the CID of a certificate. */
export type VerifyRequest = z.output<typeof verifyRequest>
