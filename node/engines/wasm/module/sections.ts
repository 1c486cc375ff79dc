import { BadModuleError, ModuleReader } from './reader.ts'

export const SECTION = { type: 1, import: 2, function: 3, memory: 5, export: 7 } as const

export interface Section {
  id: number
  /** where the section begins (its id) and ends */
  from: number
  content: ModuleReader
}

const MAGIC = 0x6d736100
const VERSION = 1
/** What a component, the successor of a module, has in the version's place. */
const COMPONENT = 0x1000d
/** As many sections as there are kinds, and a custom one around each many times over. */
const MAX_SECTIONS = 10_000

/** The sections of a module in their order. @throws BadModuleError */
export function* sections(bytes: Uint8Array): Generator<Section> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.byteLength < 8 || view.getUint32(0, true) !== MAGIC) throw new BadModuleError('it is no WebAssembly module')
  const version = view.getUint32(4, true)
  if (version === COMPONENT) throw new BadModuleError('it is a component, not a module: compile for wasm32-wasip1')
  if (version !== VERSION) throw new BadModuleError(`it has version ${version} of the format`)
  const reader = new ModuleReader(bytes, 8)
  for (let count = 0; !reader.done; count++) {
    if (count >= MAX_SECTIONS) throw new BadModuleError(`it has more than ${MAX_SECTIONS} sections`)
    const from = reader.at
    const id = reader.byte()
    yield { id, from, content: reader.part(reader.u32()) }
  }
}
