import assert from 'node:assert/strict'
import { because, outcomeOf, startFailure } from '../../../../../node/engines/docker/outcome.ts'
import { judgeRunc } from '../../../../../node/engines/docker/runc.ts'

describe('engines/docker/runc', () => {
  const table: [string | undefined, string, string?][] = [
    ['1.1.11', 'refused', 'CVE-2024-21626'],
    ['1.0.0-rc6', 'warning', 'CVE-2024-21626'],
    ['0.1.1', 'refused', 'CVE-2019-5736'],
    ['1.1.5+ds1', 'warning', 'CVE-2024-21626'],
    ['1.1.12', 'warning', 'CVE-2025-31133'],
    ['1.2.7', 'warning', 'CVE-2025-31133'],
    ['1.2.8', 'fine'],
    ['1.3.2', 'warning', 'CVE-2025-31133'],
    ['1.3.3', 'fine'],
    ['v1.4.0', 'fine'],
    ['2.0.0', 'fine'],
    [undefined, 'warning'],
    ['unknown', 'warning']
  ]
  for (const [version, level, cve] of table) {
    it(`runc ${version}: ${level}`, () => {
      const verdict = judgeRunc(version)
      assert.equal(verdict.level, level)
      if (cve !== undefined) assert.ok('text' in verdict && verdict.text.includes(cve))
    })
  }
})

describe('engines/docker/outcome', () => {
  const facts = { killed: undefined, exitCode: 0, oomKilled: false, diskFull: false }

  it('default: the exit code', () => {
    assert.deepEqual(outcomeOf({ ...facts, exitCode: 137 }), { status: 'exited', exitCode: 137 })
  })
  it('behavior: why the engine killed it comes first', () => {
    const all = { exitCode: 137, oomKilled: true, diskFull: true }
    assert.equal(outcomeOf({ killed: because('timeout'), ...all }).status, 'timeout')
    assert.equal(outcomeOf({ ...facts, ...all }).status, 'out-of-memory')
    assert.equal(outcomeOf({ ...facts, diskFull: true }).status, 'disk-full')
  })
  it('behavior: a program that outlived one killed process ended by itself', () => {
    assert.deepEqual(outcomeOf({ ...facts, oomKilled: true, exitCode: 2 }), { status: 'exited', exitCode: 2 })
  })
  it('behavior: a start that fails because of the program has a shell’s exit code', () => {
    assert.equal(startFailure('exec: "x": executable file not found in $PATH'), 127)
    assert.equal(startFailure('exec: "/tmp": permission denied'), 126)
    assert.equal(startFailure('cgroup is broken'), undefined)
  })
})
