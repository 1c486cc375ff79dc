import { createWriteStream } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { TooLargeError, UserError } from '../../protocols/common/errors.ts'
import type { AbortOptions } from '../components.ts'
import type { NodeClient } from '../http/client.ts'
import { safeParts } from '../http/paths.ts'
import type { ResultFile } from '../http/views.ts'

/** As many files as a result may have. */
const MAX_FILES = 100_000

/**
 * Copies a job's result files into a directory, which must be new or empty, so that nothing is overwritten and no link in it
 * is followed. Names are checked again here: the node passes on what a provider called them.
 *
 * @throws UserError named OutputExistsError, ResultIncompleteError
 */
export async function download(
  client: NodeClient,
  id: string,
  dir: string,
  options: AbortOptions = {}
): Promise<ResultFile[]> {
  const files = await client.results(id, options)
  if (files.length > MAX_FILES) throw new TooLargeError('result (files)', files.length, MAX_FILES)
  const targets = files.map(file => ({ file, path: join(dir, ...safeParts(file.path)) }))
  await checkTarget(dir)
  await mkdir(dir, { recursive: true })
  for (const { file, path } of targets) {
    await mkdir(dirname(path), { recursive: true })
    await copy(client, id, file, path, options)
  }
  return files
}

/** Whether results may be put into a directory: asked before a job is paid for, too. @throws UserError named OutputExistsError */
export async function checkTarget(dir: string): Promise<void> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    if (error.code === 'ENOTDIR') return undefined
    throw error
  })
  if (names?.length === 0) return
  throw new UserError('OutputExistsError', `${dir} is ${names === undefined ? 'a file' : 'not empty'}`, {
    field: 'out',
    value: dir,
    remedy: 'name a new directory with --out'
  })
}

async function copy(
  client: NodeClient,
  id: string,
  file: ResultFile,
  path: string,
  options: AbortOptions
): Promise<void> {
  const body = await client.openResult(id, file.path, options)
  let size = 0
  await pipeline(
    Readable.fromWeb(body),
    async function* count(chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        size += chunk.byteLength
        if (size > file.sizeBytes) throw incomplete(file, size)
        yield chunk
      }
    },
    createWriteStream(path, { flags: 'wx' })
  )
  if (size !== file.sizeBytes) throw incomplete(file, size)
}

function incomplete(file: ResultFile, size: number): UserError {
  return new UserError('ResultIncompleteError', `${file.path} came with ${size} of ${file.sizeBytes} bytes`, {
    field: file.path,
    value: size,
    limit: String(file.sizeBytes),
    remedy: 'get it again with: dcn job get'
  })
}
