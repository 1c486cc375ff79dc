import assert from 'node:assert/strict'
import { HELP, readFlags } from '../../../scripts/lib/sim-flags.ts'
import { flagsOf, worldOf } from '../../support/market-sim/options.ts'
import { wildWorld } from '../../support/market-sim/wild.ts'

describe('scripts/sim flags', () => {
  it('default: a printed command is read as the world it came from', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const options = wildWorld(seed, {
        nodes: 10 + seed,
        ...(seed % 5 === 0 ? { adversary: 'sybil', hostilePercent: 7 } : {})
      })
      const args = flagsOf(options).flatMap(flag => flag.split(' '))
      assert.deepEqual(worldOf(readFlags(args).world), options)
    }
  })

  it('default: --lanes alone stands for four shards', () => {
    assert.equal(readFlags(['--lanes', '--json']).world.lanes, 2)
    assert.equal(readFlags(['--json', '--lanes']).world.lanes, 2)
    assert.equal(readFlags(['--lanes', '0']).world.lanes, 0)
    assert.equal(readFlags([]).world.lanes, undefined)
  })

  it('default: every flag has a line in the help', () => {
    for (const flag of ['--nodes', '--seed', '--lanes', '--adversary', '--wild', '--json', '--svg', '--partition']) {
      assert.ok(HELP.includes(flag), flag)
    }
  })

  it('error: an unknown flag, a bad number, an unknown name', () => {
    for (const args of [
      ['--node', '3'],
      ['--nodes', 'x'],
      ['--nodes', '-3'],
      ['--adversary', 'me'],
      ['--start', 'hot']
    ]) {
      assert.throws(() => readFlags(args), { name: 'InvalidInputError' })
    }
  })
})
