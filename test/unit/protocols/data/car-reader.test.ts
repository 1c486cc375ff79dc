import assert from 'node:assert/strict'
import fc from 'fast-check'
import { concat } from 'uint8arrays/concat'
import { CarReader } from '../../../../protocols/data/car-reader.ts'
import { endFrame, headerFrame, lengthPrefixed, sectionPrefix } from '../../../../protocols/data/car-writer.ts'
import { CAR_LIMITS } from '../../../../protocols/data/limits.ts'
import { varint } from '../../../../protocols/data/varint.ts'
import { directory, leaf, type TestBlock } from '../../../support/data/trees.ts'

const blocks = [directory([['a', leaf('one')]]), leaf('one'), leaf(''), leaf('x'.repeat(300))]
const [root] = blocks.map(b => b.cid)
const section = ({ cid, bytes }: TestBlock) => concat([sectionPrefix(cid, bytes.byteLength), bytes])
const header = headerFrame(root === undefined ? [] : [root])
const whole = concat([header, ...blocks.map(section), endFrame({ reason: 'limit', cid: null })])

const shown = (parts: ReturnType<CarReader['push']>) =>
  parts.map(part =>
    part.kind === 'block'
      ? `${part.cid} ${Buffer.from(part.bytes).toString('hex')}`
      : part.kind === 'header'
        ? part.roots.join()
        : part.end.reason
  )

describe('car reader', () => {
  it('default: header, sections, end, and every byte is counted', () => {
    const parts = new CarReader().push(whole)
    assert.deepEqual(shown(parts), [
      String(root),
      ...blocks.map(b => `${b.cid} ${Buffer.from(b.bytes).toString('hex')}`),
      'limit'
    ])
    // the length zero before the end is the one byte that belongs to no part
    assert.equal(
      parts.reduce((sum, part) => sum + part.wireBytes, 0),
      whole.byteLength - 1
    )
  })

  it('property: however it is cut into chunks, the parts are the same', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: whole.byteLength }), { maxLength: 30 }), cuts => {
        const reader = new CarReader()
        const at = [0, ...cuts.sort((a, b) => a - b), whole.byteLength]
        const parts = at.slice(1).flatMap((end, i) => reader.push(whole.subarray(at[i], end)))
        assert.deepEqual(shown(parts), shown(new CarReader().push(whole)))
      })
    )
  })

  it('property: no bytes do anything but give parts or a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: whole.byteLength - 1 }), (junk, at) => {
        const bytes = concat([whole.subarray(0, at), junk])
        try {
          new CarReader().push(bytes)
        } catch (error) {
          assert.match((error as Error).name, /^(CarViolation|InvalidInput|NonCanonical|TooLarge)Error$/)
        }
      }),
      { numRuns: 500 }
    )
  })

  const bad: Record<string, Uint8Array> = {
    'a length that is not the shortest': Uint8Array.of(0x80, 0x00),
    'a length without end': Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff),
    'an empty header': Uint8Array.of(0),
    'a header that is too long': varint(CAR_LIMITS.headerBytes + 1),
    'a section that is too long': concat([header, varint(CAR_LIMITS.blockBytes + CAR_LIMITS.cidBytes + 1)]),
    'a block over 2 MiB in a section that is not too long': concat([
      header,
      section({ cid: leaf('x').cid, bytes: new Uint8Array(CAR_LIMITS.blockBytes + 1) })
    ]),
    'a section without a CID': concat([header, lengthPrefixed(Uint8Array.of(1, 2, 3))]),
    'bytes after the end': concat([whole, Uint8Array.of(1)])
  }
  for (const [what, bytes] of Object.entries(bad)) {
    it(`error: ${what}`, () => assert.throws(() => new CarReader().push(bytes), { name: 'CarViolationError' }))
  }

  it('error: a header of another version, an end without a reason', () => {
    const other = lengthPrefixed(Buffer.from('a165726f6f7473f6', 'hex'))
    assert.throws(() => new CarReader().push(other), { name: 'InvalidInputError' })
    const end = concat([header, Uint8Array.of(0), lengthPrefixed(Uint8Array.of(0xa0))])
    assert.throws(() => new CarReader().push(end), { name: 'InvalidInputError' })
  })
})
