import { z } from 'zod'
import { uint } from '../common/values.ts'

/** What a provider brings between the agreement and the start, in this order; `prepare` is to make ready what is here. */
export const PROGRESS_OF = ['inputs', 'image', 'prepare'] as const

/** 16 TiB: more than any job moves, and a person can read it. */
export const PROGRESS_MAX_BYTES = 2 ** 44

const byteCount = uint.max(PROGRESS_MAX_BYTES)

/** How far a provider says it is. A courtesy: nothing is decided by it, nothing that is signed or hashed contains it. */
export const dealProgress = z
  .strictObject({
    what: z.enum(PROGRESS_OF),
    doneBytes: byteCount,
    /** absent while nobody knows */
    totalBytes: byteCount.optional()
  })
  .refine(
    ({ doneBytes, totalBytes }) => totalBytes === undefined || doneBytes <= totalBytes,
    'more is done than there is'
  )
export type DealProgress = z.output<typeof dealProgress>

/** The same within the bounds of a message, whatever an engine counts: a pull of a registry learns of its layers one by one. */
export function boundedProgress({ what, doneBytes, totalBytes }: DealProgress): DealProgress {
  const done = bounded(doneBytes)
  const total = totalBytes === undefined ? undefined : bounded(totalBytes)
  return { what, doneBytes: done, ...(total === undefined || total < done ? {} : { totalBytes: total }) }
}

const bounded = (bytes: number): number =>
  Number.isFinite(bytes) ? Math.min(Math.max(0, Math.floor(bytes)), PROGRESS_MAX_BYTES) : 0
