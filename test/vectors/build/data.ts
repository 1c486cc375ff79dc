import { endFrame, headerFrame, lengthPrefixed, sectionPrefix } from '../../../protocols/data/car-writer.ts'
import { encodeControl } from '../../../protocols/data/messages.ts'
import { SendOrder } from '../../../protocols/data/send-order.ts'
import { directory, file, leaf, type TestBlock } from '../../support/data/trees.ts'

/** A directory of two names for one file, and a file of two chunks, one of which is that file. */
function tree() {
  const [one, two] = [leaf('one'), leaf('two')]
  const both = file([one, two])
  const root = directory([
    ['a', one],
    ['b', one],
    ['both', both]
  ])
  return { root, one, two, both, all: [root, one, two, both] }
}

/** What each side says in three transfers of one small tree. */
export function buildCar() {
  const { root, one, two, both, all } = tree()
  const links = new Map<string, TestBlock[]>([
    [root.cid.toString(), [one, one, both]],
    [both.cid.toString(), [one, two]]
  ])
  const stream = (want: TestBlock[], skip: TestBlock[]) => {
    const order = new SendOrder()
    order.want(want.map(b => b.cid))
    order.skip(skip.map(b => b.cid))
    const frames: Uint8Array[] = [headerFrame(want.map(b => b.cid))]
    const blocks: string[] = []
    for (let cid = order.next(); cid !== undefined; cid = order.next()) {
      const key = cid.toString()
      const block = all.find(b => b.cid.toString() === key) as TestBlock
      order.follow((links.get(key) ?? []).map(b => b.cid))
      blocks.push(key)
      frames.push(sectionPrefix(cid, block.bytes.byteLength), block.bytes)
    }
    const control = encodeControl({ consumed: 0, want: want.map(b => b.cid), skip: skip.map(b => b.cid) })
    return { control: lengthPrefixed(control), blocks, stream: new Uint8Array(Buffer.concat(frames)) }
  }
  return {
    blocks: all.map(({ cid, bytes }) => ({ cid: cid.toString(), bytes })),
    transfers: [
      { name: 'all of it: depth first, each block once', ...stream([root], []) },
      { name: 'one block is here already', ...stream([root], [one]) },
      { name: 'two subtrees that were missing after a cut', ...stream([both, one], []) }
    ],
    credit: { consumed: 1_048_700, bytes: lengthPrefixed(encodeControl({ consumed: 1_048_700, want: [], skip: [] })) },
    ends: [
      { reason: 'missing', cid: one.cid.toString(), bytes: endFrame({ reason: 'missing', cid: one.cid }) },
      { reason: 'limit', cid: null, bytes: endFrame({ reason: 'limit', cid: null }) }
    ]
  }
}
