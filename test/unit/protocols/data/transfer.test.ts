import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { CID } from 'multiformats/cid'
import { ReceiveCredit, SendCredit } from '../../../../protocols/data/credit.ts'
import { Expected } from '../../../../protocols/data/expected.ts'
import { CAR_LIMITS } from '../../../../protocols/data/limits.ts'
import { decodeControl, encodeControl } from '../../../../protocols/data/messages.ts'
import { SendOrder } from '../../../../protocols/data/send-order.ts'
import { leaf } from '../../../support/data/trees.ts'

const cids = Array.from({ length: 40 }, (_, i) => leaf(`block ${i}`).cid)
const at = (i: number): CID => cids[i] as CID
const VIOLATION = { name: 'CarViolationError' }

/** Links of block i: any blocks after it, so that there is no circle. */
const dag = fc
  .array(fc.array(fc.nat({ max: 1000 }), { maxLength: 6 }), { minLength: 2, maxLength: cids.length })
  .map(all => all.map((links, i) => links.map(n => i + 1 + (n % all.length)).filter(n => n < all.length)))

const reach = (links: number[][], from: number[]): Set<number> => {
  const seen = new Set<number>()
  const todo = [...from]
  for (let i = todo.pop(); i !== undefined; i = todo.pop()) {
    if (seen.has(i)) continue
    seen.add(i)
    todo.push(...(links[i] ?? []))
  }
  return seen
}

describe('car: order of sending', () => {
  const drain = (order: SendOrder, links: number[][]): number[] => {
    const sent: number[] = []
    for (let cid = order.next(); cid !== undefined; cid = order.next()) {
      const i = cids.indexOf(cid)
      sent.push(i)
      order.follow((links[i] ?? []).map(at))
    }
    return sent
  }

  it('default: depth first in the order of links, each block once, later wants after earlier ones', () => {
    const links = [[1, 2, 1], [3, 4], [4, 5], [], [], [], [3, 7], []]
    const order = new SendOrder()
    order.want([at(0)])
    assert.deepEqual(drain(order, links), [0, 1, 3, 4, 2, 5])
    order.want([at(2), at(6)])
    assert.deepEqual(drain(order, links), [6, 7])
  })

  it('behavior: what is skipped is not followed', () => {
    const order = new SendOrder()
    order.want([at(0)])
    order.skip([at(1)])
    assert.deepEqual(drain(order, [[1, 2], [3], [], []]), [0, 2])
  })

  it('error: wants and skips without end', () => {
    const many = Array.from({ length: CAR_LIMITS.skipsInAll / 512 + 1 }, () => new Array<CID>(512).fill(at(0)))
    const order = new SendOrder()
    assert.throws(() => many.forEach(list => void order.skip(list)), VIOLATION)
    assert.throws(() => many.forEach(list => void order.want(list)), VIOLATION)
  })
})

describe('car: what is expected', () => {
  it('default: asked for, then linked, each once; anything else is a violation', () => {
    const expected = new Expected()
    assert.equal(expected.want(at(0)), true)
    assert.throws(() => expected.arrive(at(1)), VIOLATION)
    assert.equal(expected.arrive(at(0)), 'new')
    assert.throws(() => expected.arrive(at(0)), VIOLATION)
    assert.equal(expected.link(at(1)), 'wait')
    assert.equal(expected.want(at(1)), false)
    assert.deepEqual(expected.pending, [at(1)])
    assert.equal(expected.arrive(at(1)), 'new')
    assert.equal(expected.isEmpty, true)
  })

  it('behavior: a block that is found here meanwhile may come once more', () => {
    const expected = new Expected()
    expected.want(at(0))
    expected.arrive(at(0))
    expected.link(at(1))
    assert.equal(expected.found(at(1)), true)
    assert.equal(expected.arrive(at(1)), 'known')
    assert.throws(() => expected.arrive(at(1)), VIOLATION)
  })

  it('behavior: a new stream may send again what a new block links to, and is told', () => {
    const expected = new Expected()
    for (const i of [0, 1]) expected.want(at(i))
    expected.arrive(at(0))
    expected.restart()
    assert.deepEqual(expected.pending, [at(1)])
    expected.arrive(at(1))
    assert.equal(expected.link(at(0)), 'skip')
    assert.equal(expected.arrive(at(0)), 'known')
  })

  it('property: cut anywhere, with anything here before, and words that take their time: it completes', () => {
    const cuts = fc.array(fc.nat({ max: 12 }), { maxLength: 6 })
    const here = fc.array(fc.nat({ max: cids.length - 1 }), { maxLength: 10 })
    fc.assert(
      fc.property(dag, cuts, here, fc.infiniteStream(fc.boolean()), (links, lengths, local, coin) => {
        const before = local.filter(i => i > 0 && i < links.length)
        const receiver = new Receiver(links, before)
        receiver.visit(0)
        for (let stream = 0; !receiver.expected.isEmpty; stream++) {
          assert.ok(stream <= lengths.length, 'a stream without a cut completes')
          receiver.takeStream(lengths[stream] ?? Number.POSITIVE_INFINITY, () => coin.next().value === true)
        }
        const ascending = (all: Iterable<number>) => [...new Set(all)].sort((x, y) => x - y)
        assert.deepEqual(ascending(receiver.have), ascending([...reach(links, [0]), ...before]))
      }),
      { numRuns: 2000 }
    )
  })
})

/** The receiver's side of a transfer, as the node has it: on below what is here, asking for what is not. */
class Receiver {
  readonly expected = new Expected()
  readonly have: Set<number>
  readonly #links: number[][]
  readonly #visited = new Set<number>()
  #words: { want: CID[]; skip: CID[] }[] = []

  constructor(links: number[][], have: readonly number[]) {
    this.#links = links
    this.have = new Set(have)
  }

  visit(i: number): void {
    if (this.#visited.has(i)) return
    this.#visited.add(i)
    if (!this.have.has(i)) {
      if (this.expected.want(at(i))) this.#words.push({ want: [at(i)], skip: [] })
      return
    }
    if (this.expected.found(at(i))) this.#words.push({ want: [], skip: [at(i)] })
    for (const link of this.#linksOf(i)) this.visit(link)
  }

  /** One stream from a sender that has everything, cut after so many steps. */
  takeStream(steps: number, isHeard: () => boolean): void {
    this.expected.restart()
    this.#words = []
    const order = new SendOrder()
    order.want(this.expected.pending)
    for (let left = steps; left > 0; left--) {
      this.#hear(order, isHeard)
      const cid = order.next()
      if (cid === undefined && this.#words.length === 0) return
      if (cid !== undefined) this.#take(cid, order)
    }
  }

  #hear(order: SendOrder, isHeard: () => boolean): void {
    while (this.#words.length > 0 && isHeard()) {
      const word = this.#words.shift()
      order.skip(word?.skip ?? [])
      order.want(word?.want ?? [])
    }
  }

  #take(cid: CID, order: SendOrder): void {
    const i = cids.indexOf(cid)
    const links = this.#linksOf(i)
    order.follow(links.map(at))
    const isNew = this.expected.arrive(cid) === 'new'
    for (const link of links.map(at)) {
      if (this.expected.link(link) === 'skip') this.#words.push({ want: [], skip: [link] })
    }
    if (!isNew) return
    this.have.add(i)
    for (const link of links) this.visit(link)
  }

  #linksOf(i: number): number[] {
    return this.#links[i] ?? []
  }
}

describe('car: credit', () => {
  it('default: the window bounds what is under way', () => {
    const credit = new SendCredit()
    assert.equal(credit.hasRoom(CAR_LIMITS.windowBytes), true)
    credit.send(CAR_LIMITS.windowBytes)
    assert.equal(credit.hasRoom(1), false)
    credit.acknowledge(10)
    assert.equal(credit.hasRoom(10), true)
    assert.equal(credit.hasRoom(11), false)
  })

  it('error: credits that lie, and bytes beyond the window', () => {
    const credit = new SendCredit()
    credit.send(100)
    assert.throws(() => credit.acknowledge(101), VIOLATION)
    credit.acknowledge(50)
    assert.throws(() => credit.acknowledge(49), VIOLATION)
    const receive = new ReceiveCredit()
    receive.receive(CAR_LIMITS.windowBytes)
    assert.throws(() => receive.receive(1), VIOLATION)
  })

  it('property: a sender that keeps to its credit never exceeds the receiver’s, and never stays stuck', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: CAR_LIMITS.blockBytes + 68 }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(sizes, fc.infiniteStream(fc.boolean()), (all, coin) => {
        const [sender, receiver] = [new SendCredit(), new ReceiveCredit()]
        const underWay: number[] = []
        const left = [...all]
        while (left.length + underWay.length > 0) {
          const size = left[0]
          if (size !== undefined && sender.hasRoom(size) && (underWay.length === 0 || coin.next().value)) {
            sender.send(size)
            receiver.receive(size)
            underWay.push(size)
            left.shift()
          } else {
            const done = underWay.shift()
            assert.notEqual(done, undefined, 'nothing under way and no room')
            receiver.consume(done ?? 0)
            if (receiver.isDue) sender.acknowledge(receiver.tell())
          }
        }
      })
    )
  })
})

describe('car: control frames', () => {
  it('default: round trip; the longest lists fit the frame', () => {
    const list = new Array<CID>(CAR_LIMITS.wants).fill(at(0))
    const bytes = encodeControl({ consumed: Number.MAX_SAFE_INTEGER, want: list, skip: list })
    assert.ok(bytes.byteLength <= CAR_LIMITS.controlBytes)
    assert.equal(decodeControl(bytes).want.length, CAR_LIMITS.wants)
  })

  it('error: longer lists, negative credits, unknown keys', () => {
    const want = new Array<CID>(CAR_LIMITS.wants + 1).fill(at(0))
    assert.throws(() => encodeControl({ consumed: 0, want, skip: [] }), { name: 'InvalidInputError' })
    assert.throws(() => encodeControl({ consumed: -1, want: [], skip: [] }), { name: 'InvalidInputError' })
    assert.throws(() => decodeControl(Uint8Array.of(0xa1, 0x61, 0x78, 0x01)), { name: 'InvalidInputError' })
  })
})
