import type { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { SendOrder } from '../../../protocols/data/send-order.ts'
import { parseNode } from '../dag.ts'

/** Blocks read before they are sent: reading one after the other halves the speed, and eight of 1 MiB fill the window. */
const READ_AHEAD = 8

export interface ReadBlock {
  cid: CID
  bytes: Uint8Array
}

/** Reads the blocks of a DAG in the order of `SendOrder`, some ahead of the reader. */
export class DagReader {
  readonly order = new SendOrder()
  readonly #read: (cid: CID) => Promise<Uint8Array>
  readonly #ahead: { cid: CID; bytes: Promise<Uint8Array> }[] = []
  /** a node whose links come next is being read */
  #isOpening = false

  constructor(read: (cid: CID) => Promise<Uint8Array>) {
    this.#read = read
  }

  /** the block whose turn it is */
  get turn(): CID | undefined {
    this.#fill()
    return this.#ahead[0]?.cid
  }

  /** undefined when there is nothing to send now: more may be wanted later. @throws what reading throws, for the block's turn */
  async next(): Promise<ReadBlock | undefined> {
    this.#fill()
    const first = this.#ahead[0]
    if (first === undefined) return undefined
    const bytes = await first.bytes
    this.#ahead.shift()
    this.#fill()
    return { cid: first.cid, bytes }
  }

  get isFull(): boolean {
    return this.order.isFull && this.#ahead.length === 0
  }

  #fill(): void {
    while (this.#ahead.length < READ_AHEAD && !this.#isOpening && !this.order.isFull) {
      const cid = this.order.next()
      if (cid === undefined) return
      const bytes = cid.code === raw.code ? this.#read(cid) : this.#open(cid)
      // told when its turn comes
      bytes.catch(() => undefined)
      this.#ahead.push({ cid, bytes })
    }
  }

  /** Order depends on the links of this block, so nothing after it is read before it is. */
  async #open(cid: CID): Promise<Uint8Array> {
    this.#isOpening = true
    const bytes = await this.#read(cid)
    this.order.follow(parseNode(cid, bytes).children.map(child => child.cid))
    this.#isOpening = false
    this.#fill()
    return bytes
  }
}
