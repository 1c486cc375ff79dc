import assert from 'node:assert/strict'
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import * as Digest from 'multiformats/hashes/digest'
import { sha256 } from '../../../protocols/common/hash.ts'
import { Cleanup, type TestNode } from '../../support/hosts.ts'

const LIMITS = { maxBytes: 1024 * 1024 }

function cidFor(code: number, bytes: Uint8Array): CID {
  return CID.createV1(code, Digest.create(0x12, sha256(bytes)))
}

describe('storage: hostile content', function () {
  this.timeout(20_000)
  const cleanup = new Cleanup()
  let node: TestNode
  let dir: string
  before(async () => {
    node = await cleanup.node()
  })
  beforeEach(async () => {
    dir = await cleanup.dir()
  })
  after(() => cleanup.run())

  async function put(code: number, bytes: Uint8Array): Promise<CID> {
    const cid = cidFor(code, bytes)
    await node.store.putBlock({ cid, bytes })
    return cid
  }
  const leaf = (text: string) => put(raw.code, Buffer.from(text))
  const pb = (unixfs: UnixFS, links: [string, CID][], sort = true) => {
    const Links = links.map(([Name, Hash]) => ({ Name, Hash, Tsize: 1 }))
    const value = sort ? dagPb.prepare({ Data: unixfs.marshal(), Links }) : { Data: unixfs.marshal(), Links }
    return put(dagPb.code, dagPb.encode(value as dagPb.PBNode))
  }
  const tree = (links: [string, CID][]) => pb(new UnixFS({ type: 'directory' }), links)

  it('error: names that lead out of the directory are refused and nothing is left', async () => {
    const x = await leaf('x')
    for (const name of ['../x', '..', '.', '', 'a/b', '/etc/x', 'a\0b', 'n'.repeat(256)]) {
      const cid = await tree([
        ['ok', x],
        [name, x]
      ])
      await assert.rejects(node.store.exportPath(cid, join(dir, 'out')), { name: 'UnsafeNameError' }, name)
      assert.deepEqual(await readdir(dir), [])
    }
  })

  it('error: a path that no system takes is the fault of the tree, and nothing is left', async () => {
    let cid = await leaf('x')
    for (let i = 0; i < 30; i++) cid = await tree([['d'.repeat(200), cid]])
    await assert.rejects(node.store.exportPath(cid, join(dir, 'out')), { name: 'UnsafeNameError' })
    assert.deepEqual(await readdir(dir), [])
  })

  it('error: a shard entry with such a name', async () => {
    const shard = new UnixFS({
      type: 'hamt-sharded-directory',
      data: new Uint8Array(32),
      fanout: 256n,
      hashType: 0x22n
    })
    const cid = await pb(shard, [['00../x', await leaf('x')]])
    await assert.rejects(node.store.exportPath(cid, join(dir, 'out')), { name: 'UnsafeNameError' })
  })

  it('error: two entries of one name', async () => {
    const cid = await tree([
      ['a', await leaf('1')],
      ['a', await leaf('2')]
    ])
    await assert.rejects(node.store.exportPath(cid, join(dir, 'out')), { name: 'UnsafeNameError' })
    assert.deepEqual(await readdir(dir), [])
  })

  it('error: symbolic links in the tree, on either way', async () => {
    const link = await pb(new UnixFS({ type: 'symlink', data: Buffer.from('/etc/passwd') }), [])
    const cid = await tree([['link', link]])
    await assert.rejects(node.store.fetch(cid, LIMITS), { name: 'UnsupportedContentError' })
    await assert.rejects(node.store.exportPath(cid, join(dir, 'out')), { name: 'UnsupportedContentError' })
    await mkdir(join(dir, 'in'))
    await symlink('/etc/passwd', join(dir, 'in/link'))
    await assert.rejects(node.store.importPath(join(dir, 'in')), { name: 'UnsupportedContentError' })
    await assert.rejects(node.store.importPath(join(dir, 'in/link')), { name: 'UnsupportedContentError' })
  })

  it('error: a tree that unfolds to more than it weighs', async () => {
    let cid = await tree([['x', await leaf('0123456789')]])
    for (let depth = 0; depth < 40; depth++)
      cid = await tree([
        ['a', cid],
        ['b', cid]
      ])
    await assert.rejects(node.store.fetch(cid, LIMITS), { name: 'TooLargeError' })
    await assert.rejects(node.store.exportPath(cid, join(dir, 'out')), { name: 'TooLargeError' })
    const big = await put(raw.code, new Uint8Array(300_000))
    const file = await pb(
      new UnixFS({ type: 'file' }),
      Array.from({ length: 5 }, () => ['', big])
    )
    await assert.rejects(node.store.fetch(file, LIMITS), { name: 'TooLargeError' })
    assert.equal((await node.store.fetch(file, { maxBytes: 1_500_000 })).sizeBytes, 1_500_000)
  })

  it('error: a tree that is nested without end, also by short cuts', async () => {
    const all: CID[] = [await leaf('x')]
    for (let depth = 0; depth < 300; depth++) all.push(await tree([['d', all.at(-1) as CID]]))
    await assert.rejects(node.store.fetch(all.at(-1) as CID, LIMITS), { name: 'UnsupportedContentError' })
    const cid = await tree(all.map((c, i) => [`l${i}`, c]))
    await assert.rejects(node.store.fetch(cid, LIMITS), { name: 'UnsupportedContentError' })
  })

  it('error: kinds in the wrong place', async () => {
    const sub = await tree([])
    const file = await pb(new UnixFS({ type: 'file' }), [['', sub]])
    await assert.rejects(node.store.fetch(file, LIMITS), { name: 'UnsupportedContentError' })
    await assert.rejects(node.store.readFile(sub, LIMITS), { name: /^(UnsupportedContent)Error$/ })
    const junk = await put(dagPb.code, Buffer.from('junk'))
    await assert.rejects(node.store.fetch(junk, LIMITS), { name: 'UnsupportedContentError' })
    const nested = await put(0x71, new Uint8Array(500_000).fill(0x81))
    await assert.rejects(node.store.fetch(nested, LIMITS), { name: 'UnsupportedContentError' })
  })

  it('error: a codec or a hash we do not know, and blocks over 2 MiB', async () => {
    const bytes = Buffer.from('x')
    await assert.rejects(node.store.fetch(await put(0x0129, bytes), LIMITS), { name: 'UnsupportedContentError' })
    const identity = CID.createV1(raw.code, Digest.create(0, bytes))
    await assert.rejects(node.store.fetch(identity, LIMITS), { name: /^(UnsupportedContent|ContentUnavailable)Error$/ })
    await assert.rejects(put(raw.code, new Uint8Array(2 * 1024 * 1024 + 1)), { name: 'TooLargeError' })
  })

  it('error: the target exists, the source does not, special files, bad names on disk', async () => {
    const { cid } = await node.store.importBytes(Buffer.from('x'))
    await assert.rejects(node.store.exportPath(cid, dir), { name: 'TargetExistsError' })
    await symlink('/nowhere', join(dir, 'dangling'))
    await assert.rejects(node.store.exportPath(cid, join(dir, 'dangling')), { name: 'TargetExistsError' })
    await assert.rejects(node.store.importPath(join(dir, 'none')), { name: 'StorageIoError' })
    await assert.rejects(node.store.importPath('/dev/null'), { name: 'UnsupportedContentError' })
    await mkdir(join(dir, 'in'))
    await writeFile(Buffer.concat([Buffer.from(`${dir}/in/`), Buffer.from([0xff])]), '')
    await assert.rejects(node.store.importPath(join(dir, 'in')), { name: 'UnsafeNameError' })
  })
})
