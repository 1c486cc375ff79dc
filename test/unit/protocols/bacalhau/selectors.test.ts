import assert from 'node:assert/strict'
import { choose, type Requirement } from '../../../../protocols/bacalhau/index.ts'

const CANDIDATES = [
  { account: 'a', labels: { region: 'eu', cores: '8', disk: 'nvme' } },
  { account: 'b', labels: { region: 'us', cores: '32' } },
  { account: 'c', labels: { cores: 'many' } }
]
const one = (operator: Requirement['operator'], key: string, ...values: string[]): Requirement => ({
  key,
  operator,
  values
})

describe('bacalhau: selectors', () => {
  const CASES: [Requirement, string][] = [
    [one('in', 'region', 'eu', 'us'), 'a b'],
    [one('notin', 'region', 'eu'), 'b c'],
    [one('exists', 'region'), 'a b'],
    [one('!', 'region'), 'c'],
    [one('gt', 'cores', '8'), 'b'],
    [one('lt', 'cores', '32'), 'a'],
    [one('gt', 'cores', 'few'), ''],
    [one('=', 'disk', 'nvme'), 'a'],
    [one('==', 'region', 'us'), 'b'],
    [one('!=', 'region', 'us'), 'a c'],
    [one('exists', 'constructor'), '']
  ]
  for (const [requirement, accounts] of CASES) {
    it(`default: ${requirement.key} ${requirement.operator} ${requirement.values.join(' ')}`, () => {
      assert.equal(choose(CANDIDATES, [requirement], []).join(' '), accounts)
    })
  }

  it('behavior: all requirements hold together', () => {
    assert.deepEqual(choose(CANDIDATES, [one('exists', 'region'), one('gt', 'cores', '8')], []), ['b'])
  })

  it('behavior: a preference chooses among those that fit, and leaves all where nobody meets it', () => {
    assert.deepEqual(choose(CANDIDATES, [], [one('=', 'disk', 'nvme')]), ['a'])
    assert.deepEqual(choose(CANDIDATES, [one('!', 'disk')], [one('=', 'disk', 'nvme')]), ['b', 'c'])
    assert.deepEqual(choose(CANDIDATES, [], [one('=', 'disk', 'tape')]), ['a', 'b', 'c'])
  })
})
