import { randomBytes } from 'node:crypto'
import { link, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { troubleText } from '../errors/file-trouble.ts'
import { KeyFileError, KeyFileExistsError } from './keystore-errors.ts'

/** A keystore file is under 1 KiB. */
const MAX_FILE_BYTES = 16 * 1024
const OWNER_ONLY = 0o600
const OTHERS = 0o077

/** Puts a secret at a path that is free, whole or not at all, readable by its owner alone. @throws KeyFileExistsError */
export async function writeKeyFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const file = await open(temporary, 'wx', OWNER_ONLY)
  try {
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    // unlike rename, link refuses an existing target: a key is never overwritten
    await link(temporary, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw new KeyFileExistsError(path)
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Reads a small text file. @throws KeyFileError when missing, too large, or (`ownerOnly`) open to others */
export async function readKeyFile(path: string, { ownerOnly = false } = {}): Promise<string> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new KeyFileError(path, `cannot be read: ${troubleText(cause)}`, {
      cause,
      remedy: 'give the path of a key file'
    })
  })
  try {
    const stats = await file.stat()
    const { size, mode } = stats
    if (stats.isDirectory()) throw new KeyFileError(path, 'is a directory', { remedy: 'name a file in it' })
    if (size > MAX_FILE_BYTES) {
      throw new KeyFileError(path, 'is too large for a key file', { value: size, limit: `${MAX_FILE_BYTES} bytes` })
    }
    if (ownerOnly && process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw new KeyFileError(path, 'can be read by other users', {
        value: (mode & 0o777).toString(8),
        limit: 'mode 600',
        remedy: `chmod 600 ${path}`
      })
    }
    const buffer = Buffer.alloc(MAX_FILE_BYTES)
    const { bytesRead } = await file.read(buffer, 0, MAX_FILE_BYTES, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
