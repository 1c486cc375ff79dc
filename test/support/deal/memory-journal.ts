import { decodeValue, encodeValue } from '../../../node/journal/codec.ts'
import type { Journal, MachineRecord } from '../../../node/journal/journal.ts'

/** A journal without a disk, for the side that a test is not about; values go through the real codec. */
export function memoryJournal(): Journal {
  const machines = new Map<string, { text: string; record: MachineRecord }>()
  const values = new Map<string, string>()
  const read = <S>(key: string): MachineRecord<S> | undefined => {
    const found = machines.get(key)
    return found && { ...found.record, state: decodeValue(found.text) as S }
  }
  return {
    start: () => undefined,
    stop: () => undefined,
    append({ kind, id, at, state, done }) {
      const key = `${kind} ${id}`
      const before = machines.get(key)?.record
      const seq = before?.seq ?? machines.size + 1
      const version = (before?.version ?? 0) + 1
      const record = {
        seq,
        id,
        kind,
        state: undefined,
        version,
        done,
        createdAt: before?.createdAt ?? at,
        updatedAt: at
      }
      machines.set(key, { text: encodeValue(state), record })
    },
    get: <S>(kind: string, id: string) => read<S>(`${kind} ${id}`),
    version: (kind: string, id: string) => machines.get(`${kind} ${id}`)?.record.version,
    list: <S>(kind: string, { done }: { done?: boolean } = {}) =>
      [...machines.entries()]
        .filter(([, { record }]) => record.kind === kind && (done === undefined || record.done === done))
        .flatMap(([key]) => read<S>(key) ?? []),
    history: () => [],
    // lists are read where there is a disk
    setSummary: () => undefined,
    summaries: () => ({ total: 0, views: [] }),
    unsummarized: () => [],
    getValue: <T>(key: string) => {
      const text = values.get(key)
      return text === undefined ? undefined : (decodeValue(text) as T)
    },
    setValue: (key, value) => void values.set(key, encodeValue(value)),
    deleteValue: key => void values.delete(key),
    transaction: work => work()
  }
}
