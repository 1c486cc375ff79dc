import type { CID } from 'multiformats/cid'

/** One key for all CIDs of one block read in one way: by codec too, since the same bytes may be a leaf and a node with links. */
export function nodeKey(cid: CID): string {
  return `${cid.code}:${Buffer.from(cid.multihash.bytes).toString('base64')}`
}
