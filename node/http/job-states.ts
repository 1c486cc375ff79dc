// Apart from the views, which bring a validator: what only knows the words of a job is loaded at once.

/** A job's way; the last four are ends. `done`: it ran and is settled, whatever its exit code. */
export const JOB_STATES = [
  'matching',
  'agreed',
  'running',
  'results',
  'checking',
  'review',
  'settling',
  'disputed',
  'done',
  'failed',
  'cancelled',
  'unmatched'
] as const
/** What a job is at: the last four are ends. */
export type JobState = (typeof JOB_STATES)[number]
const ENDS: ReadonlySet<JobState> = new Set<JobState>(['done', 'failed', 'cancelled', 'unmatched'])
export const isEnd = (state: JobState): boolean => ENDS.has(state)
