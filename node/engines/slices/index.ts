export { SliceError, SliceModuleError, type SliceReason } from './errors.ts'
export { type MapOptions, type SlicePool, type SlicePoolInit, slicePool } from './pool.ts'
export type { SliceResult } from './results.ts'
