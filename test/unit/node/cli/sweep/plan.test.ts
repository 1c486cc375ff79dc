import assert from 'node:assert/strict'
import {
  memberRequests,
  memberSpec,
  missingFrom,
  parseSweep,
  type SweepFlags
} from '../../../../../node/cli/sweep/plan.ts'
import type { JobSummary } from '../../../../../node/http/views.ts'

const SPEC = {
  engine: { js: { source: 'x', args: ['--rate={RATE}', '{DCN_JOB_INDEX}/{DCN_JOB_COUNT}', '{OTHER}', '{'] } }
}

describe('cli/sweep/plan', () => {
  it('default: one job needs no plan', () => assert.equal(parseSweep({ name: 'any name' }), undefined))

  it('args: --count', () => {
    const sweep = parseSweep({ count: '3', name: 'scan' })
    assert.deepEqual(sweep?.values, [{}, {}, {}])
    assert.equal(sweep?.name, 'scan')
    assert.match(parseSweep({ count: '3' })?.name ?? '', /^g[0-9a-f]{8}$/)
  })

  it('args: --matrix is every combination, the last key fastest; times --count', () => {
    const sweep = parseSweep({ matrix: ['A=1,2', 'B=x,'], count: '2' })
    assert.deepEqual(
      sweep?.values.map(v => `${v['A']}${v['B']}`),
      ['1x', '1x', '1', '1', '2x', '2x', '2', '2']
    )
  })

  it('default: values are variables and stand in arguments; what is no key stays', () => {
    const spec = memberSpec({ ...SPEC, env: { KEEP: '1' } }, { RATE: '0.1' }, 2, 5)
    assert.deepEqual(spec['env'], { KEEP: '1', RATE: '0.1', DCN_JOB_INDEX: '2', DCN_JOB_COUNT: '5' })
    assert.deepEqual(spec['engine'], { js: { source: 'x', args: ['--rate=0.1', '2/5', '{OTHER}', '{'] } })
    assert.deepEqual(SPEC.engine.js.args[0], '--rate={RATE}')
  })

  it('behavior: braces around what is no key stay, also what every object has', () => {
    const file = { engine: { js: { source: 'x', args: ['{constructor} {toString} {__proto__}'] } } }
    assert.deepEqual(memberSpec(file, {}, 0, 1)['engine'], file.engine)
  })

  it('behavior: the same command submits only what is missing', () => {
    const sweep = parseSweep({ count: '3', name: 'scan' })
    assert.ok(sweep)
    const requests = memberRequests({ spec: SPEC }, sweep)
    assert.deepEqual(
      requests.map(r => [r.name, r.sweep?.index, r.sweep?.count]),
      [
        ['scan.0', 0, 3],
        ['scan.1', 1, 3],
        ['scan.2', 2, 3]
      ]
    )
    const there = [{ sweep: requests[1]?.sweep }] as JobSummary[]
    assert.deepEqual(
      missingFrom(memberRequests({ spec: SPEC }, sweep), there).map(r => r.name),
      ['scan.0', 'scan.2']
    )
  })

  it('error: another command under the same name', () => {
    const [first, second] = [parseSweep({ count: '3', name: 'scan' }), parseSweep({ count: '4', name: 'scan' })]
    assert.ok(first && second)
    const there = memberRequests({ spec: SPEC }, first).map(({ sweep }) => ({ sweep })) as JobSummary[]
    assert.throws(() => missingFrom(memberRequests({ spec: SPEC }, second), there), { name: 'SweepDiffersError' })
  })

  for (const [title, flags, name] of [
    ['a count that is none', { count: 'many' }, 'InvalidInputError'],
    ['no job', { count: '0' }, 'InvalidInputError'],
    ['too many jobs', { count: '1001' }, 'InvalidInputError'],
    ['too many combinations', { count: '100', matrix: ['A=1,2,3', 'B=1,2,3,4'] }, 'TooLargeError'],
    ['too many keys', { matrix: Array.from({ length: 17 }, (_, i) => `K${i}=1`) }, 'TooLargeError'],
    ['a key without values', { matrix: ['A'] }, 'InvalidInputError'],
    ['a key that is no variable', { matrix: ['a b=1'] }, 'InvalidInputError'],
    ['a key of ours', { matrix: ['DCN_JOB_INDEX=1'] }, 'InvalidInputError'],
    ['a key twice', { matrix: ['A=1', 'A=2'] }, 'InvalidInputError'],
    ['a name that is none', { count: '2', name: 'two words' }, 'InvalidInputError'],
    ['a limit for one job', { maxParallel: '2' }, 'InvalidInputError'],
    ['a limit that nobody keeps', { count: '2', maxParallel: '2', detach: true }, 'InvalidInputError'],
    ['a limit of none', { count: '2', maxParallel: '0' }, 'InvalidInputError']
  ] satisfies [string, SweepFlags, string][]) {
    it(`error: ${title}`, () => {
      assert.throws(
        () => parseSweep(flags),
        (error: Error & { field?: string; remedy?: string; limit?: string }) =>
          error.name === name && error.field !== undefined && (error.remedy ?? error.limit) !== undefined
      )
    })
  }
})
