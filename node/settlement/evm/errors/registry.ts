import {
  notNameOwner,
  versionExists,
  versionUnchanged,
  versionUnknown
} from '../../../../protocols/modules/registry-index.ts'
import type { moduleRegistryAbi } from '../generated/module-registry.ts'
import { invalid, type Sentences } from './sentence.ts'

/** The contract's fields, by number. */
const FIELDS = ['name', 'version', 'description', 'licence'] as const
const TAKES = [
  'a-z, 0-9, ".", "_" and "-", a letter or digit first',
  'a-z, A-Z, 0-9, "." and "-", a letter or digit first',
  'no control characters',
  'no control characters'
] as const

export const registrySentences: Sentences<typeof moduleRegistryAbi> = {
  BadLength: ([field, value, min, max]) => {
    const name = FIELDS[Number(field)] ?? 'text'
    return invalid(
      name,
      `the ${name} has ${value} bytes`,
      () => ({ value, limit: `${min} to ${max}` }),
      'make it fit the limit'
    )([])
  },
  BadCharacter: ([field, position]) => {
    const name = FIELDS[Number(field)] ?? 'text'
    const limit = TAKES[Number(field)] ?? 'plain text'
    return invalid(
      name,
      `at ${position} the ${name} has a character that it may not have`,
      () => ({ value: position, limit }),
      `use ${limit}`
    )([])
  },
  NoDigest: invalid('cid', 'no module is named', () => ({ value: undefined }), 'publish the folder of the module'),
  NotNameOwner: ([name, owner, caller]) => notNameOwner(String(name), String(owner), String(caller)),
  VersionExists: ([name, version, digest]) => versionExists(String(name), String(version), digest),
  VersionUnknown: ([name, version]) => versionUnknown(String(name), String(version)),
  YankUnchanged: ([name, version, yanked]) => versionUnchanged(String(name), String(version), yanked === true)
}
