import assert from 'node:assert/strict'
import { jsEngine } from '../../../node/engines/js/index.ts'
import { children } from './children.ts'
import { engineSuite } from './suite.ts'

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
