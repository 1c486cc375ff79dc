import assert from 'node:assert/strict'
import type { CID } from 'multiformats/cid'
import { Announcer } from '../../../../node/storage/announcer.ts'
import { leaf } from '../../../support/data/trees.ts'

const cids = Array.from({ length: 40 }, (_, i) => leaf(`root ${i}`).cid)

function make(init: { roots: CID[]; fails?: (cid: CID) => boolean }) {
  const log: string[] = []
  const state = { now: 0, isAlone: false, isBroken: false, roots: init.roots, active: 0, most: 0 }
  const announcer = new Announcer({
    roots: () => {
      if (state.isBroken) throw new Error('database is locked')
      return state.roots
    },
    isAlone: () => state.isAlone,
    now: () => state.now,
    routing: () => ({
      async provide(cid) {
        state.most = Math.max(state.most, ++state.active)
        await Promise.resolve()
        state.active--
        if (init.fails?.(cid) === true) throw new Error('nobody answered')
        log.push(`+${cids.indexOf(cid)}`)
      },
      async cancelReprovide(cid) {
        log.push(`-${cids.indexOf(cid)}`)
      }
    })
  })
  const look = async (): Promise<string[]> => {
    announcer.look()
    await announcer.idle
    return log.splice(0)
  }
  return { announcer, state, look }
}

describe('announcer', () => {
  it('default: tells what is pinned, again after a minute, ten, half a day, and takes back what is gone', async () => {
    const { announcer, state, look } = make({ roots: cids.slice(0, 2) })
    announcer.start()
    assert.deepEqual(await look(), ['+0', '+1'])
    assert.deepEqual(await look(), [])
    for (const later of [60_000, 600_000, 12 * 3600_000, 12 * 3600_000]) {
      state.now += later - 1
      assert.deepEqual(await look(), [])
      state.now += 1
      assert.deepEqual(await look(), ['+0', '+1'])
    }
    state.roots = cids.slice(1, 3)
    assert.deepEqual(await look(), ['-0', '+2'])
    await announcer.stop()
    assert.deepEqual(await look(), [])
  })

  it('behavior: in batches, few at a time; what fails and what finds nobody stays due', async () => {
    let isDown = true
    const { announcer, state, look } = make({ roots: cids, fails: cid => isDown && cid === cids[3] })
    state.isAlone = true
    announcer.start()
    assert.deepEqual(await look(), [])
    state.isAlone = false
    assert.equal((await look()).length, 31)
    assert.equal(state.most, 4)
    isDown = false
    assert.deepEqual((await look()).sort(), ['+3', ...Array.from({ length: 8 }, (_, i) => `+${32 + i}`)].sort())
    await announcer.stop()
  })

  it('error: a table that cannot be read costs one turn', async () => {
    const { announcer, state, look } = make({ roots: cids.slice(0, 1) })
    state.isBroken = true
    announcer.start()
    assert.deepEqual(await look(), [])
    state.isBroken = false
    assert.deepEqual(await look(), ['+0'])
    await announcer.stop()
  })

  it('behavior: can start again, and then tells everything anew', async () => {
    const { announcer, look } = make({ roots: cids.slice(0, 1) })
    for (let i = 0; i < 2; i++) {
      announcer.start()
      announcer.start()
      assert.deepEqual(await look(), ['+0'])
      await announcer.stop()
      await announcer.stop()
    }
  })
})
