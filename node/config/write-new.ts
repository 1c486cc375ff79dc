import { randomBytes } from 'node:crypto'
import { link, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UserError } from '../../protocols/common/errors.ts'

/** What is written this way is a secret, or may hold one. */
const MODE = 0o600

/**
 * Puts a file at a path that is free, whole or not at all, readable by its owner alone. Never over another.
 *
 * @param taken the error when something is there
 */
export async function writeNew(path: string, text: string, taken: (path: string) => Error): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const file = await open(temporary, 'wx', MODE)
  try {
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    // unlike rename, link refuses a target that is there
    await link(temporary, path)
  } catch (error) {
    throw error instanceof Error && 'code' in error && error.code === 'EEXIST' ? taken(path) : error
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Settings that somebody wrote are never written over. */
export const settingsExist = (path: string): UserError =>
  new UserError('TargetExistsError', `${path} is there already`, {
    field: 'out',
    value: path,
    remedy: 'move it away, or choose another name'
  })
