import { nearest } from '../common/nearest.ts'
import { isMapping } from '../job/file-fields.ts'
import { SPEC_KEYS } from '../job/parse-spec.ts'
import type { GoObject } from '../modules/foreign/go-json.ts'

/** The keys of its own documents, with those that its server sets: a file that was exported has them. */
const JOB =
  'ID Name Namespace Type Priority Count Constraints Meta Labels Tasks State Version Revision CreateTime ModifyTime'
const TASK = 'Name Engine Publisher Env Meta InputSources ResultPaths Resources Network Timeouts'
const PARTS: readonly [part: string, keys: string][] = [
  ['Resources', 'CPU Memory Disk GPU'],
  ['Network', 'Type Domains Ports'],
  ['Timeouts', 'ExecutionTimeout QueueTimeout TotalTimeout']
]
/** A file of theirs is told by these: without them it is taken for a specification of ours. */
const FORM_KEYS = ['Tasks', 'APIVersion', 'Spec']
/** A file of nothing else must not fill a terminal. */
const MAX_NOTES = 8
const MAX_SHOWN = 40
/** More keys than any job file has at its top. */
const MAX_COMPARED = 64

/** Keys that nobody reads, as notes: the original passes over them in silence, and a typo of `Timeouts` costs a long run. */
export function unknownKeyNotes(job: GoObject, task: GoObject): string[] {
  const notes = [
    ...unknownIn(job, JOB),
    ...unknownIn(task, TASK),
    ...PARTS.flatMap(([part, keys]) => unknownIn(task.object(part), keys))
  ]
  return notes.slice(0, MAX_NOTES)
}

/** A key that was probably meant to say that the file is one of theirs; undefined for what has such a key, or an engine as ours have. */
export function misspeltForm(value: unknown): { key: string; meant: string } | undefined {
  if (!isMapping(value)) return undefined
  const keys = Object.keys(value)
  const known = new Set([...FORM_KEYS, 'engine'].map(key => key.toLowerCase()))
  if (keys.some(key => known.has(key.toLowerCase()))) return undefined
  const names = [...SPEC_KEYS, ...FORM_KEYS]
  return keys
    .slice(0, MAX_COMPARED)
    .map(key => ({ key, meant: nearest(key, names) ?? '' }))
    .find(({ meant }) => FORM_KEYS.includes(meant))
}

function unknownIn(object: GoObject, keys: string): string[] {
  const known = keys.split(' ')
  const lower = new Set(known.map(key => key.toLowerCase()))
  return object
    .keys()
    .filter(key => !lower.has(key.toLowerCase()))
    .slice(0, MAX_NOTES)
    .map(key => {
      const meant = nearest(key.slice(0, MAX_SHOWN), known)
      const did = meant === undefined ? '' : `; did you mean ${meant}?`
      return `${object.path(JSON.stringify(key.slice(0, MAX_SHOWN)).slice(1, -1))} is no key here and ignored${did}`
    })
}
