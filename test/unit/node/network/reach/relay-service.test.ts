import assert from 'node:assert/strict'
import { RELAY_V2_HOP_CODEC, RELAY_V2_STOP_CODEC } from '@libp2p/circuit-relay-v2'
import type { Connection, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { circuitsIn, isFull, RELAY_LIMITS } from '../../../../../node/network/reach/relay-service.ts'

const [caller, called, third] = [
  '12D3KooWQXqXEzQZ1drZTThMqDmnn7PfmWZbqirxb4eCGiC2K7iG',
  '12D3KooWM6JW3vQwQAGiJ4VpujYy2PC8BX7XgeUVbC3Axv2jrT2D',
  '12D3KooWKMfJgr87ThNth5sEAWNDJVm7c5mSr6CkjQn2fM8YSYpk'
].map(id => peerIdFromString(id))

/** A connection with so many streams of a caller (to us) and of circuits (from us). */
function connection(remotePeer: typeof caller, { asks = 0, circuits = 0 }): Connection {
  const stream = (protocol: string, direction: string) => ({ protocol, direction }) as Stream
  const streams = [
    ...Array.from({ length: asks }, () => stream(RELAY_V2_HOP_CODEC, 'inbound')),
    ...Array.from({ length: circuits }, () => stream(RELAY_V2_STOP_CODEC, 'outbound'))
  ]
  return { remotePeer, streams } as unknown as Connection
}

describe('what a relay gives', () => {
  assert.ok(caller && called && third)
  const most = RELAY_LIMITS.circuitsOfPeer

  it('default: room for one more', () => {
    const connections = [connection(caller, { asks: 1 }), connection(called, { circuits: 3 })]
    assert.equal(circuitsIn(connections), 3)
    assert.equal(isFull(connections, caller, called), false)
  })

  it('error: too many of one caller, over all of its connections', () => {
    const half = connection(caller, { asks: most / 2 })
    assert.equal(isFull([half, half], caller, called), false)
    assert.equal(isFull([half, half, connection(caller, { asks: 1 })], caller, called), true)
  })

  it('error: too many to one that is called', () => {
    assert.equal(isFull([connection(called, { circuits: most })], caller, called), true)
  })

  it('error: too many in all, whoever has them', () => {
    assert.equal(isFull([connection(third, { circuits: RELAY_LIMITS.circuits })], caller, called), true)
  })
})
