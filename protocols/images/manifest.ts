import { CID } from 'multiformats/cid'
import { z } from 'zod'
import { type Block, cidOf, decodeCanonical, encode } from '../common/cbor.ts'
import { InvalidInputError, messageOf, TooLargeError } from '../common/errors.ts'
import { parse, toWire } from '../common/parse.ts'
import { bytes32, cid, type Hex, toHex, uint } from '../common/values.ts'

export const IMAGE_LIMITS = {
  /** of the manifest: 128 layers take 13 KiB */
  manifestBytes: 64 * 1024,
  /** a file system of layers cannot stack more */
  layers: 128,
  /** of the configuration, so that it is one block, whose CID then holds the image's id */
  configBytes: 1024 * 1024
} as const

const WHAT = 'image manifest'
const RAW = 0x55
const SHA2_256 = 0x12

/**
 * A container image by CID. `config` is the image's configuration as the engine has it, one raw block; a layer is a UnixFS file
 * with the uncompressed tar archive whose sha2-256 is its diff id. Layers that two images share have one CID.
 */
export const imageManifest = z.strictObject({
  version: z.literal(1),
  config: cid.refine(c => c.code === RAW && c.multihash.code === SHA2_256, 'expected a raw block named by sha2-256'),
  /** from the bottom up */
  layers: z.array(z.strictObject({ diffId: bytes32, sizeBytes: uint, cid })).max(IMAGE_LIMITS.layers)
})
export type ImageManifest = z.output<typeof imageManifest>
export type ImageLayer = ImageManifest['layers'][number]

/** @throws InvalidInputError, TooLargeError */
export function encodeImageManifest(manifest: ImageManifest): Block {
  const bytes = encode(toWire(imageManifest, manifest, WHAT))
  if (bytes.byteLength > IMAGE_LIMITS.manifestBytes) {
    throw new TooLargeError(`${WHAT} (bytes)`, bytes.byteLength, IMAGE_LIMITS.manifestBytes)
  }
  return { cid: cidOf(bytes), bytes }
}

/** @throws InvalidInputError, NonCanonicalError, TooLargeError */
export function decodeImageManifest(bytes: Uint8Array): ImageManifest {
  return parse(imageManifest, decodeCanonical(bytes, WHAT, IMAGE_LIMITS.manifestBytes), WHAT)
}

/** What engines call the image: the sha2-256 of its configuration. */
export const imageIdOf = ({ config }: Pick<ImageManifest, 'config'>): string =>
  `sha256:${toHex(config.multihash.digest).slice(2)}`

const PREFIX = 'ipfs://'

/** The CID of an image named `ipfs://CID`; undefined for one named otherwise. @throws InvalidInputError */
export function imageCidOf(image: string): CID | undefined {
  if (!image.startsWith(PREFIX)) return undefined
  try {
    return CID.parse(image.slice(PREFIX.length))
  } catch (cause) {
    const remedy = 'take it from "dcn image push" or "dcn image list"'
    throw new InvalidInputError(`${image} names no CID`, { field: 'engine.docker.image', value: image, remedy, cause })
  }
}

const configFile = z.object({
  os: z.string().max(64),
  architecture: z.string().max(64),
  rootfs: z.object({
    type: z.literal('layers'),
    diff_ids: z.array(z.string().regex(/^sha256:[0-9a-f]{64}$/)).max(IMAGE_LIMITS.layers)
  })
})

export interface ImageConfig {
  os: string
  architecture: string
  /** of the uncompressed layers, from the bottom up */
  diffIds: Hex[]
}

/** What of an image's configuration says how to put it together. @throws InvalidInputError */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  if (bytes.byteLength > IMAGE_LIMITS.configBytes) {
    throw new TooLargeError('image configuration (bytes)', bytes.byteLength, IMAGE_LIMITS.configBytes)
  }
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw new InvalidInputError(`the image's configuration is not JSON: ${messageOf(cause)}`, {
      field: 'config',
      cause
    })
  }
  const { os, architecture, rootfs } = parse(configFile, value, 'image configuration')
  return { os, architecture, diffIds: rootfs.diff_ids.map(id => `0x${id.slice('sha256:'.length)}` as const) }
}

/**
 * Whether a manifest's layers are those of its configuration, which the image's id vouches for.
 *
 * @throws InvalidInputError
 */
export function checkLayers({ layers }: ImageManifest, { diffIds }: ImageConfig): void {
  if (diffIds.length === layers.length && diffIds.every((id, i) => id === layers[i]?.diffId)) return
  throw new InvalidInputError('the layers of the image manifest are not those of its configuration', {
    field: 'layers',
    value: `${layers.length} layers`,
    limit: `the ${diffIds.length} layers that the configuration names, in its order`
  })
}
