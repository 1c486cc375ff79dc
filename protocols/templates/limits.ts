/** Limits of a template. Loops over data always end, but what they print can grow without bound. */
export const TEMPLATE_LIMITS = {
  /** a real template has 1 to 10 KiB */
  sourceBytes: 256 * 1024,
  /** a job file is read with at most 256 Ki characters; an input may have 1 MiB before it is refused there */
  outputBytes: 8 * 1024 * 1024,
  /** nodes evaluated, plus one for each `BYTES_PER_STEP` bytes that a function reads or makes */
  steps: 200_000,
  /** nested actions, parentheses and template calls */
  depth: 100
} as const

export const BYTES_PER_STEP = 256

export interface TemplateLimits {
  outputBytes: number
  steps: number
  depth: number
}
