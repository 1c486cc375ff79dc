import assert from 'node:assert/strict'
import { wasmEngine } from '../../../node/engines/wasm/index.ts'
import { fixture } from '../../support/wasm/fixtures.ts'
import { children } from './children.ts'
import { ANY_CID } from './harness.ts'
import { engineSuite } from './suite.ts'

let before: number[] = []

engineSuite({
  kind: 'wasm',
  title: 'wasm',
  module: fixture('suite'),
  make: async () => {
    before = children()
    const engine = wasmEngine()
    const found = await engine.probe()
    return found.available ? { engine } : { missing: found.reason }
  },
  engineOf: (program, args) => ({ wasm: { module: ANY_CID, args: [program, ...args] } }),
  noTrace: async engine => {
    await engine.stop()
    assert.deepEqual(
      children().filter(pid => !before.includes(pid)),
      []
    )
  }
})
