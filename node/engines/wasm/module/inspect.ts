import { BadModuleError, type ModuleReader } from './reader.ts'
import { SECTION, sections } from './sections.ts'
import { WASI_SIGNATURES } from './signatures.ts'

const WASI = 'wasi_snapshot_preview1'
const KIND = { function: 0, table: 1, memory: 2 } as const
const KIND_NAMES = ['function', 'table', 'memory', 'global', 'tag']
const FUNCTION_TYPE = 0x60
/** i32, i64, f32, f64, v128, funcref, externref */
const VALUE_TYPES: Readonly<Record<number, string>> = {
  127: 'i',
  126: 'I',
  125: 'f',
  124: 'F',
  123: 'v',
  112: 'r',
  111: 'e'
}
/** Far above what compilers make, far below what would keep the node busy: this runs in its own process. */
const MOST = { types: 20_000, imports: 1_000, functions: 1_000_000, memories: 100, exports: 20_000 }
const MAX_SECTION_BYTES = 8 * 1024 * 1024
/** V8's own limit of parameters. */
const MAX_VALUES = 1_000
/** Longer than any signature that matters here. */
const SHOWN_VALUES = 16

const READ: ReadonlySet<number> = new Set(Object.values(SECTION))

/** Limits of a memory, in pages of 64 KiB. */
export interface MemoryLimits {
  initial: number
  maximum: number | undefined
}

/** What this engine must know of a module before it runs. */
export interface ModuleFacts {
  memory: MemoryLimits | undefined
}

/**
 * Checks that a module is a command of WASI preview 1 that can be linked here: every import is one of its functions
 * with the right signature, at most one memory, `_start` and `memory` exported. Function bodies are V8's to judge.
 *
 * @throws BadModuleError
 */
export function inspectModule(bytes: Uint8Array): ModuleFacts {
  let types: string[] = []
  let imported: string[] = []
  let functions: number[] = []
  let memories: MemoryLimits[] = []
  let exported: Exported[] = []
  for (const { id, content } of sections(bytes)) {
    if (!READ.has(id)) continue
    const size = content.end - content.at
    if (size > MAX_SECTION_BYTES) throw new BadModuleError(`it has a list of ${size} bytes`)
    if (id === SECTION.type) types = list(content, MOST.types, readType)
    else if (id === SECTION.import) imported = list(content, MOST.imports, r => readImport(r, types))
    else if (id === SECTION.function) functions = list(content, MOST.functions, r => r.u32())
    else if (id === SECTION.memory) memories = list(content, MOST.memories, readMemory)
    else if (id === SECTION.export) exported = list(content, MOST.exports, readExport)
  }
  if (memories.length > 1) throw new BadModuleError('it has more than one memory')
  checkStart(exported, index => imported[index] ?? types[functions[index - imported.length] ?? -1])
  const memory = exported.find(e => e.name === 'memory')
  if (imported.length > 0 && memory?.kind !== KIND.memory) throw new BadModuleError('it does not export its memory')
  return { memory: memories[0] }
}

interface Exported {
  name: string
  kind: number
  index: number
}

function checkStart(exported: readonly Exported[], signature: (index: number) => string | undefined): void {
  const start = exported.find(e => e.name === '_start')
  if (start?.kind === KIND.function && signature(start.index) === ':') return
  const isReactor = exported.some(e => e.name === '_initialize')
  throw new BadModuleError(
    isReactor
      ? 'it is a library (it exports _initialize): compile it as a command'
      : 'it exports no function _start without parameters and results: compile it as a command for wasm32-wasip1'
  )
}

function list<T>(reader: ModuleReader, most: number, read: (reader: ModuleReader) => T): T[] {
  const count = reader.u32()
  if (count > most) throw new BadModuleError(`it has a section of ${count} entries`)
  const found: T[] = []
  for (let i = 0; i < count; i++) found.push(read(reader))
  return found
}

function readType(reader: ModuleReader): string {
  if (reader.byte() !== FUNCTION_TYPE) throw new BadModuleError('it uses types of the garbage collection proposal')
  return `${readValues(reader)}:${readValues(reader)}`
}

function readValues(reader: ModuleReader): string {
  const count = reader.u32()
  if (count > MAX_VALUES) throw new BadModuleError(`it has a function of ${count} values`)
  let text = ''
  for (let i = 0; i < count; i++) {
    const value = VALUE_TYPES[reader.byte()]
    if (value === undefined) throw new BadModuleError('it has a function with types that this engine does not know')
    if (i <= SHOWN_VALUES) text += value
  }
  return text
}

/** The signature of an imported function. */
function readImport(reader: ModuleReader, types: readonly string[]): string {
  const [from, name, kind] = [reader.name(), reader.name(), reader.byte()]
  const shown = `"${from}" "${name}"`.slice(0, 200)
  if (kind !== KIND.function) throw new BadModuleError(`it imports a ${KIND_NAMES[kind] ?? 'thing'}, ${shown}`)
  const signature = types[reader.u32()]
  const wanted = Object.hasOwn(WASI_SIGNATURES, name) ? WASI_SIGNATURES[name] : undefined
  if (from !== WASI || wanted === undefined) {
    throw new BadModuleError(`it imports ${shown}: there is nothing but the functions of ${WASI}`)
  }
  if (signature !== wanted)
    throw new BadModuleError(`it imports ${shown} with parameters that this function does not have`)
  return wanted
}

export function readMemory(reader: ModuleReader): MemoryLimits {
  const flags = reader.byte()
  if (flags > 1) throw new BadModuleError('it has a memory that is shared, 64-bit or of another page size')
  return { initial: reader.u32(), maximum: flags === 1 ? reader.u32() : undefined }
}

function readExport(reader: ModuleReader): Exported {
  return { name: reader.name(), kind: reader.byte(), index: reader.u32() }
}
