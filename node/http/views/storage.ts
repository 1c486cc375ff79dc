import { z } from 'zod'
import { uint } from '../../../protocols/common/values.ts'
import { id, line } from './parts.ts'

/** An image that the node shares by CID. `newBytes` are those that its store did not have before. */
export const sharedImageView = z.object({
  cid: id,
  name: line,
  imageId: id,
  layers: uint,
  sizeBytes: uint,
  newBytes: uint,
  pushedAt: uint
})
/** An image of the node's engine that it shares by CID. Sizes in bytes. */
export type SharedImageView = z.output<typeof sharedImageView>

/** How far a push has come, and what came of it. */
export const pushEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    step: z.enum(['saving', 'importing']),
    doneBytes: uint,
    totalBytes: uint.optional()
  }),
  z.object({ type: z.literal('image'), image: sharedImageView })
])
/** How far a push of an image has come (bytes), and at last the image. */
export type PushEvent = z.output<typeof pushEvent>

export const imported = z.object({ cid: id, sizeBytes: uint, files: uint })
/** What an upload became: its CID, its size in bytes and the number of its files. */
export type ImportedView = z.output<typeof imported>

export const pushRequest = z.strictObject({ name: z.string().min(1).max(512) })

export const uploadView = z.object({ id })
export const uploadedFile = z.object({ path: z.string().max(4096), sizeBytes: uint })
export const commitRequest = z.strictObject({ path: z.string().max(4096).optional() })

export const moduleRequest = z.strictObject({ name: z.string().min(1).max(512) })
/** a module's files in base64, by their path in it */
export const moduleView = z.object({
  name: z.string(),
  cid: id,
  commit: z.string().optional(),
  files: z.record(z.string(), z.string())
})
export type ModuleView = z.output<typeof moduleView>
