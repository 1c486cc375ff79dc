import type { CID } from 'multiformats/cid'
import type { AbortOptions } from '../components.ts'

/** Peer to ask first: its libp2p id and the addresses it gave. */
export interface Source {
  peer: string
  addrs: string[]
}

export interface FetchOptions extends AbortOptions {
  /** asked first, one after the other; then what the network's routing finds */
  from?: Source | readonly Source[]
  /** nobody but one named peer is asked, or learns what is wanted @default false */
  only?: boolean
  /** refused as soon as more has arrived */
  maxBytes: number
  maxEntries?: number
  onProgress?: (bytes: number) => void
}

export interface PinOptions {
  /** the network's routing is told that this node has it, as long as it is pinned @default false */
  announce?: boolean
}

export interface Imported {
  cid: CID
  /** file bytes, without the tree's own blocks */
  sizeBytes: number
  files: number
}

/** How far a peer is that is sent a DAG by `/dcn/car/1.0.0`. */
export interface Served {
  peer: string
  /** the first CID that the peer asked for on this stream: the root, or, where it has a part already, what it lacks of it */
  root: string
  /** taken of this stream so far */
  bytes: number
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
  /**
   * Keeps the DAG while any owner holds it, also through a power cut: blocks that came before are on disk once this returns.
   * Idempotent per (cid, owner).
   */
  pin(cid: CID, owner: string, options?: PinOptions): Promise<void>
  unpinAll(owner: string): Promise<void>
  /** removes what no pin reaches; never while it would remove a pinned block */
  collectGarbage(options?: AbortOptions): Promise<{ removedBlocks: number; freedBytes: number }>
  /** bytes of blocks that came and went by `/dcn/car/1.0.0` since the start */
  readonly car: Readonly<{ received: number; sent: number }>
  /** Told of each MiB at least that a peer takes; bitswap is not told of. The listener must not throw. @returns what ends it */
  watchServed(listener: (served: Served) => void): () => void
  usage(): Promise<{ usedBytes: number; quotaBytes: number }>
}
