import { z } from 'zod'
import { uint } from '../../../protocols/common/values.ts'

/** Longest reason, name or detail that is passed on. */
const TEXT_MAX = 2000
export const line = z.string().max(TEXT_MAX)
export const amountText = z.string().regex(/^(0|[1-9]\d{0,38})$/, 'expected a whole number of smallest units as text')
export const time = uint
export const id = z.string().min(1).max(128)
export const transaction = z.object({ what: line, hash: z.string().max(128), at: time.optional() })

/** What the API calls the unit of money. */
export const token = z.object({ symbol: z.string().max(16), decimals: uint.max(36) })
export const settlementKind = z.enum(['evm', 'none'])
export const gpu = z.object({ vendor: line, model: line, memoryBytes: uint })
export const capacity = z.object({ cpuMillis: uint, memoryBytes: uint, diskBytes: uint, gpus: z.array(gpu) })
export const hexAddress = z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'expected an address: 0x and 40 hex digits')
