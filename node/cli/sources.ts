import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { messageOf, TooLargeError, UserError } from '../../protocols/common/errors.ts'
import { isMapping } from '../../protocols/job/file-fields.ts'
import type { AbortOptions } from '../components.ts'
import type { JobFile } from './job-file.ts'

/** Where the bytes of an input or of a program come from, when this side has to fetch them. */
export interface Source {
  /** http, https, or data: for what a file has in itself */
  url: string
  /** the key of the specification that names it */
  field: string
}

/** What a source is replaced by: `{cid}` or `{local}`; of a program `cid` becomes `module`. */
export type Replacement = { cid: string } | { local: string }

export class UrlFetchError extends UserError {
  constructor({ url, field }: Source, why: string, cause?: unknown) {
    super('UrlFetchError', `cannot fetch ${shownUrl(url)}: ${why}`, {
      field,
      value: shownUrl(url),
      remedy: 'try the address with curl; or fetch it yourself and give the file with --input',
      cause
    })
  }
}

/** One input: a larger one is better given as a file. */
const MAX_BYTES = 16 * 2 ** 30
/** A server that sends nothing for this long has gone. */
const IDLE_MS = 60_000

/**
 * Replaces `url` and `inline` of inputs, and of a wasm program, by what `take` makes of them. Everything else stays, also what is
 * wrong with it.
 */
export async function replaceSources(file: JobFile, take: (source: Source) => Promise<Replacement>): Promise<JobFile> {
  const { inputs, engine } = file
  const replaced: JobFile = { ...file }
  if (Array.isArray(inputs)) {
    const made: unknown[] = []
    for (const [i, input] of inputs.entries()) made.push(await replace(input, `inputs.${i}`, take))
    replaced['inputs'] = made
  }
  if (isMapping(engine) && isMapping(engine['wasm'])) {
    const { cid, ...rest } = (await replace(engine['wasm'], 'engine.wasm', take)) as JobFile
    replaced['engine'] = { ...engine, wasm: cid === undefined ? rest : { ...rest, module: cid } }
  }
  return replaced
}

async function replace(
  value: unknown,
  field: string,
  take: (source: Source) => Promise<Replacement>
): Promise<unknown> {
  if (!isMapping(value)) return value
  const { url, inline, ...rest } = value
  const source = url ?? inline
  if (url === undefined && !/^data:/i.test(String(inline))) return value
  if (typeof source !== 'string' || rest['cid'] !== undefined || rest['local'] !== undefined) return value
  const key = url === undefined ? 'inline' : 'url'
  return { ...rest, ...(await take({ url: source, field: `${field}.${key}` })) }
}

/**
 * Fetches the sources of a file into a directory of their own, so that what is signed is what this side saw: a provider and a judge
 * get the same bytes by CID, whatever the server says to them.
 *
 * @returns the file with local paths, and a call that removes the directory
 * @throws UrlFetchError, TooLargeError
 */
export async function fetchSources(
  file: JobFile,
  onFetched: (source: Source, sizeBytes: number) => void,
  options: AbortOptions = {}
): Promise<{ file: JobFile; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'dcn-sources-'))
  const remove = () => rm(dir, { recursive: true, force: true })
  let count = 0
  try {
    const local = await replaceSources(file, async source => {
      const path = join(dir, String(count++))
      onFetched(source, await fetchTo(path, source, options))
      return { local: path }
    })
    return { file: local, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function fetchTo(path: string, source: Source, { signal }: AbortOptions): Promise<number> {
  if (!/^(https?|data):/i.test(source.url)) throw new UrlFetchError(source, 'expected http, https or data')
  const idle = new AbortController()
  const timer = setTimeout(() => idle.abort(new Error(`nothing came for ${IDLE_MS / 1000} s`)), IDLE_MS)
  const all = AbortSignal.any([idle.signal, ...(signal === undefined ? [] : [signal])])
  try {
    const { url, headers } = requestOf(source)
    const response = await fetch(url, { signal: all, headers })
    if (!response.ok) throw new UrlFetchError(source, `the server answers ${response.status}`)
    let sizeBytes = 0
    const counter = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        timer.refresh()
        sizeBytes += chunk.byteLength
        done(
          sizeBytes > MAX_BYTES ? new TooLargeError(`${shownUrl(source.url)} (bytes)`, sizeBytes, MAX_BYTES) : null,
          chunk
        )
      }
    })
    const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body as never)
    await pipeline(body, counter, createWriteStream(path, { mode: 0o600 }), { signal: all })
    return sizeBytes
  } catch (error) {
    if (error instanceof UserError) throw error
    signal?.throwIfAborted()
    throw new UrlFetchError(source, messageOf(idle.signal.aborted ? idle.signal.reason : rootOf(error)), error)
  } finally {
    clearTimeout(timer)
  }
}

/** fetch takes no URL with a password in it, and would print it. */
function requestOf(source: Source): { url: URL; headers: Record<string, string> } {
  if (!URL.canParse(source.url)) throw new UrlFetchError(source, 'this is no URL')
  const url = new URL(source.url)
  const { username, password } = url
  url.username = ''
  url.password = ''
  if (username === '' && password === '') return { url, headers: {} }
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { url, headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } }
}

/** fetch says "fetch failed" and keeps the reason to itself. */
const rootOf = (error: unknown): unknown =>
  error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error

/** Without what may be a password, and not a whole file. */
export function shownUrl(url: string): string {
  return url
    .replace(/^(https?:\/\/)[^/?#]*@/i, '$1…@')
    .replace(/\?.*$/s, '?…')
    .slice(0, 120)
}
