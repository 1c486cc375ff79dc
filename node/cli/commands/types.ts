import type { ExitCode } from '../exit.ts'

/** Hands a command's outcome to `main`: commander's actions cannot return one. */
export type Finish = (work: Promise<ExitCode>, options: { json?: boolean }) => Promise<void>
