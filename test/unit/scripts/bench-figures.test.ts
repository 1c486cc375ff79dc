import assert from 'node:assert/strict'
import {
  type Figure,
  figuresOf,
  figureTable,
  flatChart,
  matchChart,
  mergeFigures,
  readFigures,
  writeFigures
} from '../../../scripts/lib/bench-figures.ts'
import type { Measured } from '../../bench/measure.ts'

const QUIET = { machine: '4 × Test, 24 GiB', busy: 0.1, date: '2026-11-22' }
const MEASURED: Measured = {
  metric: 'a job',
  unit: 'ms',
  value: 1234.56,
  min: 99.5,
  max: 2000,
  baseline: { what: 'a step', value: 500 },
  target: '≤ 60 ms',
  met: false,
  samples: 3
}
const of = (name: string, more: Partial<Measured> = {}, circumstances = QUIET): Figure[] =>
  figuresOf(name, [{ ...MEASURED, ...more }], circumstances)

describe('scripts/bench figures', () => {
  it('default: what was found is kept with its ratio and circumstances, and read as it was written', () => {
    const kept = of('job')
    assert.deepEqual(kept, [{ name: 'job', ...MEASURED, ratio: 2.47, ...QUIET }])
    assert.deepEqual(readFigures(writeFigures(kept)), kept)
  })

  it('default: a row says value, ratio, target and whether it was met', () => {
    const table = figureTable([...of('job'), ...of('open', { unit: 'gas', met: true, samples: 1 })]).split('\n')
    assert.deepEqual(table.slice(2), [
      '| job | a job | 1,235 ms (99.5 to 2,000) | 2.47 × a step (500 ms) | ≤ 60 ms | **missed** |',
      '| open | a job | 1,235 gas | 2.47 × a step (500 gas) | ≤ 60 ms | met |',
      '',
      'Measured on 4 × Test, 24 GiB; 2026-11-22.'
    ])
  })

  it('behavior: times of a busy machine are marked, counts are not', () => {
    const busy = { ...QUIET, busy: 2.5 }
    const table = figureTable([...of('job', {}, busy), ...of('open', { unit: 'gas' }, busy)]).split('\n')
    assert.ok(table[2]?.endsWith('| **missed** † |'))
    assert.ok(table[3]?.endsWith('| **missed** |'))
    assert.ok(table.at(-1)?.includes('up to 2.5'))
  })

  it('behavior: times from before the load beside them was kept are marked, counts are not', () => {
    const old = (unit: Measured['unit']): Figure[] =>
      of('job', { unit }).map(({ busy: _busy, date: _date, ...rest }) => rest)
    const table = figureTable([...old('ms'), ...old('gas'), ...of('open')]).split('\n')
    assert.deepEqual(
      table.slice(2, 5).map(row => row.includes('‡')),
      [true, false, false]
    )
    assert.match(table.at(-1) ?? '', /2026-11-22\. ‡ on an earlier version/)
    assert.doesNotMatch(figureTable(of('open')), /‡/)
  })

  it('behavior: a run replaces all figures of its benchmark and no others, in the order of the benchmarks', () => {
    const kept = [...of('b'), ...of('a', { metric: 'old' }), ...of('gone')]
    const merged = mergeFigures(kept, 'a', of('a', { metric: 'new' }), ['a', 'b'])
    assert.deepEqual(
      merged.map(f => [f.name, f.metric]),
      [
        ['a', 'new'],
        ['b', 'a job']
      ]
    )
  })

  it('default: curves have one point for each size, the first of it', () => {
    const at = (name: string, metric: string, size: number, value: number) => of(name, { metric, at: size, value })
    const flat = [
      ...at('flat', '3 nodes: submit → settled, p50', 3, 80),
      ...at('flat', '50 nodes: submit → settled, p50', 50, 90),
      ...at('flat-200', '3 nodes: submit → settled, p50', 3, 70),
      ...at('flat-200', '200 nodes: submit → settled, p50', 200, 95)
    ]
    assert.deepEqual(flatChart(flat).series.find(s => s.name === 'settled')?.points, [
      [3, 80],
      [50, 90],
      [200, 95]
    ])
    const match = [
      ...at('match', 'match: 10 jobs × 10 offers', 10, 1),
      ...at('match', 'match: 100 jobs × 100 offers', 100, 8)
    ]
    const [measured, growth] = matchChart(match).series
    assert.deepEqual(measured?.points, [
      [10, 1],
      [100, 8]
    ])
    assert.deepEqual(growth?.points.at(-1), [100, 8])
    assert.ok((growth?.points[0]?.[1] ?? 0) < 1)
  })

  it('behavior: beside a baseline that rounds to nothing there is no ratio, and the file can be read again', () => {
    const kept = of('job', { baseline: { what: 'a step', value: 0 } })
    assert.equal(kept[0]?.ratio, undefined)
    assert.deepEqual(readFigures(writeFigures(kept)), kept)
  })

  it('error: two figures of one name', () => {
    assert.throws(() => figuresOf('job', [MEASURED, MEASURED], QUIET), /one name/)
  })

  it('error: a line that is no figure', () => {
    assert.throws(() => readFigures('{"name":"job"}\n'), { name: 'ZodError' })
  })
})
