import { z } from 'zod'
import { uint } from '../../../protocols/common/values.ts'
import { PROGRESS_OF } from '../../../protocols/deal/progress.ts'
import { dealView } from './deals.ts'
import { jobView } from './jobs.ts'
import { id, line, time } from './parts.ts'

/** How far something that a job needs, or its result, is. */
export const moving = { what: z.enum([...PROGRESS_OF, 'results']), bytes: uint, totalBytes: uint.optional() }
const stamp = { seq: uint, at: time }
/** Something that happened at this node. `seq` counts up by one; after a gap, read the lists again. */
export const nodeEvent = z.discriminatedUnion('type', [
  z.object({ ...stamp, type: z.literal('job'), job: jobView }),
  /**
   * inputs go to the provider (bytes of blocks so far, or its own count), it brings the image or makes ready what is there (its
   * word alone), or a result comes in (file bytes so far), once a second; `totalBytes` where it is known
   */
  z.object({ ...stamp, type: z.literal('transfer'), job: id, ...moving }),
  z.object({ ...stamp, type: z.literal('deal'), deal: dealView }),
  z.object({ ...stamp, type: z.literal('peer'), peer: id, connected: z.boolean() }),
  z.object({ ...stamp, type: z.literal('offers'), offers: uint, jobs: uint }),
  z.object({ ...stamp, type: z.literal('warning'), message: line, remedy: line.optional() })
])
/** Something that happened at the node; `type` says what, and what else it has. */
export type NodeEvent = z.output<typeof nodeEvent>
