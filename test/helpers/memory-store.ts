import { isDeepStrictEqual } from 'node:util'
import type { Journal } from '../../node/journal/journal.ts'

/** The journal's small map in memory: what the settlement needs of it. Values are copied, as a disk would. */
export type MemoryStore = Pick<Journal, 'getValue' | 'setValue' | 'deleteValue' | 'transaction'> & {
  keys(): string[]
  /** a store with the same content: what a restarted process finds */
  copy(): MemoryStore
}

export function memoryStore(content = new Map<string, unknown>()): MemoryStore {
  let values = content
  return {
    getValue: <T>(key: string) => structuredClone(values.get(key)) as T | undefined,
    setValue: (key, value) => void values.set(key, structuredClone(value)),
    deleteValue: key => void values.delete(key),
    transaction: work => {
      const before = new Map(values)
      try {
        return work()
      } catch (error) {
        if (!isDeepStrictEqual(values, before)) values = before
        throw error
      }
    },
    keys: () => [...values.keys()],
    copy: () => memoryStore(new Map(values))
  }
}
