import { readdirSync, readFileSync } from 'node:fs'

/** A process as the kernel tells it apart from a later one with the same number. */
export interface Process {
  pid: number
  parent: number
  session: number
  startedAt: string
  name: string
}

/** Every process of this machine that is not a zombie. Linux only, like the machines these tests run on. */
export function processes(): Process[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => readProcess(Number(name)) ?? [])
}

/** These processes and all that they started, as far as the chain of parents is still there. */
export function withDescendants(pids: readonly number[]): Process[] {
  const all = processes()
  const found = new Set(pids)
  for (let before = -1; before !== found.size; ) {
    before = found.size
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid)
  }
  return all.filter(p => found.has(p.pid))
}

/** Those of them that still run. */
export function stillAlive(known: readonly Process[]): Process[] {
  const now = new Map(processes().map(p => [p.pid, p.startedAt]))
  return known.filter(p => now.get(p.pid) === p.startedAt)
}

/** proc(5): the name is in parentheses and may hold anything, the fields after it are plain. */
function readProcess(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const end = stat.lastIndexOf(')')
    const [state, parent, , session, ...rest] = stat.slice(end + 2).split(' ')
    if (state === 'Z' || state === 'X') return undefined
    return {
      pid,
      parent: Number(parent),
      session: Number(session),
      // field 22 of the line; four of the fields from 3 on are taken off
      startedAt: rest[15] ?? '',
      name: stat.slice(stat.indexOf('(') + 1, end)
    }
  } catch {
    return undefined
  }
}
