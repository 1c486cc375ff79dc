import { z } from 'zod'
import { text } from '../../../protocols/common/values.ts'
import { jobType, sweepMember } from './jobs.ts'
import { amountText, hexAddress } from './parts.ts'

const labels = z.record(z.string().max(32), text(64)).refine(r => Object.keys(r).length <= 16, 'expected at most 16')
export const submitRequest = z.strictObject({
  /** a specification in the form of a file (docs/jobs.md) */
  spec: z.record(z.string(), z.unknown()),
  name: text(128).min(1).optional(),
  /** only shown; a job that says nothing is a batch job */
  type: jobType.optional(),
  sweep: sweepMember.optional(),
  /** the most that is paid for each deal, tip included: a spot check or replicas make several; without it the node's own limit holds */
  bid: amountText.optional(),
  tip: amountText.optional(),
  constraints: z
    .strictObject({
      labels: labels.optional(),
      allow: z.array(hexAddress).max(8).optional(),
      deny: z.array(hexAddress).max(8).optional(),
      target: hexAddress.optional()
    })
    .optional()
})
/** A job to submit: a specification in file form (docs/jobs.md), and what only this node needs to know: a name, a bid and a tip in smallest units, who may run it. */
export type SubmitRequest = z.output<typeof submitRequest>
