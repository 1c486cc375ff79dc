import { z } from 'zod'
import { type Block, decodeCanonical, toBlock } from '../common/cbor.ts'
import { InvalidInputError, TooLargeError, UserError } from '../common/errors.ts'
import { parse } from '../common/parse.ts'
import { cid, text, uint } from '../common/values.ts'

/** The same as the contract's, so that a module has one name on every network. */
export const REGISTRY_TEXT = {
  name: /^[a-z0-9][a-z0-9._-]{0,63}$/,
  version: /^[A-Za-z0-9][A-Za-z0-9.-]{0,31}$/,
  descriptionBytes: 200,
  licenceBytes: 64
} as const

export const INDEX_LIMITS = {
  /** versions of all modules together: a network without a chain is a small one */
  entries: 1_000,
  bytes: 512 * 1024
} as const

const short = (bytes: number) =>
  text(bytes)
    .regex(/^[^\n\t]*$/, 'expected one line')
    .refine(t => Buffer.byteLength(t) <= bytes, `expected at most ${bytes} bytes`)

const entry = z.strictObject({
  name: z.string().regex(REGISTRY_TEXT.name, 'expected 1 to 64 of a-z, 0-9, ".", "_" and "-"'),
  version: z.string().regex(REGISTRY_TEXT.version, 'expected 1 to 32 of letters, digits, "." and "-"'),
  cid,
  account: z.string().regex(/^0x[0-9a-f]{40}$/) as unknown as z.ZodType<`0x${string}`, string>,
  publishedAt: uint,
  yanked: z.boolean(),
  description: short(REGISTRY_TEXT.descriptionBytes),
  licence: short(REGISTRY_TEXT.licenceBytes)
})
const index = z.strictObject({ version: z.literal(1), entries: z.array(entry).max(INDEX_LIMITS.entries) })

/** One version of a module in the list that a network's owner signs by its CID. */
export type IndexEntry = z.output<typeof entry>

export const encodeIndex = (entries: readonly IndexEntry[]): Block => toBlock({ version: 1, entries })

/** @throws NonCanonicalError, TooLargeError, InvalidInputError */
export function decodeIndex(bytes: Uint8Array): IndexEntry[] {
  return parse(index, decodeCanonical(bytes, 'module index', INDEX_LIMITS.bytes), 'module index').entries
}

/** What is published under a name that others have, or as a version that is there. */
export const notNameOwner = (name: string, owner: string, caller: string): UserError =>
  new UserError('NotNameOwnerError', `the name ${name} belongs to ${owner}`, {
    field: 'name',
    value: caller,
    limit: owner,
    remedy: 'publish under another name'
  })
export const versionExists = (name: string, version: string, value: unknown): UserError =>
  new UserError('VersionExistsError', `${name}:${version} is published already, and a version is never changed`, {
    field: 'version',
    value,
    remedy: 'raise the version in module.yaml'
  })
export const versionUnknown = (name: string, version: string): UserError =>
  new UserError('VersionUnknownError', `there is no ${name}:${version} in the registry`, {
    field: 'version',
    value: version,
    remedy: `see "dcn module list ${name}"`
  })
export const versionUnchanged = (name: string, version: string, yanked: boolean): UserError =>
  new UserError('VersionUnchangedError', `${name}:${version} is ${yanked ? '' : 'not '}yanked already`, {
    field: 'yanked',
    value: yanked,
    remedy: `see "dcn module list ${name}"`
  })

/** @throws InvalidInputError, TooLargeError, NotNameOwnerError, VersionExistsError */
export function withVersion(entries: readonly IndexEntry[], added: IndexEntry): IndexEntry[] {
  const checked = parse(entry, added, 'module')
  const owner = entries.find(({ name }) => name === added.name)?.account
  if (owner !== undefined && owner !== added.account) throw notNameOwner(added.name, owner, added.account)
  const same = entries.find(({ name, version }) => name === added.name && version === added.version)
  if (same !== undefined) throw versionExists(added.name, added.version, same.cid.toString())
  if (entries.length >= INDEX_LIMITS.entries) {
    throw new TooLargeError(
      'module index (versions)',
      entries.length + 1,
      INDEX_LIMITS.entries,
      'use a network with a chain'
    )
  }
  return [...entries, checked]
}

/** @throws VersionUnknownError, VersionUnchangedError */
export function withYanked(
  entries: readonly IndexEntry[],
  name: string,
  version: string,
  yanked: boolean
): IndexEntry[] {
  const found = entries.find(e => e.name === name && e.version === version)
  if (found === undefined) throw versionUnknown(name, version)
  if (found.yanked === yanked) throw versionUnchanged(name, version, yanked)
  return entries.map(e => (e === found ? { ...e, yanked } : e))
}

/** Before anything is imported or sent. @throws InvalidInputError */
export function checkWords({ name, version }: { name: string; version: string }): void {
  for (const [field, value] of Object.entries({ name, version })) {
    if (REGISTRY_TEXT[field as 'name' | 'version'].test(value)) continue
    throw new InvalidInputError(`the registry takes no such ${field}`, {
      field,
      value,
      limit: field === 'name' ? '1 to 64 of a-z, 0-9, ".", "_" and "-"' : '1 to 32 of letters, digits, "." and "-"',
      remedy: `give another with --${field === 'name' ? 'name' : 'as'}`
    })
  }
}
