import { UnsafeNameError } from './errors.ts'
import { MAX_NAME_BYTES } from './import-settings.ts'

/**
 * A name that is written to disk must stay in its directory.
 *
 * @throws UnsafeNameError
 */
export function checkName(name: string): void {
  if (name === '') throw new UnsafeNameError(name, 'is empty')
  if (name === '.' || name === '..') throw new UnsafeNameError(name, 'leads out of its directory')
  if (name.includes('/')) throw new UnsafeNameError(name, 'contains a slash')
  if (name.includes('\0')) throw new UnsafeNameError(name, 'contains a zero byte')
  const size = Buffer.byteLength(name)
  if (size > MAX_NAME_BYTES) throw new UnsafeNameError(name, `has ${size} bytes, more than ${MAX_NAME_BYTES}`)
}

/**
 * A name found on disk, as text. The importer takes a backslash before a slash for an escape, and a name that is not UTF-8
 * would come back as another name.
 *
 * @throws UnsafeNameError
 */
export function importableName(raw: Buffer): string {
  const name = raw.toString('utf8')
  if (!Buffer.from(name, 'utf8').equals(raw)) throw new UnsafeNameError(name, 'is not UTF-8')
  if (name.includes('\\')) throw new UnsafeNameError(name, 'contains a backslash')
  checkName(name)
  return name
}
