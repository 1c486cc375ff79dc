import { nearest } from '../common/nearest.ts'
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
/** A file of nothing else must not fill a terminal. */
const MAX_NOTES = 8
const MAX_SHOWN = 40

/** Keys that nobody reads, as notes: the original passes over them in silence, and a typo of `Timeouts` costs a long run. */
export function unknownKeyNotes(job: GoObject, task: GoObject): string[] {
  const notes = [
    ...unknownIn(job, JOB),
    ...unknownIn(task, TASK),
    ...PARTS.flatMap(([part, keys]) => unknownIn(task.object(part), keys))
  ]
  return notes.slice(0, MAX_NOTES)
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
