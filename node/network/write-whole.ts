import { randomBytes } from 'node:crypto'
import { chmod, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** What is written this way holds secrets, or says whom a node meets. */
const MODE = 0o600

/** Writes a file whole or not at all, on the disk before it has its name; readable by its owner only. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`
  const file = await open(temporary, 'wx', MODE)
  try {
    await file.writeFile(text)
    await file.sync()
    await file.close()
    await chmod(temporary, MODE)
    await rename(temporary, path)
    await syncDirectory(dirname(path))
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(temporary, { force: true })
    throw error
  }
}

/** The name is in the directory: without this a power cut takes the owner back to a revision that others have moved on from. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
