import assert from 'node:assert/strict'
import type { Place } from '../../../../protocols/reach/messages.ts'
import { mappedPlaces, natOf, type Sighting } from '../../../../protocols/reach/nat.ts'

const OWN = new Set(['192.168.1.2'])
const by = (who: string, ip: string, port: number): Sighting => ({ by: who, seen: { ip, port }, localPort: 4000 })

const CASES: [title: string, sightings: Sighting[], expected: ReturnType<typeof natOf>][] = [
  ['nobody has looked', [], 'unknown'],
  ['seen at its own address', [by('1.1.1.1', '192.168.1.2', 4000)], 'none'],
  ['one witness says nothing about others', [by('1.1.1.1', '5.5.5.5', 4000)], 'unknown'],
  [
    'two peers behind one address are one witness',
    [by('1.1.1.1', '5.5.5.5', 4000), by('1.1.1.1', '5.5.5.5', 4000)],
    'unknown'
  ],
  ['the same to two', [by('1.1.1.1', '5.5.5.5', 4000), by('2.2.2.2', '5.5.5.5', 4000)], 'steady'],
  ['another port to each', [by('1.1.1.1', '5.5.5.5', 4000), by('2.2.2.2', '5.5.5.5', 4001)], 'changing'],
  ['another address to each', [by('1.1.1.1', '5.5.5.5', 4000), by('2.2.2.2', '5.5.5.6', 4000)], 'changing'],
  ['one near, one outside', [by('192.168.1.9', '192.168.1.2', 4000), by('2.2.2.2', '5.5.5.6', 4000)], 'unknown']
]

describe('natOf', () => {
  for (const [title, sightings, expected] of CASES) {
    it(`behavior: ${title}: ${expected}`, () => assert.equal(natOf(sightings, OWN), expected))
  }

  it('behavior: mappedPlaces gives what most have seen first, each once, at most as many as asked', () => {
    const often: Place = { ip: '5.5.5.5', port: 1 }
    const seldom: Place = { ip: '5.5.5.5', port: 2 }
    const sightings = [seldom, often, often].map(({ ip, port }, i) => by(`1.1.1.${i}`, ip, port))
    assert.deepEqual(mappedPlaces(sightings, 4), [often, seldom])
    assert.deepEqual(mappedPlaces(sightings, 1), [often])
  })
})
