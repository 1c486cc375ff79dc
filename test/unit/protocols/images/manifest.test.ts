import assert from 'node:assert/strict'
import { CID } from 'multiformats/cid'
import { toBlock } from '../../../../protocols/common/cbor.ts'
import {
  checkLayers,
  decodeImageManifest,
  encodeImageManifest,
  imageCidOf,
  imageIdOf,
  parseImageConfig
} from '../../../../protocols/images/manifest.ts'

const RAW = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
const CBOR = CID.parse('bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
const diffId = `0x${'ab'.repeat(32)}` as const
const MANIFEST = { version: 1 as const, config: RAW, layers: [{ diffId, sizeBytes: 1024, cid: RAW }] }
const config = (changes: object = {}) =>
  Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: [`sha256:${'ab'.repeat(32)}`] },
      history: [],
      ...changes
    })
  )

describe('images/manifest', () => {
  it('default: one manifest has one CID, for whoever writes it', () => {
    const { cid, bytes } = encodeImageManifest(MANIFEST)
    assert.equal(cid.toString(), 'bafyreicl4voihf4oqwlq6vjdxnobomkzfg3dvlj2cwaabjke3mdteyvnlu')
    assert.deepEqual(decodeImageManifest(bytes), MANIFEST)
  })
  it('default: the image id is the hash in the CID of its configuration', () => {
    assert.equal(imageIdOf(MANIFEST), 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })
  it('error: what is no manifest of this version', () => {
    const [layer] = MANIFEST.layers
    const wire = { version: 1, config: RAW, layers: [{ ...layer, diffId: new Uint8Array(32) }] }
    decodeImageManifest(toBlock(wire).bytes)
    const bad: unknown[] = [
      { ...wire, version: 2 },
      { ...wire, more: 1 },
      { ...wire, config: CBOR },
      { ...wire, layers: [{ ...layer, diffId: new Uint8Array(31) }] },
      { ...wire, layers: [{ ...layer, diffId: new Uint8Array(32), sizeBytes: -1 }] },
      { ...wire, layers: Array.from({ length: 129 }, () => wire.layers[0]) }
    ]
    for (const value of bad)
      assert.throws(() => decodeImageManifest(toBlock(value).bytes), { name: 'InvalidInputError' })
    assert.throws(() => decodeImageManifest(new Uint8Array(70_000)), { name: 'TooLargeError' })
  })
  it('default: names of images', () => {
    assert.equal(imageCidOf(`ipfs://${CBOR}`)?.toString(), CBOR.toString())
    assert.equal(imageCidOf('debian:12'), undefined)
    assert.throws(() => imageCidOf('ipfs://nonsense'), { name: 'InvalidInputError', field: 'engine.docker.image' })
  })
  it('default: a configuration vouches for the layers', () => {
    const parsed = parseImageConfig(config())
    assert.deepEqual(parsed, { os: 'linux', architecture: 'amd64', diffIds: [diffId] })
    checkLayers(MANIFEST, parsed)
    for (const layers of [[], [...MANIFEST.layers, ...MANIFEST.layers], [{ ...MANIFEST.layers[0], diffId: '0x00' }]]) {
      assert.throws(() => checkLayers({ ...MANIFEST, layers } as never, parsed), { name: 'InvalidInputError' })
    }
  })
  it('error: what is no configuration of an image', () => {
    for (const bytes of [Buffer.from('x'), config({ rootfs: {} }), config({ os: 1 }), Buffer.from('[]')]) {
      assert.throws(() => parseImageConfig(bytes), { name: 'InvalidInputError' })
    }
    assert.throws(() => parseImageConfig(new Uint8Array(2 ** 20 + 1)), { name: 'TooLargeError' })
  })
})
