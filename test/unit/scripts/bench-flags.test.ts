import assert from 'node:assert/strict'
import { benchHelp, readBenchFlags } from '../../../scripts/lib/bench-flags.ts'
import { BENCHMARKS } from '../../bench/index.ts'
import type { Benchmark } from '../../bench/measure.ts'

const benchmark = (name: string, isLong = false): Benchmark => ({
  name,
  about: `how fast ${name} is`,
  isLong,
  run: async () => []
})
const LIST = [benchmark('match'), benchmark('flat'), benchmark('many', true)]
const chosen = (...args: string[]) => readBenchFlags(args, LIST).chosen.map(b => b.name)

describe('scripts/bench flags', () => {
  it('default: all but the long ones', () => {
    assert.deepEqual(chosen(), ['match', 'flat'])
  })

  it('args: names, in the order of the list, and all', () => {
    assert.deepEqual(chosen('many', 'match'), ['match', 'many'])
    assert.deepEqual(chosen('--all'), ['match', 'flat', 'many'])
  })

  it('args: where the figures go', () => {
    assert.equal(readBenchFlags(['--into', 'docs'], LIST).into, 'docs')
    assert.equal(readBenchFlags([], LIST).into, undefined)
  })

  it('default: the help names every benchmark once, each of which has a name of its own', () => {
    const help = benchHelp(BENCHMARKS)
    for (const { name } of BENCHMARKS) assert.equal(help.split(`\n  ${name} `).length, 2, name)
  })

  it('error: an unknown name, an unknown flag, quick figures to keep', () => {
    for (const args of [['fast'], ['--nodes', '3'], ['--quick', '--into', 'docs']]) {
      assert.throws(() => readBenchFlags(args, LIST), { name: 'InvalidInputError' })
    }
  })
})
