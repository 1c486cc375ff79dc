import assert from 'node:assert/strict'
import { engines } from '../../../node/engines/index.ts'
import { eventually } from '../../e2e/support/wait.ts'
import { fixture } from '../../support/wasm/fixtures.ts'
import { children } from './children.ts'
import { ANY_CID, runJob, Workplace } from './harness.ts'

describe('engines in a sandbox: one pool for both', () => {
  it('js and wasm share idle sandboxes, and each works when the other has stopped', async function () {
    const before = children()
    const mine = () => children().filter(pid => !before.includes(pid)).length
    const all = await engines({ docker: false, sandbox: { warm: 2 } })
    const [js, wasm] = [all.available.get('js'), all.available.get('wasm')]
    if (js === undefined || wasm === undefined) return this.skip()
    const place = await Workplace.make()
    try {
      await all.start()
      await eventually('the idle ones of both are there', () => mine() === 2)
      const source = 'export default () => 3'
      const first = await runJob(js, place, { engine: { js: { source, entry: 'default' } } })
      await js.stop()
      await eventually('those of the other stay', () => mine() === 2)
      const module = { engine: { wasm: { module: ANY_CID, args: ['exit', '4'] } }, module: fixture('suite') }
      const second = await runJob(wasm, place, module)
      assert.deepEqual([first.outcome.exitCode, second.outcome.exitCode], [3, 4])
    } finally {
      await all.stop()
      await place.remove()
    }
    assert.equal(mine(), 0)
  })
  it('probe: names what results depend on', async () => {
    const all = await engines({ docker: false })
    for (const kind of ['js', 'wasm'] as const) {
      const found = all.capabilities.get(kind)
      if (found?.available !== true) continue
      const { version, features } = found
      assert.deepEqual([version, features['v8'], features['arch']], ['1', process.versions.v8, process.arch])
    }
  })
})
