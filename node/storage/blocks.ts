import { randomBytes } from 'node:crypto'
import { mkdir, opendir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FsBlockstore } from 'blockstore-fs'
import { NextToLast } from 'blockstore-fs/sharding'
import type { CID } from 'multiformats/cid'
import { concat } from 'uint8arrays/concat'
import { TooLargeError, UserError } from '../../protocols/common/errors.ts'
import { sha256 } from '../../protocols/common/hash.ts'
import { compareBytes } from '../../protocols/common/values.ts'
import { BlockMissingError, CorruptBlockError, QuotaExceededError, UnsupportedContentError } from './errors.ts'
import { MAX_BLOCK_BYTES, SHA2_256 } from './import-settings.ts'
import { type Sync, UnsyncedFiles } from './unsynced.ts'

type Content = Parameters<FsBlockstore['put']>[1]
type Options = Parameters<FsBlockstore['put']>[2]

const sharding = new NextToLast()

/** Systems write back within half a minute what nobody flushes; younger files of a process before this one count as unflushed. */
const WRITE_BACK_MS = 60_000

/** The name a block is kept under: its hash alone, so that one content under two codecs is one file. */
export function blockKey(cid: CID): string {
  return sharding.encode(cid).file
}

/**
 * Blocks on disk, one file each, in the layout of blockstore-fs. Reads are hashed again (the library trusts the disk), writes
 * are whole or not there, and a quota is kept.
 */
export class VerifiedBlocks extends FsBlockstore {
  readonly quotaBytes: number
  #usedBytes = 0
  readonly #writes = new Map<string, Promise<CID>>()
  readonly #unsynced: UnsyncedFiles

  constructor(dir: string, quotaBytes: number, sync?: Sync) {
    super(dir)
    this.#unsynced = new UnsyncedFiles(sync)
    this.quotaBytes = quotaBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  override async open(): Promise<void> {
    await super.open()
    let used = 0
    const flushedBefore = Date.now() - WRITE_BACK_MS
    for await (const { key, sizeBytes, writtenAtMs } of this.entries()) {
      used += sizeBytes
      if (writtenAtMs > flushedBefore) this.#unsynced.add(this.#pathOfKey(key))
    }
    this.#usedBytes = used
  }

  /** Every block that was put before outlives a power cut once this returns. @throws StorageIoError */
  flush(): Promise<void> {
    return this.#unsynced.flush()
  }

  /** @throws QuotaExceededError */
  checkRoom(bytes: number): void {
    if (this.#usedBytes + bytes > this.quotaBytes) throw new QuotaExceededError(this.#usedBytes, bytes, this.quotaBytes)
  }

  /**
   * The block's bytes, hashed again.
   *
   * @throws BlockMissingError, CorruptBlockError (the damaged file is gone then)
   */
  async read(cid: CID, options?: Options): Promise<Uint8Array> {
    const bytes = await this.#readFile(cid, options)
    if (compareBytes(sha256(bytes), cid.multihash.digest) === 0) return bytes
    await this.delete(cid)
    throw new CorruptBlockError(cid)
  }

  /** For helia, which tells a peer that a block is not here only for an error of this name; any other ends the whole batch. */
  override async *get(cid: CID, options?: Options): AsyncGenerator<Uint8Array> {
    try {
      yield await this.read(cid, options)
    } catch (cause) {
      if (!(cause instanceof UserError)) throw cause
      throw Object.assign(new Error(cause.message, { cause }), { name: 'NotFoundError' })
    }
  }

  /** Bytes of a block without reading it; undefined when it is not here. */
  async sizeOf(cid: CID): Promise<number | undefined> {
    try {
      return (await stat(this.#path(cid))).size
    } catch {
      return undefined
    }
  }

  /** @throws QuotaExceededError, TooLargeError, UnsupportedContentError */
  override async put(cid: CID, content: Content, options?: Options): Promise<CID> {
    options?.signal?.throwIfAborted()
    const key = blockKey(cid)
    const running = this.#writes.get(key)
    if (running !== undefined) return running
    const write = this.#write(cid, content).finally(() => this.#writes.delete(key))
    this.#writes.set(key, write)
    return write
  }

  override async delete(cid: CID): Promise<void> {
    await this.deleteKey(blockKey(cid))
  }

  /** Removes the file of a key; returns the bytes freed. */
  async deleteKey(key: string): Promise<number> {
    const path = this.#pathOfKey(key)
    const size = await stat(path).then(
      s => s.size,
      () => undefined
    )
    if (size === undefined) return 0
    await rm(path, { force: true })
    this.#unsynced.delete(path)
    this.#usedBytes = Math.max(0, this.#usedBytes - size)
    return size
  }

  /** Every block's key, size and time. Files left by a write that a crash cut short are removed on the way. */
  async *entries(): AsyncGenerator<{ key: string; sizeBytes: number; writtenAtMs: number }> {
    for await (const shard of await opendir(this.path)) {
      if (!shard.isDirectory()) continue
      for await (const file of await opendir(join(this.path, shard.name))) {
        const path = join(this.path, shard.name, file.name)
        if (file.name.endsWith(sharding.extension)) {
          const { size, mtimeMs } = await stat(path)
          yield { key: basename(file.name), sizeBytes: size, writtenAtMs: mtimeMs }
        } else if (!this.#isBeingWritten(file.name)) await rm(path, { force: true })
      }
    }
  }

  #isBeingWritten(fileName: string): boolean {
    const [key = ''] = fileName.split('+')
    return this.#writes.has(key)
  }

  async #write(cid: CID, content: Content): Promise<CID> {
    if (cid.multihash.code !== SHA2_256) throw new UnsupportedContentError('a hash other than sha2-256', cid.toString())
    if ((await this.sizeOf(cid)) !== undefined) return cid
    const bytes = await collect(content)
    if (bytes.byteLength > MAX_BLOCK_BYTES) throw new TooLargeError('block (bytes)', bytes.byteLength, MAX_BLOCK_BYTES)
    this.checkRoom(bytes.byteLength)
    this.#usedBytes += bytes.byteLength
    try {
      await this.#writeFile(this.#path(cid), bytes)
    } catch (error) {
      this.#usedBytes -= bytes.byteLength
      throw error
    }
    return cid
  }

  async #writeFile(path: string, bytes: Uint8Array): Promise<void> {
    const temporary = `${path}+${randomBytes(4).toString('hex')}`
    try {
      await writeInto(dirname(path), temporary, bytes)
      await rename(temporary, path)
      this.#unsynced.add(path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  async #readFile(cid: CID, options?: Options): Promise<Uint8Array> {
    try {
      return await readFile(this.#path(cid), { signal: options?.signal })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new BlockMissingError(cid)
      throw error
    }
  }

  #path(cid: CID): string {
    return this.#pathOfKey(blockKey(cid))
  }

  #pathOfKey(key: string): string {
    const stem = key.slice(0, -sharding.extension.length)
    return join(this.path, stem.slice(-2), key)
  }
}

/** The directory of most blocks is there already. */
async function writeInto(dir: string, path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    await mkdir(dir, { recursive: true })
    await writeFile(path, bytes, { flag: 'wx' })
  }
}

async function collect(content: Content): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return content
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(part)
  return concat(parts)
}
