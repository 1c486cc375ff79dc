import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHost, type Host, type HostInit } from '../../node/network/host.ts'
import { VerifiedBlocks } from '../../node/storage/blocks.ts'
import { type StorageInit, storage } from '../../node/storage/helia-storage.ts'
import { sqlitePins } from '../../node/storage/pins.ts'
import type { Source, Storage } from '../../node/storage/storage.ts'
import { sha256 } from '../../protocols/common/hash.ts'

/** What a test started, undone in reverse. */
export class Cleanup {
  readonly #undo: (() => Promise<unknown>)[] = []

  add(undo: () => Promise<unknown>): void {
    this.#undo.push(undo)
  }

  async run(): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) await undo()
  }

  async dir(): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), 'dcn-test-'))
    this.add(() => rm(dir, { recursive: true, force: true }))
    return dir
  }

  async host(init: Partial<HostInit> = {}): Promise<Host> {
    const host = await createHost({
      networkId: 'lab-test',
      networkSecret: new Uint8Array(32).fill(7),
      seed: crypto.getRandomValues(new Uint8Array(32)),
      dataDir: init.dataDir ?? (await this.dir()),
      messageId: sha256,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      ...init
    })
    this.add(() => host.stop())
    await host.start()
    return host
  }

  async node(init: Partial<HostInit> & StorageInit & { quotaBytes?: number } = {}): Promise<TestNode> {
    const dir = init.dataDir ?? (await this.dir())
    const blocks = new VerifiedBlocks(join(dir, 'blocks'), init.quotaBytes ?? 2 ** 30)
    const host = await this.host({ ...init, dataDir: dir, blockstore: blocks })
    const store = storage(init)({ host, blocks, pins: sqlitePins(join(dir, 'pins.db')) })
    this.add(() => store.stop())
    await store.start()
    return { dir, blocks, host, store, source: { peer: host.peerId.toString(), addrs: host.dialableAddrs() } }
  }
}

export interface TestNode {
  dir: string
  blocks: VerifiedBlocks
  host: Host
  store: Storage
  source: Source
}

/** Resolves at the first event that passes, without polling. */
export function nextEvent<T extends Event>(
  target: {
    addEventListener(type: never, listener: (event: T) => void): void
    removeEventListener(type: never, listener: (event: T) => void): void
  },
  type: string,
  accept: (event: T) => boolean = () => true
): Promise<T> {
  return new Promise(resolve => {
    const listener = (event: T): void => {
      if (!accept(event)) return
      target.removeEventListener(type as never, listener)
      resolve(event)
    }
    target.addEventListener(type as never, listener)
  })
}

/** What still waits after this long waits for ever, and would keep the process from ending. */
const GIVE_UP_MS = 120_000

/** Waits for a condition that has no event of its own. The test's own timeout ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const start = performance.now()
  while (!(await condition())) {
    if (performance.now() - start > GIVE_UP_MS) throw new Error(`still not so: ${condition}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
