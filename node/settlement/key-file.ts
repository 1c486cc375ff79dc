import { open } from 'node:fs/promises'
import { writeNew } from '../config/write-new.ts'
import { troubleText } from '../errors/file-trouble.ts'
import { KeyFileError, KeyFileExistsError } from './keystore-errors.ts'

/** A keystore file is under 1 KiB. */
const MAX_FILE_BYTES = 16 * 1024
const OTHERS = 0o077

/** Puts a secret at a path that is free, whole or not at all, readable by its owner alone. @throws KeyFileExistsError */
export async function writeKeyFile(path: string, text: string): Promise<void> {
  await writeNew(path, text, taken => new KeyFileExistsError(taken))
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
