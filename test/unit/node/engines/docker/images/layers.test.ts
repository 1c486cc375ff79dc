import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkLayer } from '../../../../../../node/engines/docker/images/layers.ts'
import { packTar } from '../../../../../../node/engines/docker/tar/write.ts'

describe('engines/docker/images/layers', () => {
  let dir = ''
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dcn-layers-test-'))
  })
  after(async () => rm(dir, { recursive: true, force: true }))

  async function check(bytes: Buffer, maxEntries?: number): Promise<number> {
    const path = join(dir, 'layer')
    await writeFile(path, bytes)
    const diffId = `0x${createHash('sha256').update(bytes).digest('hex')}` as const
    return await checkLayer(path, { diffId, sizeBytes: bytes.byteLength }, maxEntries)
  }
  /** An archive whose first name begins with these bytes. */
  function startingWith(hex: string): Buffer {
    const tar = packTar([{ name: 'name' }])
    tar.write(hex, 0, 'hex')
    tar.write('        ', 148)
    const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0)
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    return tar
  }

  it('default: a plain archive, and how many files it has', async () => {
    assert.equal(await check(packTar([{ name: 'a' }, { name: 'b', bytes: Buffer.from('b') }])), 2)
    assert.equal(await check(startingWith('41424344')), 1)
  })
  it('error: more files than the layers before it have left', async () => {
    const two = packTar([{ name: 'a' }, { name: 'b' }])
    assert.equal(await check(two, 2), 2)
    await assert.rejects(check(two, 1), { name: 'InvalidInputError', field: 'layers' })
  })
  it('error: archives whose first name a daemon takes for a compressed file', async () => {
    for (const magic of ['1f8b0800', '425a6839', 'fd377a58', '28b52ffd', '502a4d18', '5f2a4d18'])
      await assert.rejects(check(startingWith(magic)), { name: 'InvalidInputError', value: 'compressed' }, magic)
  })
})
