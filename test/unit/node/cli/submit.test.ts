import assert from 'node:assert/strict'
import { Command } from 'commander'
import { constraintsOf, submitOptions } from '../../../../node/cli/submit.ts'

const A = `0x${'aB'.repeat(20)}`
const B = `0x${'01'.repeat(20)}`
/** What a command line of flags comes to. */
const given = (...flags: string[]) =>
  constraintsOf(submitOptions(new Command().exitOverride()).parse(flags, { from: 'user' }).opts())

describe('cli/submit: who may take a job', () => {
  it('default: anybody', () => assert.equal(given(), undefined))
  it('args: a target', () => assert.deepEqual(given('--target', A), { target: A }))
  it('args: lists are given by repeating the flag', () => {
    assert.deepEqual(given('--allow', A, '--allow', B, '--deny', B), { allow: [A, B], deny: [B] })
    assert.deepEqual(given('--label', 'zone=a', '--label', 'gpu=a=b'), { labels: { zone: 'a', gpu: 'a=b' } })
  })
  for (const [what, flags, field] of [
    ['no account', ['--target', 'alice'], 'target'],
    ['an account that is too short', ['--allow', '0x12'], 'allow'],
    ['no account in a list', ['--deny', A, '--deny', ''], 'deny'],
    ['more accounts than an offer can name', Array.from({ length: 9 }, () => ['--deny', A]).flat(), 'deny'],
    ['a label without a value', ['--label', 'zone'], 'label']
  ] as const) {
    it(`error: ${what}`, () => {
      assert.throws(
        () => given(...flags),
        (error: Error & { field?: string }) => error.name === 'InvalidInputError' && error.field === field
      )
    })
  }
})
