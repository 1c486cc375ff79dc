import type { HeliaWithLibp2p } from '@helia/libp2p'
import type { Libp2p } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { concat } from 'uint8arrays/concat'
import { TooLargeError } from '../../protocols/common/errors.ts'
import { sha256 } from '../../protocols/common/hash.ts'
import { compareBytes } from '../../protocols/common/values.ts'
import type { AbortOptions } from '../components.ts'
import type { Registrar } from '../network/handle.ts'
import type { Penalties } from '../network/peer-penalty.ts'
import type { Dialer } from '../network/streams.ts'
import { Announcer } from './announcer.ts'
import { STALL_MS } from './bitswap-source.ts'
import type { VerifiedBlocks } from './blocks.ts'
import { CarPlaces } from './car/places.ts'
import { serveCars } from './car/serve.ts'
import { QuotaExceededError, UnsupportedContentError } from './errors.ts'
import { exportTree } from './export.ts'
import { type FetchComponents, fetchBlock, fetchDag } from './fetch.ts'
import { markAndSweep } from './gc.ts'
import { importBytes, importDirectory, importListing, list } from './import.ts'
import { MAX_BLOCK_BYTES } from './import-settings.ts'
import { fileData, measure } from './local.ts'
import { limiter, type SharedLock, sharedLock } from './lock.ts'
import type { PinTable } from './pins.ts'
import type { FetchOptions, Imported, PinOptions, Served, Storage } from './storage.ts'

/** What was just imported or fetched is kept this long, so that its user has time to pin it. */
const GRACE_MS = 10 * 60_000
/** Past this many the expired ones are dropped at each new one. */
const MAX_RECENT = 1024

/** Wants of all fetches together: each is a stream at the other side, which takes 256. Eight silent peers cannot use them up. */
const MAX_WANTS = 144

export interface StorageInit {
  /** a fetch without a single block for this long tries anew, then fails @default 30000 */
  stallMs?: number
  /** a peer that is sent a DAG and says nothing for this long loses its place @default 60000 */
  serveStallMs?: number
  /** unpinned content is safe from garbage collection for this long after it came @default 600000 */
  graceMs?: number
  /** unix milliseconds @default Date.now */
  now?: () => number
}

export interface StorageComponents {
  /** a running host; its `helia` may be a new object after a restart */
  host: {
    readonly helia: Pick<HeliaWithLibp2p, 'blockstore' | 'routing'>
    readonly libp2p: Dialer & Registrar & Pick<Libp2p, 'getPeers'>
    readonly penalties: Pick<Penalties, 'strike'>
  }
  /** the blockstore that the host's Helia uses */
  blocks: VerifiedBlocks
  pins: PinTable
}

/** The store of a node, over its Helia. Start it after the host, stop it before. */
export const storage =
  (init: StorageInit = {}) =>
  (components: StorageComponents): Storage =>
    new HeliaStorage(components, init)

class HeliaStorage implements Storage {
  readonly car = { received: 0, sent: 0 }
  readonly #host: StorageComponents['host']
  readonly #blocks: VerifiedBlocks
  readonly #pins: PinTable
  readonly #stallMs: number
  readonly #serveStallMs: number | undefined
  readonly #graceMs: number
  readonly #now: () => number
  readonly #lock: SharedLock = sharedLock()
  readonly #limit = limiter(MAX_WANTS)
  readonly #places = new CarPlaces()
  readonly #announcer: Announcer
  readonly #watchers = new Set<(served: Served) => void>()
  #stopServing: (() => Promise<void>) | undefined
  /** roots that came lately, and until when they are kept */
  readonly #recent = new Map<string, { cid: CID; until: number }>()

  constructor({ host, blocks, pins }: StorageComponents, init: StorageInit) {
    this.#host = host
    this.#blocks = blocks
    this.#pins = pins
    this.#stallMs = init.stallMs ?? STALL_MS
    this.#serveStallMs = init.serveStallMs
    this.#graceMs = init.graceMs ?? GRACE_MS
    this.#now = init.now ?? Date.now
    this.#announcer = new Announcer({
      roots: () => pins.announced(),
      routing: () => host.helia.routing,
      isAlone: () => host.libp2p.getPeers().length === 0,
      now: this.#now
    })
  }

  async start(): Promise<void> {
    this.#pins.open()
    this.#stopServing ??= await serveCars(this.#host.libp2p, {
      read: async (cid, options) => {
        const bytes = await this.#blocks.read(cid, options)
        this.car.sent += bytes.byteLength
        return bytes
      },
      strike: peer => void this.#host.penalties.strike(peer),
      onServed: served => {
        for (const watcher of this.#watchers) watcher(served)
      },
      ...(this.#serveStallMs === undefined ? {} : { stallMs: this.#serveStallMs })
    })
    this.#announcer.start()
  }

  /** waits for what is being stored */
  async stop(): Promise<void> {
    await this.#announcer.stop()
    await this.#stopServing?.()
    this.#stopServing = undefined
    await this.#lock.exclusive(async () => this.#pins.close())
  }

  async importPath(path: string, options: AbortOptions = {}): Promise<Imported> {
    const listing = await list(path, options)
    await this.#makeRoom(listing.sizeBytes, options)
    return this.#store(
      () => importListing(this.#host.helia.blockstore, listing, options),
      i => i.cid
    )
  }

  async importBytes(bytes: Uint8Array, options: AbortOptions = {}): Promise<Imported> {
    await this.#makeRoom(bytes.byteLength, options)
    return this.#store(
      () => importBytes(this.#host.helia.blockstore, bytes, options),
      i => i.cid
    )
  }

  async makeDirectory(entries: Record<string, CID>, options: AbortOptions = {}): Promise<CID> {
    await this.#makeRoom(0, options)
    return this.#store(
      () => importDirectory(this.#host.helia.blockstore, entries, options),
      c => c
    )
  }

  async putBlock({ cid, bytes }: { cid: CID; bytes: Uint8Array }, options: AbortOptions = {}): Promise<void> {
    if (bytes.byteLength > MAX_BLOCK_BYTES) throw new TooLargeError('block (bytes)', bytes.byteLength, MAX_BLOCK_BYTES)
    if (compareBytes(sha256(bytes), cid.multihash.digest) !== 0) {
      throw new UnsupportedContentError('a block that its CID does not name', cid.toString())
    }
    await this.#makeRoom(bytes.byteLength, options)
    await this.#store(
      async () => this.#host.helia.blockstore.put(cid, bytes, options),
      c => c
    )
  }

  async getBlock(cid: CID, options: FetchOptions): Promise<Uint8Array> {
    await this.#makeRoom(0, options)
    const bytes = await this.#store(
      () => fetchBlock(this.#source(), cid, options, this.#stallMs),
      () => cid
    )
    if (bytes.byteLength > options.maxBytes) {
      throw new TooLargeError('content (bytes)', bytes.byteLength, options.maxBytes)
    }
    return bytes
  }

  async fetch(cid: CID, options: FetchOptions): Promise<{ sizeBytes: number; files: number }> {
    await this.#makeRoom(0, options)
    const run = () =>
      this.#store(
        () => fetchDag(this.#source(), cid, options, this.#stallMs),
        () => cid
      )
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof QuotaExceededError)) throw error
      // its size was not known before: make room once, keeping what has arrived
      const { freedBytes } = await this.#collect([cid], options)
      if (freedBytes === 0) throw error
      return run()
    }
  }

  exportPath(
    cid: CID,
    path: string,
    options: AbortOptions & { maxBytes?: number } = {}
  ): Promise<{ sizeBytes: number; files: number }> {
    return this.#lock.shared(() => exportTree(this.#blocks, cid, path, options))
  }

  readFile(cid: CID, options: AbortOptions & { maxBytes: number }): Promise<Uint8Array> {
    return this.#lock.shared(async () => {
      const { files } = await measure(this.#blocks, cid, { maxBytes: options.maxBytes, maxEntries: 1 }, options)
      if (files !== 1) throw new UnsupportedContentError('reading a directory as a file', cid.toString())
      const parts: Uint8Array[] = []
      for await (const part of fileData(this.#blocks, cid, options)) parts.push(part)
      return concat(parts)
    })
  }

  async pin(cid: CID, owner: string, { announce = false }: PinOptions = {}): Promise<void> {
    await this.#blocks.flush()
    this.#pins.add(cid, owner, announce)
    if (announce) this.#announcer.look()
  }

  async unpinAll(owner: string): Promise<void> {
    this.#pins.removeOwner(owner)
    this.#announcer.look()
  }

  collectGarbage(options: AbortOptions = {}): Promise<{ removedBlocks: number; freedBytes: number }> {
    return this.#collect([], options)
  }

  watchServed(listener: (served: Served) => void): () => void {
    this.#watchers.add(listener)
    return () => void this.#watchers.delete(listener)
  }

  async usage(): Promise<{ usedBytes: number; quotaBytes: number }> {
    return { usedBytes: this.#blocks.usedBytes, quotaBytes: this.#blocks.quotaBytes }
  }

  #collect(alsoKeep: CID[], options: AbortOptions): Promise<{ removedBlocks: number; freedBytes: number }> {
    return this.#lock.exclusive(async () => {
      options.signal?.throwIfAborted()
      return markAndSweep(this.#blocks, [...this.#pins.roots(), ...this.#recentRoots(), ...alsoKeep], options)
    })
  }

  #source(): FetchComponents {
    const { helia, libp2p, penalties } = this.#host
    const car = {
      libp2p,
      places: this.#places,
      store: (cid: CID, bytes: Uint8Array) => {
        this.car.received += bytes.byteLength
        return this.#blocks.put(cid, bytes)
      },
      strike: (peer: string) => void penalties.strike(peer)
    }
    return { helia, libp2p, blocks: this.#blocks, limit: this.#limit, car }
  }

  /** Garbage is collected only when something would not fit otherwise. @throws QuotaExceededError */
  async #makeRoom(bytes: number, options: AbortOptions): Promise<void> {
    const { usedBytes, quotaBytes } = this.#blocks
    if (bytes > quotaBytes) throw new QuotaExceededError(usedBytes, bytes, quotaBytes)
    if (usedBytes + bytes < quotaBytes) return
    await this.collectGarbage(options)
    this.#blocks.checkRoom(bytes)
  }

  /** Shuts garbage collection out while content comes in, and keeps its root for a while. */
  #store<T>(work: () => Promise<T>, rootOf: (result: T) => CID): Promise<T> {
    return this.#lock.shared(async () => {
      const result = await work()
      const cid = rootOf(result)
      if (this.#recent.size >= MAX_RECENT) this.#recentRoots()
      this.#recent.set(cid.toString(), { cid, until: this.#now() + this.#graceMs })
      return result
    })
  }

  #recentRoots(): CID[] {
    const now = this.#now()
    for (const [key, { until }] of this.#recent) if (until <= now) this.#recent.delete(key)
    return [...this.#recent.values()].map(r => r.cid)
  }
}
