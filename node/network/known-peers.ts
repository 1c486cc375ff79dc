import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { messageOf } from '../../protocols/common/errors.ts'
import { keyOfText } from '../../protocols/common/peer-text.ts'
import { uint } from '../../protocols/common/values.ts'
import type { Clock, Log } from '../components.ts'
import { type DialTarget, MAX_ADDRS, targetOf } from './addresses.ts'
import { writeWhole } from './write-whole.ts'

/** More than any node needs to find its way back, few enough to try them all in minutes. */
const MAX_PEERS = 50
const MAX_FILE_BYTES = 256 * 1024
/** Changes come in crowds when a node starts. */
const SAVE_AFTER_MS = 2_000

const file = z.strictObject({
  version: z.literal(1),
  peers: z
    .array(
      z.strictObject({
        peer: z.string().refine(p => keyOfText(p) !== undefined, 'expected a peer id'),
        addrs: z.array(z.string().max(256)).max(MAX_ADDRS),
        lastSeenMs: uint
      })
    )
    .max(MAX_PEERS)
})
export type KnownPeer = z.output<typeof file>['peers'][number]

export interface KnownPeersInit {
  path: string
  /** this node's own id, never kept */
  self: string
}

/**
 * Where members were met last: at most 50, kept over a restart, so that a node comes back when every address of the
 * network's document is dead. What is in here is not trusted: the gate proves whoever answers.
 */
export class KnownPeers {
  readonly #init: KnownPeersInit
  readonly #clock: Clock
  readonly #log: Log
  readonly #peers = new Map<string, KnownPeer>()
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> = Promise.resolve()
  #started = false

  constructor(init: KnownPeersInit, { clock, log }: { clock: Clock; log: Log }) {
    this.#init = init
    this.#clock = clock
    this.#log = log
  }

  /** Reads what an earlier run kept. A file that cannot be read is as none: peers are met again. */
  async start(): Promise<void> {
    if (this.#started) return
    this.#started = true
    const { path } = this.#init
    if (!existsSync(path)) return
    try {
      const text = await readFile(path, 'utf8')
      if (text.length > MAX_FILE_BYTES) throw new Error(`it has ${text.length} characters`)
      for (const peer of file.parse(JSON.parse(text)).peers) if (!this.#peers.has(peer.peer)) this.#keep(peer)
    } catch (error) {
      this.#log.warn({ path, error: messageOf(error) }, 'the list of known peers is unusable and starts anew')
    }
  }

  async stop(): Promise<void> {
    if (!this.#started) return
    this.#started = false
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#peers.size > 0) await this.#save()
  }

  /** A peer that proved its key just now. No addresses leaves those that are known. */
  met(peer: string, addrs: readonly string[]): void {
    const known = this.#peers.get(peer)
    const all = [...new Set([...addrs, ...(known?.addrs ?? [])])].slice(0, MAX_ADDRS)
    if (all.length > 0) this.#keep({ peer, addrs: all, lastSeenMs: this.#clock.nowMs() })
    this.#saveSoon()
  }

  /** Addresses that an invite names, with /p2p/<id>: tried like all others, and the first to go. */
  hinted(addrs: readonly string[]): void {
    for (const target of addrs.map(targetOf)) {
      if (target === undefined) continue
      const known = this.#peers.get(target.peer)
      const all = [...new Set([...(known?.addrs ?? []), ...target.addrs])].slice(0, MAX_ADDRS)
      this.#keep({ peer: target.peer, addrs: all, lastSeenMs: known?.lastSeenMs ?? 0 })
    }
    this.#saveSoon()
  }

  /** A peer that was shut out is met no more. */
  forget(peer: string): void {
    if (this.#peers.delete(peer)) this.#saveSoon()
  }

  /** Seen last first. */
  all(): (DialTarget & { lastSeenMs: number })[] {
    return [...this.#peers.values()].sort((a, b) => b.lastSeenMs - a.lastSeenMs)
  }

  #keep(peer: KnownPeer): void {
    if (peer.peer === this.#init.self || keyOfText(peer.peer) === undefined) return
    this.#peers.delete(peer.peer)
    this.#peers.set(peer.peer, peer)
    const oldest = this.#peers.size > MAX_PEERS ? this.all().at(-1) : undefined
    if (oldest !== undefined) this.#peers.delete(oldest.peer)
  }

  #saveSoon(): void {
    if (!this.#started || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#save()
    }, SAVE_AFTER_MS)
    this.#timer.unref()
  }

  /** One after the other, so that an older list never overwrites a newer one. */
  #save(): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      const { path } = this.#init
      const peers = this.all().map(({ peer, addrs, lastSeenMs }) => ({ peer, addrs, lastSeenMs }))
      try {
        await writeWhole(path, `${JSON.stringify({ version: 1, peers }, null, 1)}\n`)
      } catch (error) {
        this.#log.warn({ path, error: messageOf(error) }, 'the list of known peers is not saved')
      }
    })
    return this.#saving
  }
}
