import { INPUT_ERRORS } from './input.ts'
import { JOB_ERRORS } from './jobs.ts'
import { NETWORK_ERRORS } from './networks.ts'
import type { ErrorRow } from './row.ts'
import { WORLD_ERRORS } from './world.ts'

/** Every error that a person or a program can meet, by name: the command line, the API and docs/errors.md read it. */
export const ERRORS = { ...INPUT_ERRORS, ...JOB_ERRORS, ...NETWORK_ERRORS, ...WORLD_ERRORS }
export type ErrorName = keyof typeof ERRORS

/** undefined for a name that is not in the table, such as one of a newer node */
export const errorRow = (name: string): ErrorRow | undefined =>
  Object.hasOwn(ERRORS, name) ? ERRORS[name as ErrorName] : undefined
