import { readMemory } from './inspect.ts'
import { SECTION, sections } from './sections.ts'

export const PAGE_BYTES = 65_536
/** All that 32 bits can address. */
const MAX_PAGES = 65_536

/** Pages that a job of so many bytes may have. */
export const pagesOf = (memoryBytes: number): number => Math.min(Math.floor(memoryBytes / PAGE_BYTES), MAX_PAGES)

/**
 * The same module with a maximum on its memory: growing beyond is refused by V8 itself, and the program is told. An
 * isolate's own memory limit does not see this memory.
 *
 * @throws BadModuleError
 */
export function capMemory(module: Uint8Array, maxPages: number): Uint8Array {
  for (const { id, from, content } of sections(module)) {
    if (id !== SECTION.memory || content.u32() === 0) continue
    const { initial, maximum } = readMemory(content)
    const limits = [1, 1, ...leb(initial), ...leb(Math.min(maximum ?? maxPages, maxPages))]
    const section = [SECTION.memory, ...leb(limits.length), ...limits]
    return Buffer.concat([module.subarray(0, from), Uint8Array.from(section), module.subarray(content.end)])
  }
  return module
}

function leb(value: number): number[] {
  const bytes = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest]
    bytes.push((rest & 0x7f) | 0x80)
  }
}
