import { createCipheriv } from 'node:crypto'
import type { ResourceOffer } from '../offers/schema.ts'

/**
 * The score of an account for a job: the least of the first six bytes of AES(first 16 bytes of the job id ⊕ (first 12 bytes of the
 * account ‖ i)) for i < tickets, with i as four big-endian bytes. The lowest wins. No other account counts: when one leaves, only
 * its jobs move.
 */
export function score(jobId: Uint8Array, account: ResourceOffer['account'], tickets: number): number {
  return new Tickets([{ offer: { account, tickets } }]).scores(jobId, 0, 1)[0] as number
}

const BLOCK_BYTES = 16
/** To share these with another's account takes 2^96 tries, and brings no more than the same score. */
const ACCOUNT_BYTES = 12
/** of an account as text, behind its `0x` */
const DIGITS = [2, 2 + 2 * ACCOUNT_BYTES] as const
/** blocks encrypted at once: more than one account has tickets (1,024), and what they become fits into a cache */
const BATCH = 4096

/**
 * AES under a key that everybody knows is a fixed permutation of all blocks, and no secret: what nobody knows beforehand is the job
 * id. To set up a key for each job takes 20 µs, a block takes 10 ns.
 */
const permutation = createCipheriv('aes-128-ecb', new Uint8Array(BLOCK_BYTES), null)

const batch = new Uint8Array(BATCH * BLOCK_BYTES)
const input = new DataView(batch.buffer)

type Holder = { offer: Pick<ResourceOffer, 'account' | 'tickets'> }

/** The tickets of many offers, of which whole ranges are scored at once. */
export class Tickets {
  readonly #holders: readonly Holder[]
  readonly #accounts: Buffer
  readonly #counts: Uint16Array
  readonly #scores: Float64Array
  /** whoever comes before is read */
  #read = 0

  /** Takes the list over: whoever changes its order calls `move`. */
  constructor(holders: readonly Holder[]) {
    this.#holders = holders
    this.#accounts = Buffer.alloc(holders.length * ACCOUNT_BYTES)
    this.#counts = new Uint16Array(holders.length)
    this.#scores = new Float64Array(holders.length)
  }

  /** Scores of those from `from` up to `to`; they hold until it is asked again. */
  scores(jobId: Uint8Array, from: number, to: number): Float64Array {
    this.#readTo(to)
    const key = new DataView(jobId.buffer, jobId.byteOffset, BLOCK_BYTES)
    for (let first = from; first < to; ) {
      const [next, byteLength] = this.#write(key, first, to)
      const encrypted = permutation.update(batch.subarray(0, byteLength))
      readLeast(encrypted, this.#counts.subarray(first, next), this.#scores.subarray(first, next))
      first = next
    }
    return this.#scores.subarray(from, to)
  }

  /** One takes the place of another. */
  move(from: number, to: number): void {
    this.#accounts.copyWithin(to * ACCOUNT_BYTES, from * ACCOUNT_BYTES, (from + 1) * ACCOUNT_BYTES)
    this.#counts[to] = this.#counts[from] as number
  }

  /** Only as far as needed, and all accounts at once: one by one they would cost more than the scores. */
  #readTo(to: number): void {
    if (to <= this.#read) return
    const at = this.#read * ACCOUNT_BYTES
    let hex = ''
    for (; this.#read < to; this.#read++) {
      const { account, tickets } = (this.#holders[this.#read] as Holder).offer
      hex += account.slice(...DIGITS)
      this.#counts[this.#read] = tickets
    }
    this.#accounts.write(hex, at, 'hex')
  }

  /** As many tickets as fit, of whole offers: who is next, and the length of the blocks. */
  #write(key: DataView, first: number, to: number): [number, number] {
    const counts = this.#counts
    const accounts = new DataView(this.#accounts.buffer, this.#accounts.byteOffset)
    const [a, b, c, d] = [key.getInt32(0), key.getInt32(4), key.getInt32(8), key.getInt32(12)]
    let at = 0
    let next = first
    for (; next < to; next++) {
      const count = counts[next] as number
      if (at > 0 && at + count * BLOCK_BYTES > batch.byteLength) break
      const x = accounts.getInt32(next * ACCOUNT_BYTES) ^ a
      const y = accounts.getInt32(next * ACCOUNT_BYTES + 4) ^ b
      const z = accounts.getInt32(next * ACCOUNT_BYTES + 8) ^ c
      for (let i = 0; i < count; i++, at += BLOCK_BYTES) {
        input.setInt32(at, x)
        input.setInt32(at + 4, y)
        input.setInt32(at + 8, z)
        input.setInt32(at + 12, i ^ d)
      }
    }
    return [next, at]
  }
}

/** Of the blocks of each offer the least, as far as six bytes go. */
function readLeast(blocks: Buffer, counts: Uint16Array, least: Float64Array): void {
  const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength)
  let at = 0
  for (let n = 0; n < counts.length; n++) {
    let best = Number.POSITIVE_INFINITY
    for (let i = counts[n] as number; i > 0; i--, at += BLOCK_BYTES) {
      const value = view.getUint32(at) * 2 ** 16 + view.getUint16(at + 4)
      if (value < best) best = value
    }
    least[n] = best
  }
}
