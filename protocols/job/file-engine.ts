import { CID } from 'multiformats/cid'
import { expected, type Fields, mapping, refused, sequence, textual } from './file-fields.ts'
import { ENGINE_KINDS, type EngineKind, JOB_LIMITS } from './schema.ts'

/** The keys of each engine's section, in the order of the documentation. */
const ENGINE_KEYS: Record<EngineKind, readonly string[]> = {
  docker: ['image', 'entrypoint', 'args', 'workdir'],
  wasm: ['module', 'args'],
  js: ['source', 'entry', 'args'],
  noop: ['exitCode', 'ms']
}
const PINNED_IMAGE = /@sha256:|^sha256:|^ipfs:\/\//

const READERS: Record<EngineKind, (fields: Fields, field: string) => Fields> = {
  docker: (f, at) => ({
    image: image(f['image'], `${at}.image`),
    ...argumentsOf(f, at, 'entrypoint'),
    ...argumentsOf(f, at, 'args'),
    ...(f['workdir'] === undefined ? {} : { workdir: textual(f['workdir'], `${at}.workdir`) })
  }),
  wasm: (f, at) => ({ module: cidOf(f['module'], `${at}.module`), ...argumentsOf(f, at, 'args') }),
  js: (f, at) => ({
    source: sourceOf(f['source'], `${at}.source`),
    entry: f['entry'] ?? 'default',
    ...argumentsOf(f, at, 'args')
  }),
  noop: f => ({ exitCode: f['exitCode'] ?? 0, ms: f['ms'] ?? 0 })
}

/** Exactly one engine, its section with known keys and defaults. */
export function readEngine(value: unknown): { kind: EngineKind; engine: Fields } {
  const sections = mapping(value, 'engine', ENGINE_KINDS)
  const [kind, ...others] = ENGINE_KINDS.filter(k => sections[k] !== undefined)
  if (kind === undefined || others.length > 0) {
    throw expected('engine', Object.keys(sections).join(', '), `exactly one of ${ENGINE_KINDS.join(', ')}`)
  }
  const field = `engine.${kind}`
  return { kind, engine: { [kind]: READERS[kind](mapping(sections[kind], field, ENGINE_KEYS[kind]), field) } }
}

/** A CID given as text (files) or as an object (code). */
export function cidOf(value: unknown, field: string): CID {
  const cid = asCid(value)
  if (cid === undefined) throw expected(field, value, 'a CID such as bafy…')
  return cid
}

export function asCid(value: unknown): CID | undefined {
  if (typeof value !== 'string') return CID.asCID(value) ?? undefined
  if (value.length > 128) return undefined
  try {
    return CID.parse(value)
  } catch {
    return undefined
  }
}

/** Text that is a CID means the file of that CID; any other text is the module itself. */
function sourceOf(value: unknown, field: string): CID | string {
  const cid = asCid(value)
  if (cid !== undefined) return cid
  const source = textual(value, field)
  if (source.length <= JOB_LIMITS.sourceChars) return source
  const limit = `at most ${JOB_LIMITS.sourceChars} characters inline`
  throw refused(field, `${source.length} characters`, limit, 'import the file to IPFS and give its CID')
}

function image(value: unknown, field: string): string {
  const text = textual(value, field)
  if (PINNED_IMAGE.test(text)) return text
  throw refused(
    field,
    text,
    'the image is not pinned by digest, and a tag can change after it was signed',
    'write name@sha256:… or ipfs://CID; the command line resolves a tag when it submits the job'
  )
}

function argumentsOf(fields: Fields, field: string, key: string): Fields {
  const value = fields[key]
  if (value === undefined) return {}
  const items = sequence(value, `${field}.${key}`, JOB_LIMITS.args)
  return { [key]: items.map((item, i) => textual(item, `${field}.${key}.${i}`)) }
}
