/**
 * Job files of Bacalhau as jobs of ours: the current form (`Type`, `Tasks`) and that of 2022 and 2023 (`APIVersion`, `Spec`). What
 * such a file asks of its orchestrator is refused with the reason; what means less here becomes a note.
 *
 * @module
 */
import { InvalidInputError } from '../common/errors.ts'
import { isMapping } from '../job/file-fields.ts'
import { GoObject } from '../modules/foreign/go-json.ts'
import { convertV1beta1 } from '../modules/foreign/v1beta1.ts'
import { type BacalhauJob, currentJob } from './current.ts'

export type { BacalhauJob } from './current.ts'
export { fillTemplate, type Variables } from './fill.ts'
export { type Candidate, choose, type Preference, type Requirement } from './selectors.ts'

export { misspeltForm } from './unknown-keys.ts'

export type BacalhauForm = 'current' | 'old'

/** Which form a decoded file has; undefined for any other file. Their keys match whatever their case. */
export function bacalhauForm(value: unknown): BacalhauForm | undefined {
  if (!isMapping(value)) return undefined
  const keys = new Set(Object.keys(value).map(key => key.toLowerCase()))
  if (keys.has('tasks')) return 'current'
  return keys.has('apiversion') || (keys.has('spec') && !keys.has('engine')) ? 'old' : undefined
}

/** @throws NotConvertibleError with the field, the reason and what to change; InvalidInputError for a file of another kind */
export function readBacalhau(value: unknown): BacalhauJob {
  const form = bacalhauForm(value)
  if (form === 'current') return currentJob(new GoObject(value, ''))
  if (form === 'old') return oldJob(new GoObject(value, ''))
  throw new InvalidInputError('this is no job file of Bacalhau', {
    field: 'file',
    limit: 'Tasks, or APIVersion and Spec',
    remedy: 'see docs/bacalhau.md'
  })
}

function oldJob(file: GoObject): BacalhauJob {
  const { job, warnings } = convertV1beta1(file)
  const name = file.object('Metadata').text('Name') || file.text('Name')
  return {
    ...(name === '' ? {} : { name }),
    type: 'batch',
    count: 1,
    requirements: [],
    preferences: [],
    notes: ['old format: this is a job of 2022 or 2023 (V1beta1); dcn convert writes it anew', ...warnings],
    partition: () => job
  }
}
