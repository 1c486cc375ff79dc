import assert from 'node:assert/strict'
import { MAX_OUTPUT_ENTRIES, OutputLedger } from '../../../../../node/engines/sandbox/ledger.ts'

const OUTPUTS = [
  { name: 'result', path: '/outputs/result' },
  { name: 'deep', path: '/outputs/result/deep' }
]

describe('engines/sandbox/ledger', () => {
  it('default: counts what is there, not what was written', () => {
    const ledger = new OutputLedger(OUTPUTS, 10)
    ledger.write('a', 6, false)
    ledger.write('a', 2, false)
    ledger.write('a', 3, true)
    ledger.write('b/c', 5, false)
    assert.equal(ledger.bytes, 10)
    assert.throws(() => ledger.write('b/d', 1, false), { name: 'QuotaError' })
    assert.equal(ledger.bytes, 10)
  })
  it('args: relative paths go to the first output, the longest output path wins', () => {
    const ledger = new OutputLedger(OUTPUTS, 10)
    assert.deepEqual(ledger.write('x', 0, false), { name: 'result', rest: 'x' })
    assert.deepEqual(ledger.write('/outputs/result/deep/x', 0, false), { name: 'deep', rest: 'x' })
    assert.deepEqual(new OutputLedger(OUTPUTS, 10).write('/outputs/result/deep', 0, false), { name: 'deep', rest: '' })
  })
  const bad = {
    parent: '../x',
    'parent inside': 'a/../../x',
    dot: './x',
    'empty part': 'a//b',
    'trailing slash': '/outputs/result/',
    elsewhere: '/etc/passwd',
    'a sibling with the same beginning': '/outputs/results',
    NUL: 'a\0b',
    newline: 'a\nb',
    'half a character': '\ud800',
    'long name': 'ü'.repeat(128),
    'long path': 'a/'.repeat(31) + 'b'.repeat(255).repeat(5),
    deep: `${'a/'.repeat(40)}b`,
    nothing: ''
  }
  for (const [title, path] of Object.entries(bad)) {
    it(`error: refuses ${title}`, () => {
      assert.throws(() => new OutputLedger(OUTPUTS, 10).write(path, 0, false), { name: 'BadPathError' })
    })
  }
  it('error: a file is no directory, and a directory no file', () => {
    const ledger = new OutputLedger(OUTPUTS, 10)
    ledger.write('a', 0, false)
    ledger.write('d/e', 0, false)
    for (const path of ['a/b', 'd']) assert.throws(() => ledger.write(path, 0, false), { name: 'BadPathError' })
  })
  it('error: without outputs nothing can be written', () => {
    assert.throws(() => new OutputLedger([], 10).write('a', 0, false), { name: 'BadPathError' })
  })
  it('error: the number of files and directories is bounded', () => {
    const ledger = new OutputLedger(OUTPUTS, 10)
    // one more for the output's own directory
    for (let i = 1; i < MAX_OUTPUT_ENTRIES; i++) ledger.write(String(i), 0, false)
    assert.throws(() => ledger.write('one more', 0, false), { name: 'QuotaError' })
    ledger.write('1', 5, false)
  })
})
