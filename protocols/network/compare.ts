import { UserError } from '../common/errors.ts'
import { sha256 } from '../common/hash.ts'
import { listsDigest, listsOf } from '../common/membership.ts'
import { type NetworkDocument, networkSignedBytes, networkToJson } from '../common/network-document.ts'
import { compareBytes } from '../common/values.ts'

/** One field in which two documents differ, as a person reads it; a secret is never shown. */
export interface Difference {
  field: string
  was: string
  is: string
}

export type Relation = 'newer' | 'same' | 'older'

/** A document of another network. */
export class OtherNetworkError extends UserError {
  constructor(known: NetworkDocument, given: NetworkDocument) {
    const differing = differences(known, given).filter(d => IDENTITY.has(d.field))
    super('OtherNetworkError', `this is the network ${given.id}, not ${known.id}${differencesText(differing)}`, {
      field: 'id',
      value: given.id,
      limit: known.id,
      remedy: 'choose another --data-dir for another network, or ask a member for a new invite'
    })
  }
}

/** A revision that is behind the one that is known. */
export class OlderNetworkError extends UserError {
  constructor(known: NetworkDocument, given: NetworkDocument) {
    const told = differencesText(differences(known, given))
    super(
      'OlderNetworkError',
      `this is revision ${given.revision} of ${given.id}, and revision ${known.revision} is known${told}`,
      {
        field: 'revision',
        value: given.revision,
        limit: `at least ${known.revision}`,
        remedy: 'nothing is to be done: the newer revision holds'
      }
    )
  }
}

/**
 * How a document stands to the one that is known. The higher revision is newer; of two documents that an owner signed for
 * one revision the one with the smaller digest holds, so that all nodes come to the same. The same document with its lists
 * is newer than without.
 *
 * @throws OtherNetworkError
 */
export function relationOf(known: NetworkDocument, given: NetworkDocument): Relation {
  if (known.id !== given.id || known.owner !== given.owner) throw new OtherNetworkError(known, given)
  if (given.revision !== known.revision) return given.revision > known.revision ? 'newer' : 'older'
  const order = compareBytes(sha256(networkSignedBytes(given)), sha256(networkSignedBytes(known)))
  if (order !== 0) return order < 0 ? 'newer' : 'older'
  return listsOf(known) === undefined && listsOf(given) !== undefined ? 'newer' : 'same'
}

/** What makes a network another one. */
const IDENTITY: ReadonlySet<string> = new Set(['name', 'id', 'owner', 'secret'])

/** @throws OtherNetworkError, OlderNetworkError */
export function checkNotOlder(known: NetworkDocument, given: NetworkDocument): void {
  if (relationOf(known, given) === 'older') throw new OlderNetworkError(known, given)
}

/** The error about a changed document, with what was changed in it compared to the one that is known. */
export function tampered(error: UserError, known: NetworkDocument, given: NetworkDocument): UserError {
  const { name, message, field, value, limit, remedy } = error
  const differing = differences(known, given)
  return new UserError(name, `${message}${differencesText(differing)}`, {
    ...(field === undefined ? {} : { field }),
    ...(limit === undefined ? {} : { limit }),
    ...(remedy === undefined ? {} : { remedy }),
    value
  })
}

/** Field by field, in the order of the document; lists by what came and went. */
export function differences(was: NetworkDocument, is: NetworkDocument): Difference[] {
  const [before, after] = [leaves(was), leaves(is)]
  return [...new Set([...before.keys(), ...after.keys()])].flatMap(field => {
    const [a = NOTHING, b = NOTHING] = [before.get(field), after.get(field)]
    if (a === b) return []
    return [{ field, was: show(field, a), is: show(field, b) }]
  })
}

const NOTHING = 'nothing'
const MAX_SHOWN = 120

const show = (field: string, text: string): string => {
  if (field === 'secret') return text === NOTHING ? NOTHING : 'a secret'
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

function leaves(document: NetworkDocument): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (prefix: string, value: unknown): void => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      found.set(prefix, Array.isArray(value) ? value.join(' ') || NOTHING : String(value))
      return
    }
    for (const [key, inner] of Object.entries(value)) walk(prefix === '' ? key : `${prefix}.${key}`, inner)
  }
  walk('', JSON.parse(networkToJson(document)))
  return found
}

/** The signature follows from the rest: it is told only when nothing else differs. */
function differencesText(all: readonly Difference[]): string {
  const told = all.length > 1 ? all.filter(d => d.field !== 'signature') : all
  return told
    .map(({ field, was, is }) => (was === is ? `; ${field} differs` : `; ${field} was ${was}, is ${is}`))
    .join('')
}

/**
 * A newer document that came without its lists, by somebody who knows lists: with them where they are still the same, else the known
 * one. Taking it alone would forget who is revoked; the revision comes whole from a member.
 */
export function withLists(known: NetworkDocument, given: NetworkDocument): NetworkDocument {
  const lists = listsOf(known)
  if (lists === undefined || listsOf(given) !== undefined) return given
  if (listsDigest(known.membership) !== listsDigest(given.membership)) return known
  const { members, revoked } = lists
  return { ...given, membership: { policy: given.membership.policy, members, revoked } }
}
