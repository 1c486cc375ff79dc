import { InvalidInputError } from '../../protocols/common/errors.ts'

const MAX_CHARS = 4096
/** What every file system that we run on takes. */
const MAX_NAME_BYTES = 255
const MAX_DEPTH = 64

/**
 * The parts of a relative path that stays below wherever it is put: no `..`, no absolute path, no control character, no
 * backslash or drive that another system would read as a separator.
 *
 * @throws InvalidInputError
 */
export function safeParts(path: string, field = 'path'): string[] {
  const parts = path.length > MAX_CHARS ? [] : path.split('/')
  const fits = parts.length > 0 && parts.length <= MAX_DEPTH && parts.every(isSafeName)
  if (fits) return parts
  const limit = 'a relative path with "/", without "..", "\\" or control characters'
  throw new InvalidInputError(`${field}: the path is not allowed`, {
    field,
    value: path,
    limit,
    remedy: `give ${limit}`
  })
}

function isSafeName(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false
  return (
    Buffer.byteLength(name) <= MAX_NAME_BYTES && name.isWellFormed() && !/[\u0000-\u001f\u007f\\]|^[A-Za-z]:/.test(name)
  )
}
