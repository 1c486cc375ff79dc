import { lstat, readdir, stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { InvalidInputError, TooLargeError } from '../../protocols/common/errors.ts'
import { asCid } from '../../protocols/job/file-engine.ts'
import type { AbortOptions } from '../components.ts'
import { absolute } from '../config/convert.ts'
import { troubleText } from '../errors/file-trouble.ts'
import type { NodeClient } from '../http/client.ts'
import type { ImportedView } from '../http/views.ts'
import type { Imports } from './job-file.ts'

/** What the node takes in one upload. */
const MAX_FILES = 10_000

const PROGRAM_NAME = 'program.mjs'

/** An entry of `inputs` in a specification file. */
export interface FileInput {
  local?: string
  cid?: string
  path: string
}

/** `data.txt`, `data.txt:/inputs/x` or a CID: mounted at /inputs/<name> unless a path is given. */
export function parseInput(text: string, cwd: string): FileInput {
  const at = text.lastIndexOf(':/')
  const [source, mount] = at > 0 ? [text.slice(0, at), text.slice(at + 1)] : [text, undefined]
  const path = mount ?? `/inputs/${basename(source)}`
  return asCid(source) === undefined ? { local: absolute(source, cwd), path } : { cid: source, path }
}

/** `NAME:PATH` of --output. @throws InvalidInputError */
export function parseOutput(text: string): { name: string; path: string } {
  const at = text.indexOf(':/')
  if (at > 0) return { name: text.slice(0, at), path: text.slice(at + 1) }
  throw new InvalidInputError('--output: expected NAME:PATH', {
    field: 'output',
    value: text,
    remedy: 'write for example --output result:/outputs/result'
  })
}

/**
 * Sends a file or directory to the node, which puts it into its content store.
 *
 * @param onFile told of each file that was sent
 * @throws InvalidInputError for what is missing or is neither file nor directory
 */
async function upload(
  client: NodeClient,
  path: string,
  onFile: (name: string, sizeBytes: number) => void,
  options: AbortOptions = {}
): Promise<ImportedView> {
  const found = await stat(path).catch(cause => {
    const remedy = 'check the path; relative ones start from the working directory or the specification'
    throw new InvalidInputError(`cannot read ${path}: ${troubleText(cause)}`, {
      field: 'input',
      value: path,
      remedy,
      cause
    })
  })
  if (!found.isFile() && !found.isDirectory()) throw notPlain(path)
  const files = found.isFile() ? [path] : await listFiles(path)
  const root = found.isFile() ? join(path, '..') : path
  const id = await client.beginUpload(options)
  for (const file of files) {
    const name = relative(root, file).split(sep).join('/')
    onFile(name, await client.sendFile(id, name, file, options))
  }
  return client.commitUpload(id, found.isFile() ? basename(path) : undefined, options)
}

/** What a specification names on this side, put into the node's store. */
export function importsTo(
  client: NodeClient,
  onFile: (name: string, sizeBytes: number) => void = () => undefined,
  options: AbortOptions = {}
): Imports {
  return {
    path: async path => (await upload(client, path, onFile, options)).cid,
    text: async text => (await uploadText(client, text, onFile, options)).cid
  }
}

/** The same for a program that is on no disk. */
async function uploadText(
  client: NodeClient,
  text: string,
  onFile: (name: string, sizeBytes: number) => void,
  options: AbortOptions = {}
): Promise<ImportedView> {
  const id = await client.beginUpload(options)
  onFile(PROGRAM_NAME, await client.sendFile(id, PROGRAM_NAME, new Blob([text]), options))
  return client.commitUpload(id, PROGRAM_NAME, options)
}

/** Regular files below a directory in byte order; a link could lead anywhere, so it is refused. */
async function listFiles(dir: string): Promise<string[]> {
  const files: string[] = []
  const entries = await readdir(dir, { recursive: true })
  if (entries.length > MAX_FILES) throw new TooLargeError(`${dir} (files)`, entries.length, MAX_FILES)
  for (const entry of entries.sort()) {
    const path = join(dir, entry)
    const found = await lstat(path)
    if (found.isFile()) files.push(path)
    else if (!found.isDirectory()) throw notPlain(path)
  }
  return files
}

function notPlain(path: string): InvalidInputError {
  const remedy = 'copy what it stands for into the directory'
  return new InvalidInputError(`${path} is neither a file nor a directory`, { field: 'input', value: path, remedy })
}
