import * as dagCbor from '@ipld/dag-cbor'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { messageOf, TooLargeError } from '../../protocols/common/errors.ts'
import { UnsupportedContentError } from './errors.ts'
import { MAX_BLOCK_BYTES, MAX_LINKS, SHA2_256 } from './import-settings.ts'

export interface Child {
  cid: CID
  /** the name in a directory; absent for chunks of a file, sub-shards and links of a record */
  name?: string
  /** what the parent says lies below: a hint to refuse early, never trusted */
  claimedBytes: number
}

/**
 * A block understood: `leaf` is raw file data, `file` a node of a file (own data, then its children's), `directory` and `shard`
 * hold named children (a shard also nameless sub-shards), `record` is dag-cbor with links.
 */
export interface DagNode {
  kind: 'leaf' | 'file' | 'directory' | 'shard' | 'record'
  /** file data held in this block itself */
  data: Uint8Array
  children: Child[]
}

const EMPTY = new Uint8Array(0)

/**
 * Reads a block that somebody made. The bytes have been checked against the CID before.
 *
 * @throws UnsupportedContentError, TooLargeError
 */
export function parseNode(cid: CID, bytes: Uint8Array): DagNode {
  if (cid.multihash.code !== SHA2_256) throw new UnsupportedContentError('a hash other than sha2-256', cid.toString())
  if (bytes.byteLength > MAX_BLOCK_BYTES) throw new TooLargeError('block (bytes)', bytes.byteLength, MAX_BLOCK_BYTES)
  if (cid.code === raw.code) return { kind: 'leaf', data: bytes, children: [] }
  if (cid.code === dagPb.code) return parseUnixfs(cid, bytes)
  if (cid.code === dagCbor.code) return { kind: 'record', data: EMPTY, children: linksOf(cid, bytes) }
  throw new UnsupportedContentError(`the codec 0x${cid.code.toString(16)}`, cid.toString())
}

function parseUnixfs(cid: CID, bytes: Uint8Array): DagNode {
  const { node, unixfs } = decodeUnixfs(cid, bytes)
  if (node.Links.length > MAX_LINKS) throw new TooLargeError('links of a block', node.Links.length, MAX_LINKS)
  const links = node.Links
  switch (unixfs.type) {
    case 'file':
    case 'raw':
      return { kind: 'file', data: unixfs.data ?? EMPTY, children: links.map(l => child(l)) }
    case 'directory':
      return { kind: 'directory', data: EMPTY, children: links.map(l => child(l, l.Name ?? '')) }
    case 'hamt-sharded-directory':
      return { kind: 'shard', data: EMPTY, children: shardChildren(links, unixfs.fanout ?? 256n) }
    default:
      throw new UnsupportedContentError(`a ${unixfs.type} node`, cid.toString())
  }
}

function decodeUnixfs(cid: CID, bytes: Uint8Array): { node: dagPb.PBNode; unixfs: UnixFS } {
  try {
    const node = dagPb.decode(bytes)
    return { node, unixfs: UnixFS.unmarshal(node.Data ?? EMPTY) }
  } catch (cause) {
    throw new UnsupportedContentError(`a block that is not UnixFS (${messageOf(cause)})`, cid.toString())
  }
}

/** In a shard the name follows its slot's hex digits; a name of the digits alone is a sub-shard. */
function shardChildren(links: dagPb.PBLink[], fanout: bigint): Child[] {
  const digits = (fanout - 1n).toString(16).length
  return links.map(link => {
    const label = link.Name ?? ''
    return label.length > digits ? child(link, label.slice(digits)) : child(link)
  })
}

function child(link: dagPb.PBLink, name?: string): Child {
  const claimedBytes = link.Tsize ?? 0
  return name === undefined ? { cid: link.Hash, claimedBytes } : { cid: link.Hash, name, claimedBytes }
}

/** Links of a record, in order. Walks with its own stack: nesting is the sender's choice. */
function linksOf(cid: CID, bytes: Uint8Array): Child[] {
  const children: Child[] = []
  const todo: unknown[] = [decodeCbor(cid, bytes)]
  while (todo.length > 0) {
    const value = todo.pop()
    const link = CID.asCID(value)
    if (link !== null) children.push({ cid: link, claimedBytes: 0 })
    else if (Array.isArray(value)) for (const item of value) todo.push(item)
    else if (isMap(value)) for (const item of Object.values(value)) todo.push(item)
    if (children.length > MAX_LINKS) throw new TooLargeError('links of a block', children.length, MAX_LINKS)
  }
  return children
}

function decodeCbor(cid: CID, bytes: Uint8Array): unknown {
  try {
    return dagCbor.decode(bytes)
  } catch (cause) {
    throw new UnsupportedContentError(`a block that is not dag-cbor (${messageOf(cause)})`, cid.toString())
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
}
