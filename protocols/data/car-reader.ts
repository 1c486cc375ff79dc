import { CID } from 'multiformats/cid'
import { messageOf } from '../common/errors.ts'
import { CarViolationError } from './errors.ts'
import { decodeHeader } from './header.ts'
import { CAR_LIMITS } from './limits.ts'
import { type CarEnd, decodeEnd } from './messages.ts'
import { VarintReader } from './varint.ts'

/** A part of the stream, and how many bytes of it that was. */
export type CarPart = { wireBytes: number } & (
  | { kind: 'header'; roots: CID[] }
  | { kind: 'block'; cid: CID; bytes: Uint8Array }
  | { kind: 'end'; end: CarEnd }
)

type Stage = 'header' | 'block' | 'end' | 'over'

const MAX_BODY: Record<Stage, number> = {
  header: CAR_LIMITS.headerBytes,
  block: CAR_LIMITS.cidBytes + CAR_LIMITS.blockBytes,
  end: CAR_LIMITS.endBytes,
  over: 0
}

/**
 * Takes a stream apart as it arrives: a CAR version 1, which a section of length zero may end; then a frame says why. Holds one
 * part at a time. A block's bytes are not compared with its CID here.
 */
export class CarReader {
  #stage: Stage = 'header'
  #length = new VarintReader()
  #body: Uint8Array | undefined
  #filled = 0

  /** The parts that this chunk completes. @throws CarViolationError, InvalidInputError, NonCanonicalError */
  push(chunk: Uint8Array): CarPart[] {
    const parts: CarPart[] = []
    let at = 0
    while (at < chunk.byteLength) {
      if (this.#body === undefined) {
        this.#readLength(chunk[at++] ?? 0)
        continue
      }
      const body = this.#body
      const take = Math.min(chunk.byteLength - at, body.byteLength - this.#filled)
      body.set(chunk.subarray(at, at + take), this.#filled)
      at += take
      this.#filled += take
      if (this.#filled === body.byteLength) parts.push(this.#finish(body))
    }
    return parts
  }

  #readLength(byte: number): void {
    if (this.#stage === 'over') throw new CarViolationError('bytes after the end')
    const length = this.#length.push(byte)
    if (length === undefined) return
    if (length === 0 && this.#stage === 'block') {
      this.#stage = 'end'
      this.#length = new VarintReader()
      return
    }
    const limit = MAX_BODY[this.#stage]
    if (length === 0 || length > limit) {
      throw new CarViolationError(`a ${this.#stage} of ${length} bytes`, {
        value: length,
        limit: `1 to ${limit} bytes`
      })
    }
    // not zeroed: every byte is written before anybody sees it
    this.#body = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
    this.#filled = 0
  }

  #finish(body: Uint8Array): CarPart {
    const wireBytes = this.#length.bytes + body.byteLength
    const stage = this.#stage
    this.#body = undefined
    this.#length = new VarintReader()
    if (stage === 'header') {
      this.#stage = 'block'
      return { kind: 'header', roots: decodeHeader(body), wireBytes }
    }
    if (stage === 'block') return { kind: 'block', ...splitBlock(body), wireBytes }
    this.#stage = 'over'
    return { kind: 'end', end: decodeEnd(body), wireBytes }
  }
}

function splitBlock(body: Uint8Array): { cid: CID; bytes: Uint8Array } {
  const [cid, bytes] = decodeCid(body)
  if (bytes.byteLength > CAR_LIMITS.blockBytes) {
    throw new CarViolationError(`a block of ${bytes.byteLength} bytes`, { limit: `${CAR_LIMITS.blockBytes} bytes` })
  }
  return { cid, bytes }
}

function decodeCid(body: Uint8Array): [CID, Uint8Array] {
  try {
    return CID.decodeFirst(body)
  } catch (cause) {
    throw new CarViolationError(`a section without a CID: ${messageOf(cause)}`, { cause })
  }
}
