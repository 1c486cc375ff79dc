import assert from 'node:assert/strict'
import fc from 'fast-check'
import { World } from '../../../support/deal/world.ts'
import { check } from '../../../support/market/property.ts'
import { links } from '../../../support/market-sim/topology.ts'

describe('support/market-sim/topology', () => {
  it('property: everybody can be reached from everybody, nobody has more neighbours than asked for', () => {
    check(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.nat(1_000), (count, seed) => {
        const members = Array.from({ length: count }, (_, i) => 2 * i)
        const net = links(new World(seed), members, 12)
        const reached = new Set([0])
        for (const node of reached) {
          const neighbours = net.get(node) ?? []
          assert.ok(neighbours.length <= 12 && !neighbours.includes(node))
          for (const neighbour of neighbours) {
            assert.ok(net.get(neighbour)?.includes(node))
            reached.add(neighbour)
          }
        }
        assert.equal(reached.size, count)
      })
    )
  })
})
