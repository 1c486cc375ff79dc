import { basename, dirname } from 'node:path'
import { CID } from 'multiformats/cid'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import { isMapping } from '../../protocols/job/file-fields.ts'
import { parseSpec } from '../../protocols/job/parse-spec.ts'
import { parseYaml } from '../../protocols/job/parse-spec-text.ts'
import { type Resolvers, resolveReferences } from '../../protocols/job/references.ts'
import { JOB_LIMITS } from '../../protocols/job/schema.ts'
import { absolute } from '../config/convert.ts'
import { readProgram } from './js-program.ts'
import { readNamedText } from './read-file.ts'
import { replaceSources } from './sources.ts'

export type JobFile = Record<string, unknown>

/** A specification with its comments; parseYaml has the limit of the text itself. */
export const FILE_MAX_BYTES = 1024 * 1024
/** Stands for what is not uploaded yet: what a file asks for does not depend on the bytes. */
export const ANY_CID = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
const ANY_IMAGE = `image@sha256:${'0'.repeat(64)}`

/** What is written in a YAML or JSON file, with local paths made absolute. @throws InvalidInputError, TooLargeError */
export async function readJobFile(path: string): Promise<JobFile> {
  const file = parseYaml(await readNamedText(path, { maxBytes: FILE_MAX_BYTES }), path)
  if (!isMapping(file)) {
    throw new InvalidInputError(`${path}: expected a job specification`, { field: path, remedy: 'see docs/jobs.md' })
  }
  return await withProgram(localTo(file, dirname(path)), dirname(path))
}

/** A file whose `local` paths of inputs and of a wasm module start from a directory. */
export function localTo(file: JobFile, base: string): JobFile {
  const { inputs, engine } = file
  const wasm = isMapping(engine) ? engine['wasm'] : undefined
  return {
    ...file,
    ...(Array.isArray(inputs) ? { inputs: inputs.map(input => withLocal(input, base)) } : {}),
    ...(isMapping(engine) && isMapping(wasm) && typeof wasm['local'] === 'string'
      ? { engine: { ...engine, wasm: { ...wasm, local: absolute(wasm['local'], base) } } }
      : {})
  }
}

function withLocal(input: unknown, base: string): unknown {
  if (!isMapping(input)) return input
  const { local, url } = input
  if (typeof local === 'string') return { path: `/inputs/${basename(local)}`, ...input, local: absolute(local, base) }
  return typeof url === 'string' && URL.canParse(url) ? { path: `/inputs/${nameIn(url)}`, ...input } : input
}

/** The last part of a URL's path, as a browser names what it downloads. */
const nameIn = (url: string): string => new URL(url).pathname.split('/').at(-1) || 'index.html'

/** `engine.js.local` becomes the module's text with what it imports. */
async function withProgram(file: JobFile, base: string): Promise<JobFile> {
  const { engine } = file
  const js = isMapping(engine) ? engine['js'] : undefined
  if (!isMapping(engine) || !isMapping(js) || typeof js['local'] !== 'string') return file
  const { local, ...rest } = js
  return { ...file, engine: { ...engine, js: { ...rest, source: await readProgram(absolute(String(local), base)) } } }
}

/** Finds what is wrong with a file before anything is uploaded. @throws InvalidInputError */
export async function checkJobFile(file: JobFile): Promise<void> {
  const any = CID.parse(ANY_CID)
  const isThere = await replaceSources(file, async () => ({ cid: ANY_CID }))
  parseSpec(
    await resolveAll(isThere, {
      importLocal: async () => any,
      importText: async () => any,
      resolveImage: async image => (/@sha256:|^sha256:|^ipfs:\/\//.test(image) ? image : ANY_IMAGE)
    })
  )
}

/** Puts what a file names into the node's store; each gives a CID. */
export interface Imports {
  path(path: string): Promise<string>
  /** a program too long for the specification itself */
  text(text: string): Promise<string>
}

/** The file with what only this side has replaced by CIDs; images are pinned by the node. */
export async function resolveLocal(file: JobFile, imports: Imports): Promise<JobFile> {
  const resolved = await resolveAll(file, {
    importLocal: async path => CID.parse(await imports.path(path)),
    importText: async text => CID.parse(await imports.text(text)),
    resolveImage: async image => image
  })
  // CIDs travel as text in JSON
  return JSON.parse(JSON.stringify(resolved, cidAsText)) as JobFile
}

interface AllResolvers extends Resolvers {
  importText(text: string): Promise<CID>
}

async function resolveAll(file: JobFile, resolvers: AllResolvers): Promise<unknown> {
  const engine = isMapping(file['engine']) ? await resolveProgram(file['engine'], resolvers) : file['engine']
  return resolveReferences(engine === undefined ? file : { ...file, engine }, resolvers)
}

/** A module is named by its CID; so is a text that the specification would not hold. */
async function resolveProgram(engine: JobFile, { importLocal, importText }: AllResolvers): Promise<JobFile> {
  const { js, wasm } = engine
  if (isMapping(wasm) && typeof wasm['local'] === 'string') {
    const { local, ...rest } = wasm
    return { ...engine, wasm: { ...rest, module: await importLocal(String(local)) } }
  }
  if (isMapping(js) && typeof js['source'] === 'string' && js['source'].length > JOB_LIMITS.sourceChars) {
    return { ...engine, js: { ...js, source: await importText(js['source']) } }
  }
  return engine
}

function cidAsText(this: unknown, key: string, value: unknown): unknown {
  const held = (this as Record<string, unknown>)[key]
  return CID.asCID(held)?.toString() ?? value
}
