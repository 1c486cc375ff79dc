import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gunzipSync, gzipSync } from 'node:zlib'
import Docker from 'dockerode'
import { CID } from 'multiformats/cid'
import { loadArchive } from '../../../node/engines/docker/images/load.ts'
import { ImageShelf } from '../../../node/engines/docker/images/shelf.ts'
import { type DockerEngine, type DockerEngineInit, dockerEngine } from '../../../node/engines/docker/index.ts'
import { BLOCK, encodeHeader } from '../../../node/engines/docker/tar/header.ts'
import { readTar } from '../../../node/engines/docker/tar/read.ts'
import { packTar } from '../../../node/engines/docker/tar/write.ts'
import type { PrepareContext, PrepareProgress } from '../../../node/engines/engine.ts'
import { Images, type PushProgress } from '../../../node/images/images.ts'
import { sqliteJournal } from '../../../node/journal/sqlite-journal.ts'
import { encode, toBlock } from '../../../protocols/common/cbor.ts'
import { decodeImageManifest, encodeImageManifest, type ImageManifest } from '../../../protocols/images/manifest.ts'
import { busyboxImage } from '../../../scripts/lib/docker-image.ts'
import { Cleanup, type TestNode } from '../../support/hosts.ts'
import { collect, specOf, Workplace } from './harness.ts'

const docker = new Docker()
const salt = `images-${process.pid}`
const MIB = 1024 * 1024
const hex = (bytes: Uint8Array) => `0x${createHash('sha256').update(bytes).digest('hex')}` as const

const finished = (engine: Docker, stream: NodeJS.ReadableStream) =>
  new Promise<void>((resolve, reject) => engine.modem.followProgress(stream, e => (e === null ? resolve() : reject(e))))

describe('docker engine: images by CID', () => {
  const cleanup = new Cleanup()
  const shelf = new ImageShelf(docker, { nodeId: salt, quotaBytes: 0, holdMs: 0 })
  const made: string[] = []
  let creator: TestNode
  let provider: TestNode
  let images: Images
  let place: Workplace
  let base = ''
  let busyboxBytes = 0

  before(async function () {
    const busybox = await busyboxImage(docker, salt)
    const probed = 'missing' in busybox ? undefined : await dockerEngine({ nodeId: salt }).probe()
    if ('missing' in busybox || probed?.available !== true) {
      process.stderr.write(`    skipped: ${'missing' in busybox ? busybox.missing : 'no Docker engine'}\n`)
      return this.skip()
    }
    base = await withOwnLayer(busybox.id)
    await busybox.remove()
    ;[creator, provider] = [await cleanup.node(), await cleanup.node()]
    place = await Workplace.make()
    const journal = sqliteJournal({ path: join(creator.dir, 'journal.db') })
    journal.start()
    cleanup.add(async () => journal.stop())
    const dir = join(creator.dir, 'images')
    const engine = dockerEngine({ nodeId: salt })
    images = new Images({ dir, docker: engine, storage: creator.store, journal, clock: { nowMs: () => 1 } })
  })
  after(async () => {
    for (const id of made.reverse())
      await docker
        .getImage(id)
        .remove({ force: true })
        .catch(() => undefined)
    await place?.remove()
    await cleanup.run()
  })

  /** Busybox as one layer that no other image on this engine has. */
  async function withOwnLayer(image: string): Promise<string> {
    const container = await docker.createContainer({ Image: image, Cmd: ['true'] })
    await container.putArchive(Readable.from([packTar([{ name: 'salt', bytes: Buffer.from(salt) }])]), { path: '/' })
    const tree = Readable.from([await buffer(await container.export())])
    const repo = `dcn-test-${process.pid}-base`
    await finished(docker, await docker.importImage(tree, { repo, tag: 'x' }))
    await container.remove()
    const { Id } = await docker.getImage(`${repo}:x`).inspect()
    made.push(Id)
    return Id
  }
  /** An image of busybox and one more layer with a file in it. */
  async function derive(name: string, text: string): Promise<string> {
    const container = await docker.createContainer({ Image: base, Cmd: ['true'] })
    await container.putArchive(Readable.from([packTar([{ name: 'extra', bytes: Buffer.from(text) }])]), { path: '/' })
    await container.commit({ repo: name, tag: 'x' })
    await container.remove()
    const { Id } = await docker.getImage(`${name}:x`).inspect()
    made.push(Id)
    return Id
  }
  const has = (id: string) =>
    docker
      .getImage(id)
      .inspect()
      .then(
        () => true,
        () => false
      )
  const remove = async (...ids: string[]) => {
    for (const id of ids)
      await docker
        .getImage(id)
        .remove({ force: true })
        .catch(() => undefined)
  }

  /** What a provider gives its engine: everything comes from the creator, over the network. */
  function context(onProgress?: (progress: PrepareProgress) => void): PrepareContext {
    const from = creator.source
    let next = 0
    return {
      async fetch(cid, options) {
        const path = join(place.root, `fetched-${Date.now()}-${next++}`)
        const { maxBytes = 2 ** 30, onProgress = () => undefined } = options ?? {}
        await provider.store.fetch(cid, { from, maxBytes, onProgress })
        await provider.store.exportPath(cid, path)
        return path
      },
      block: (cid, { maxBytes }) => provider.store.getBlock(cid, { from, maxBytes }),
      ...(onProgress === undefined ? {} : { onProgress })
    }
  }
  const engineOf = (init: Partial<DockerEngineInit> = {}): DockerEngine => dockerEngine({ nodeId: salt, ...init })
  const jobOf = (cid: string, script = 'cat /extra') =>
    specOf({ engine: { docker: { image: `ipfs://${cid}`, entrypoint: ['sh', '-c', script] } } })
  async function runByCid(cid: string, init: Partial<DockerEngineInit> = {}, script?: string) {
    const engine = engineOf(init)
    const prepared = await engine.prepare(jobOf(cid, script), context())
    const dirs = await place.dirs({ engine: { noop: { exitCode: 0, ms: 0 } } })
    return await collect(dirs, {}, options => engine.run(prepared, dirs, options))
  }
  const used = async (node: TestNode) => (await node.store.usage()).usedBytes

  it('push: the CID depends on the image alone, and progress is told', async () => {
    const steps: PushProgress[] = []
    const first = await images.push(base, { onProgress: step => steps.push(step) })
    busyboxBytes = first.sizeBytes
    assert.equal(first.imageId, base)
    assert.ok(first.newBytes >= busyboxBytes, 'all of it is new')
    const again = await images.push(base)
    assert.deepEqual([again.cid, again.newBytes], [first.cid, 0])
    assert.equal(images.list().length, 1)
    assert.deepEqual(
      [steps[0]?.step, steps.at(-1)],
      ['saving', { step: 'importing', doneBytes: busyboxBytes, totalBytes: busyboxBytes }]
    )
  })
  it('run: an engine that never had the image, and of a second one only what is different moves', async () => {
    const name = `dcn-test-${process.pid}-a`
    const id = await derive(name, 'moo\n')
    const [first, second] = [await images.push(base), await images.push(`${name}:x`)]
    assert.ok(second.newBytes < 64 * 1024, `${second.newBytes} new bytes`)
    await remove(id, base)
    assert.deepEqual([await has(base), await has(id)], [false, false])

    const empty = await used(provider)
    const ran = await runByCid(first.cid, {}, 'echo here')
    assert.equal(ran.stdout, 'here\n')
    const withBase = await used(provider)
    assert.ok(withBase - empty >= busyboxBytes)
    assert.equal((await runByCid(second.cid)).stdout, 'moo\n')
    assert.ok((await used(provider)) - withBase < 64 * 1024, 'only the difference moves')
    assert.equal(await has(id), true)
    // a third time nothing moves at all
    const before = await used(provider)
    assert.equal((await runByCid(second.cid)).stdout, 'moo\n')
    assert.equal(await used(provider), before)
  })
  it('run: a base that the engine lacks but the store has is taken from the store', async () => {
    const [first] = images.list()
    const id = made.at(-1) ?? ''
    await remove(id, base)
    const progress: PrepareProgress[] = []
    const second = images.list().at(-1)?.cid ?? ''
    await engineOf().prepare(
      jobOf(second),
      context(p => progress.push(p))
    )
    assert.equal(await has(id), true)
    const [brought, unpacked] = (['image', 'prepare'] as const).map(what => progress.filter(p => p.what === what))
    for (const steps of [brought, unpacked]) {
      const counts = steps?.map(p => p.doneBytes) ?? []
      assert.deepEqual([counts[0], counts.at(-1)], [0, steps?.[0]?.totalBytes])
      assert.ok((counts.at(-1) ?? 0) > busyboxBytes)
      assert.deepEqual(
        counts,
        counts.toSorted((a, b) => a - b)
      )
      // also within a layer
      assert.ok(counts.some(count => count > 0 && count < busyboxBytes))
    }
    assert.deepEqual(progress, [...(brought ?? []), ...(unpacked ?? [])])
    assert.ok(first)
  })

  /** A manifest like the pushed one with something changed, put where providers look. */
  async function forge(change: (manifest: ImageManifest) => Promise<ImageManifest> | ImageManifest): Promise<string> {
    const [first] = images.list()
    const block = await creator.store.getBlock(CID.parse(first?.cid ?? ''), { maxBytes: MIB })
    const forged = encodeImageManifest(await change(decodeImageManifest(block)))
    await creator.store.putBlock(forged)
    return forged.cid.toString()
  }
  /** One whose only layer and configuration are given. */
  const forgeImage = (layer: Uint8Array, config: Record<string, unknown> = {}, sizeBytes = layer.byteLength) =>
    forge(async () => {
      const arch = process.arch === 'x64' ? 'amd64' : process.arch
      const rootfs = { type: 'layers', diff_ids: [`sha256:${hex(layer).slice(2)}`] }
      const bytes = Buffer.from(JSON.stringify({ os: 'linux', architecture: arch, rootfs, salt, ...config }))
      const { cid } = await creator.store.importBytes(layer)
      return {
        version: 1,
        config: (await creator.store.importBytes(bytes)).cid,
        layers: [{ diffId: hex(layer), sizeBytes, cid }]
      }
    })
  const small = packTar([{ name: 'a', bytes: Buffer.from('a') }])

  it('error: what a hostile creator may name, before the engine sees any of it', async () => {
    const other = packTar([{ name: 'a', bytes: Buffer.from('b') }])
    const swap = async (manifest: ImageManifest) => {
      const { cid } = await creator.store.importBytes(other)
      return { ...manifest, layers: [{ ...manifest.layers[0], cid } as ImageManifest['layers'][number]] }
    }
    const oneLayer = await forgeImage(small)
    const block = decodeImageManifest(await creator.store.getBlock(CID.parse(oneLayer), { maxBytes: MIB }))
    const cases: [string, string, string][] = [
      ['a layer with other bytes', await forge(async () => swap(block)), 'InvalidInputError'],
      [
        'a diff id that the configuration does not name',
        await forge(() => ({ ...block, layers: block.layers.map(l => ({ ...l, diffId: hex(other) })) })),
        'InvalidInputError'
      ],
      ['a layer too few', await forge(() => ({ ...block, layers: [] })), 'InvalidInputError'],
      ['a layer larger than it says', await forgeImage(Buffer.alloc(4 * MIB), {}, 1024), 'TooLargeError'],
      ['a layer smaller than it says', await forgeImage(small, {}, small.byteLength + 1), 'InvalidInputError'],
      ['a layer that is no archive', await forgeImage(Buffer.alloc(1024, 'x')), 'BadArchiveError'],
      [
        'a compressed layer',
        await forgeImage(Buffer.concat([Buffer.from('1f8b08', 'hex'), Buffer.alloc(1021)])),
        'InvalidInputError'
      ],
      ['an image for another machine', await forgeImage(small, { architecture: 'riscv64' }), 'UnsupportedJobError'],
      ['an image for another system', await forgeImage(small, { os: 'windows' }), 'UnsupportedJobError'],
      [
        'a configuration that is none',
        await forge(async () => ({ ...block, config: (await creator.store.importBytes(Buffer.from('{'))).cid })),
        'InvalidInputError'
      ]
    ]
    for (const [what, cid, name] of cases) {
      await assert.rejects(engineOf().prepare(jobOf(cid), context()), { name }, what)
    }
    const noManifest = toBlock({ version: 2 })
    await creator.store.putBlock(noManifest)
    await assert.rejects(engineOf().prepare(jobOf(noManifest.cid.toString()), context()), { name: 'InvalidInputError' })
    const file = await creator.store.importBytes(encode('text'))
    await assert.rejects(engineOf().prepare(jobOf(file.cid.toString()), context()), { name: 'InvalidInputError' })
    await assert.rejects(engineOf().prepare(jobOf('nonsense'), context()), { name: 'InvalidInputError' })
    const left = await docker.listImages({ filters: JSON.stringify({ reference: [shelf.tagOf('*')] }) })
    assert.deepEqual(
      left.filter(i => !made.includes(i.Id)),
      []
    )
  })
  it('error: a layer that is a tar archive and compressed, so that the engine would unpack it first', async () => {
    const bomb = gzipSync(Buffer.alloc(MIB))
    // what follows the gzip header's first ten bytes is its extra field, with the rest of the tar header in it
    const header = encodeHeader({ name: '\x1f', sizeBytes: bomb.byteLength - 10 })
    header.set([0x1f, 0x8b, 8, 4, 1, 1, 1, 1, 1, 1])
    header.writeUInt16LE(BLOCK - 12, 10)
    header.write('        ', 148)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    const body = bomb.subarray(10)
    const layer = Buffer.concat([header, body, Buffer.alloc(((BLOCK - (body.byteLength % BLOCK)) % BLOCK) + 2 * BLOCK)])
    for await (const { sizeBytes } of readTar(Readable.from([layer]))) assert.equal(sizeBytes, body.byteLength)
    assert.equal(gunzipSync(layer.subarray(0, BLOCK + body.byteLength)).byteLength, MIB)
    const cid = await forgeImage(layer)
    await assert.rejects(engineOf().prepare(jobOf(cid), context()), { name: 'InvalidInputError', field: 'layers' })
  })
  it('error: a sparse file in a layer, which a few bytes would blow up', async () => {
    const layer = Buffer.from(packTar([{ name: 'bomb', bytes: Buffer.from('a') }]))
    // an old GNU sparse file, with the checksum that belongs to it
    const sum = Number.parseInt(layer.toString('latin1', 148, 154), 8) + 'S'.charCodeAt(0) - '0'.charCodeAt(0)
    layer.write('S', 156)
    layer.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    const cid = await forgeImage(layer)
    await assert.rejects(engineOf().prepare(jobOf(cid), context()), { name: 'BadArchiveError' })
  })
  it('quota: too large is refused before it moves; the least lately used go, those in use and those of the operator stay', async () => {
    const [first] = images.list()
    const tiny = { images: { quotaBytes: MIB / 2, holdMs: 0 } }
    await remove(...made)
    const before = await used(provider)
    await assert.rejects(engineOf(tiny).prepare(jobOf(first?.cid ?? ''), context()), { name: 'ImageUnavailableError' })
    assert.equal(await used(provider), before)

    const layers = ['one', 'two', 'three'].map(name => packTar([{ name, bytes: Buffer.alloc(60_000, name) }]))
    const cids: string[] = []
    for (const layer of layers) cids.push(await forgeImage(layer, { config: { Cmd: ['x'] } }))
    const [one = '', two = '', three = ''] = cids
    const nodeId = `${salt}-quota`
    const engine = engineOf({ nodeId, images: { quotaBytes: 150_000, holdMs: 0 } })
    const kept = engineOf({ nodeId, images: { quotaBytes: 150_000 } })
    const idOf = async (cid: string) =>
      ((await engine.prepare(jobOf(cid), context())) as unknown as { image: { id: string } }).image.id
    const [idOne, idTwo] = [await idOf(one), await idOf(two)]
    made.push(idOne, idTwo)
    // used again: now the other one is the older
    await idOf(one)
    const idThree = await idOf(three)
    made.push(idThree)
    assert.deepEqual([await has(idOne), await has(idTwo), await has(idThree)], [true, false, true])
    // what was used a moment ago is held for its job
    await assert.rejects(kept.prepare(jobOf(two), context()), { name: 'ImageUnavailableError' })
    // a container keeps its image
    const container = await docker.createContainer({ Image: idOne, Cmd: ['x'] })
    await idOf(two)
    assert.deepEqual([await has(idOne), await has(idTwo), await has(idThree)], [true, true, false])
    await container.remove()
    // one that was there before is the operator's
    await remove(idOne, idTwo)
    await loadArchive(docker, Readable.from([packImage(layers[0] ?? small)]))
    await engineOf({ nodeId, images: { quotaBytes: 0, holdMs: 0 } }).prepare(jobOf(one), context())
    await idOf(two)
    await idOf(three)
    assert.equal(await has(idOne), true)
  })

  /** The archive of the image that `forgeImage` names, as an operator would load it. */
  function packImage(layer: Buffer): Buffer {
    const arch = process.arch === 'x64' ? 'amd64' : process.arch
    const rootfs = { type: 'layers', diff_ids: [`sha256:${hex(layer).slice(2)}`] }
    const config = Buffer.from(
      JSON.stringify({ os: 'linux', architecture: arch, rootfs, salt, config: { Cmd: ['x'] } })
    )
    const index = [{ Config: 'c.json', RepoTags: null, Layers: ['layer.tar'] }]
    return packTar([
      { name: 'manifest.json', bytes: Buffer.from(JSON.stringify(index)) },
      { name: 'c.json', bytes: config },
      { name: 'layer.tar', bytes: layer }
    ])
  }

  it('error: push of what is not there; remove of what is not shared', async () => {
    await assert.rejects(images.push('127.0.0.1:1/none:x'), { name: 'ImageUnavailableError' })
    await assert.rejects(images.remove('bafkqaaa'), { name: 'ImageNotFoundError' })
    const [first] = images.list()
    await images.remove(first?.cid ?? '')
    assert.equal(
      images.list().some(i => i.cid === first?.cid),
      false
    )
    await rm(join(creator.dir, 'images'), { recursive: true, force: true })
    await mkdir(join(creator.dir, 'images'))
  })
})
