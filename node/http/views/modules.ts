import { z } from 'zod'
import { uint } from '../../../protocols/common/values.ts'
import { hexAddress as account, id } from './parts.ts'

const word = z.string().min(1).max(64)
export const publishRequest = z.strictObject({
  /** of a folder in the node's store, or in somebody's */
  cid: z.string().min(1).max(128),
  name: word,
  version: z.string().min(1).max(32),
  description: z.string().max(200).optional(),
  licence: z.string().max(64).optional()
})
export type PublishRequest = z.output<typeof publishRequest>
export const yankRequest = z.strictObject({ name: word, version: z.string().min(1).max(32), yanked: z.boolean() })
export type YankRequest = z.output<typeof yankRequest>

export const moduleVersionView = z.object({
  name: z.string(),
  version: z.string(),
  cid: id,
  account,
  /** unix seconds */
  publishedAt: uint,
  yanked: z.boolean(),
  description: z.string(),
  licence: z.string()
})
export type ModuleVersionView = z.output<typeof moduleVersionView>
export const moduleNameView = z.object({ name: z.string(), owner: account, versions: uint, newest: moduleVersionView })
export type ModuleNameView = z.output<typeof moduleNameView>
export const publishedView = moduleVersionView.extend({ transaction: z.string().optional() })
export type PublishedView = z.output<typeof publishedView>
