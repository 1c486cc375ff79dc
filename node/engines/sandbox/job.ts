import type { JobSpec } from '../../../protocols/job/schema.ts'
import type { RunMessage } from './messages.ts'
import type { Program } from './program.ts'

/** A job as a sandbox runs it. */
export interface SandboxJob {
  spec: JobSpec
  run: RunMessage
  /** opens the module; closed when the run is over */
  program(): Promise<Program>
}
