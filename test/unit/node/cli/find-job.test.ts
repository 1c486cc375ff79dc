import assert from 'node:assert/strict'
import { meantBy } from '../../../../node/cli/find-job.ts'

const sweep = { name: 'scan', index: 0, count: 2, plan: '00'.repeat(32) }
const JOBS = [
  { id: 'jp3qul25t5ymoaa7r', name: 'nightly' },
  { id: 'jkkgb2uawkq7d5hzn', name: 'scan.0', sweep },
  { id: 'jp3qulzzzzzzzzzzz' }
]

describe('cli/find-job: what was meant', () => {
  const cases: [typed: string, meant: string | undefined][] = [
    ['nightyl', 'nightly'],
    ['Nightly', 'nightly'],
    ['scam', 'scan'],
    ['scan.1', 'scan.0'],
    ['jp3gul', 'jp3qul25t5ymoaa7r'],
    ['JKKGB', 'jkkgb2uawkq7d5hzn'],
    ['jkkgb2uawkq7d5hzm', 'jkkgb2uawkq7d5hzn'],
    ['jxx', undefined],
    ['jxxxxx', undefined],
    ['something', undefined],
    ['', undefined],
    ['j'.repeat(128), undefined]
  ]
  for (const [typed, meant] of cases) {
    it(`args: ${typed.slice(0, 20)}`, () => assert.equal(meantBy(typed, JOBS), meant))
  }

  it('behavior: nobody is meant where there is nobody', () => assert.equal(meantBy('scan', []), undefined))
})
