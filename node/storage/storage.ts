import type { CID } from 'multiformats/cid'
import type { AbortOptions } from '../components.ts'

/** Peer to ask first: its libp2p id and the addresses it gave. */
export interface Source {
  peer: string
  addrs: string[]
}

export interface FetchOptions extends AbortOptions {
  /** asked first; without it only what is local or found through the network's routing */
  from?: Source
  /** refused as soon as more has arrived */
  maxBytes: number
  maxEntries?: number
  onProgress?: (bytes: number) => void
}

export interface Imported {
  cid: CID
  /** file bytes, without the tree's own blocks */
  sizeBytes: number
  files: number
}

/** Content-addressed store: UnixFS directories, dag-cbor blocks, pins by owner, a quota. */
export interface Storage {
  start(): Promise<void>
  stop(): Promise<void>
  /** imports a file or directory with the network's fixed settings, so that the CID does not depend on who imports */
  importPath(path: string, options?: AbortOptions): Promise<Imported>
  importBytes(bytes: Uint8Array, options?: AbortOptions): Promise<Imported>
  /** a directory of things that are in the store already */
  makeDirectory(entries: Record<string, CID>, options?: AbortOptions): Promise<CID>
  putBlock(block: { cid: CID; bytes: Uint8Array }, options?: AbortOptions): Promise<void>
  /** a single block, hash-checked, at most `maxBytes` */
  getBlock(cid: CID, options: FetchOptions): Promise<Uint8Array>
  /** brings the whole DAG under `cid` into the local store, verified block by block */
  fetch(cid: CID, options: FetchOptions): Promise<{ sizeBytes: number; files: number }>
  /** writes a local DAG to disk below `path` (which must not exist); only regular files and directories, names checked */
  exportPath(
    cid: CID,
    path: string,
    options?: AbortOptions & { maxBytes?: number }
  ): Promise<{ sizeBytes: number; files: number }>
  readFile(cid: CID, options: AbortOptions & { maxBytes: number }): Promise<Uint8Array>
  /** keeps the DAG while any owner holds it; idempotent per (cid, owner) */
  pin(cid: CID, owner: string): Promise<void>
  unpinAll(owner: string): Promise<void>
  /** removes what no pin reaches; never while it would remove a pinned block */
  collectGarbage(options?: AbortOptions): Promise<{ removedBlocks: number; freedBytes: number }>
  usage(): Promise<{ usedBytes: number; quotaBytes: number }>
}
