import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeEmptyDir } from '../../../../../node/engines/sandbox/empty-dir.ts'

describe('engines/sandbox/empty-dir', () => {
  it('behavior: removes what a dead process left, and nothing of a living one', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0'])
    const dead = mkdtempSync(join(tmpdir(), `dcn-sandbox-${pid}-`))
    const living = mkdtempSync(join(tmpdir(), `dcn-sandbox-${process.pid}-`))
    const made = await makeEmptyDir()
    try {
      assert.deepEqual([existsSync(dead), existsSync(living), existsSync(made)], [false, true, true])
    } finally {
      for (const dir of [living, made]) rmSync(dir, { recursive: true })
    }
  })
})
