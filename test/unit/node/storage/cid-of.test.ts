import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cidOfPath, cidsOfCopy } from '../../../../node/storage/cid-of.ts'

describe('storage/cid-of', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-cid-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  /** whether a copy may be the original, whatever became of the empty ones among a, b and c */
  async function mayBe(original: readonly string[], copy: readonly string[] | undefined): Promise<boolean> {
    for (const [name, paths] of [['original', original] as const, ['copy', copy] as const]) {
      if (paths === undefined) continue
      mkdirSync(join(dir, name))
      for (const path of paths) {
        const target = join(dir, name, path)
        if (path.endsWith('/')) mkdirSync(target, { recursive: true })
        else {
          mkdirSync(join(target, '..'), { recursive: true })
          writeFileSync(target, path)
        }
      }
    }
    const wanted = await cidOfPath(join(dir, 'original'))
    return (await cidsOfCopy(join(dir, 'copy'), ['a', 'b'])).some(cid => cid.equals(wanted))
  }

  it('default: the same directory', async () => assert.ok(await mayBe(['a/x', 'b/y'], ['a/x', 'b/y'])))
  it('behavior: a copy without an empty output', async () => assert.ok(await mayBe(['a/x', 'b/'], ['a/x'])))
  it('behavior: a copy without any', async () => assert.ok(await mayBe(['a/', 'b/'], undefined)))
  it('behavior: empty outputs that were not there', async () => assert.ok(await mayBe([], ['a/', 'b/'])))
  it('error: another file', async () => assert.ok(!(await mayBe(['a/x'], ['a/y']))))
  it('error: a file more, or an empty directory that is no output', async () => {
    assert.ok(!(await mayBe(['a/x'], ['a/x', 'b/y'])))
    rmSync(dir, { recursive: true })
    mkdirSync(dir)
    assert.ok(!(await mayBe(['a/x'], ['a/x', 'c/'])))
  })
})
