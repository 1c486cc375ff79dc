import assert from 'node:assert/strict'
import { readFileSync, readlinkSync } from 'node:fs'
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
  it('a running job: no network, no rights, few processes and descriptors, seen from outside', async function () {
    const before = children()
    const all = await engines({ docker: false, wasm: false, sandbox: { warm: 0 } })
    const found = all.capabilities.get('js')
    const js = all.available.get('js')
    if (found?.available !== true || js === undefined || process.platform !== 'linux') return this.skip()
    const place = await Workplace.make()
    const enough = new AbortController()
    const seen: Record<string, string> = {}
    const look = () => {
      const [pid] = children().filter(p => !before.includes(p))
      for (const file of ['limits', 'status', 'net/dev']) seen[file] = readFileSync(`/proc/${pid}/${file}`, 'utf8')
      seen['net'] = readlinkSync(`/proc/${pid}/ns/net`)
      seen['environ'] = readFileSync(`/proc/${pid}/environ`, 'utf8')
      enough.abort()
    }
    try {
      await all.start()
      const source = 'export default ({ console }) => { console.log("here"); for (;;); }'
      await runJob(js, place, { engine: { js: { source, entry: 'default' } } }, { signal: enough.signal, onLog: look })
    } finally {
      await all.stop()
      await place.remove()
    }
    if (found.features['network'] === 'none') {
      assert.notEqual(seen['net'], readlinkSync('/proc/self/ns/net'))
      assert.deepEqual(
        seen['net/dev']?.match(/^ *[a-z0-9]+(?=:)/gm)?.map(n => n.trim()),
        ['lo']
      )
    }
    if (found.features['isolation'] !== 'plain') {
      assert.match(seen['limits'] ?? '', /Max file size +0 +0 /)
      assert.match(seen['limits'] ?? '', /Max open files +64 +64 /)
    }
    if (found.features['user'] === 'own') {
      assert.match(seen['limits'] ?? '', /Max processes +64 +64 /)
      assert.match(seen['status'] ?? '', /^Uid:\t(?!0\t)\d+/m)
      assert.match(seen['status'] ?? '', /^CapEff:\t0+$/m)
      assert.match(seen['status'] ?? '', /^NoNewPrivs:\t1$/m)
    }
    const names = (seen['environ'] ?? '').split('\0').flatMap(v => v.split('=')[0] || [])
    assert.deepEqual(names.sort(), ['LANG', 'LC_ALL', 'MALLOC_ARENA_MAX', 'PATH', 'TZ'])
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
