import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import * as Digest from 'multiformats/hashes/digest'
import { sha256 } from '../../../protocols/common/hash.ts'

export interface TestBlock {
  cid: CID
  bytes: Uint8Array
}

export function block(code: number, bytes: Uint8Array): TestBlock {
  return { cid: CID.createV1(code, Digest.create(0x12, sha256(bytes))), bytes }
}

export const leaf = (text: string): TestBlock => block(raw.code, Buffer.from(text))

/** A UnixFS directory; names as given, in the order of dag-pb. */
export function directory(entries: readonly (readonly [string, TestBlock])[]): TestBlock {
  const Links = entries.map(([Name, { cid }]) => ({ Name, Hash: cid, Tsize: 1 }))
  const node = dagPb.prepare({ Data: new UnixFS({ type: 'directory' }).marshal(), Links })
  return block(dagPb.code, dagPb.encode(node))
}

/** A UnixFS file of these parts, each of the size it has. */
export function file(parts: readonly TestBlock[]): TestBlock {
  const unixfs = new UnixFS({ type: 'file', blockSizes: parts.map(part => BigInt(part.bytes.byteLength)) })
  const Links = parts.map(({ cid, bytes }) => ({ Name: '', Hash: cid, Tsize: bytes.byteLength }))
  return block(dagPb.code, dagPb.encode({ Data: unixfs.marshal(), Links }))
}
