import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { jsEngine } from '../../../node/engines/js/index.ts'
import { engineSuite } from './suite.ts'

/** Processes that this one started and that are still there. */
function children(): number[] {
  const lists = readdirSync('/proc/self/task').map(t => readFileSync(`/proc/self/task/${t}/children`, 'utf8'))
  return lists.flatMap(l => l.split(' ').filter(Boolean).map(Number))
}

let before: number[] = []

engineSuite({
  kind: 'js',
  title: 'js',
  make: async () => {
    before = children()
    const engine = jsEngine()
    const found = await engine.probe()
    return found.available ? { engine } : { missing: found.reason }
  },
  engineOf: (source, args) => ({ js: { source, entry: 'default', args } }),
  noTrace: async engine => {
    await engine.stop()
    assert.deepEqual(
      children().filter(pid => !before.includes(pid)),
      []
    )
  }
})
