import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { AbortOptions } from '../components.ts'
import { openStream, type SealKey, sealStream } from './age.ts'
import { type Packed, packTrees, unpack } from './archive.ts'
import { SealBrokenError } from './errors.ts'

export { checkSealKey, newSealKey, type SealKey } from './age.ts'
export { SealBrokenError, SealKeyUnavailableError } from './errors.ts'

/**
 * Private content is one file: a tar of it, encrypted with age. Its CID says nothing about what is inside, sizes aside, and whoever
 * passes the blocks on sees ciphertext alone.
 */
export async function seal(
  trees: readonly Packed[],
  target: string,
  key: SealKey,
  options: AbortOptions = {}
): Promise<void> {
  const sealed = await sealStream(await packTrees(trees, options), key)
  await pipeline(sealed, createWriteStream(target, { flags: 'wx', mode: 0o600 }), signalOf(options))
}

/**
 * Opens a sealed file into `dir`, which is made anew; a failure leaves nothing.
 *
 * @throws SealBrokenError, UnsafeNameError, UnsupportedContentError, TooLargeError
 */
export async function unseal(
  file: string,
  dir: string,
  key: SealKey,
  limits: { maxBytes: number } & AbortOptions
): Promise<void> {
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true, mode: 0o700 })
  try {
    await unpack(await openStream(createReadStream(file), key), dir, limits)
  } catch (error) {
    await rm(dir, { recursive: true, force: true })
    throw isAuthentication(error) ? new SealBrokenError(error) : error
  }
}

const signalOf = ({ signal }: AbortOptions) => (signal === undefined ? {} : { signal })

/** What the cipher and the tar reader throw at damaged bytes has no class of its own; a directory is no seal. */
function isAuthentication(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== 'Error') return false
  const { code } = error as NodeJS.ErrnoException
  return code === undefined || code === 'EISDIR'
}
