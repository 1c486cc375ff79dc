import assert from 'node:assert/strict'
import type { Connection } from '@libp2p/interface'
import { meet } from '../../../../../node/network/reach/meet.ts'

const PEER = '12D3KooWQXqXEzQZ1drZTThMqDmnn7PfmWZbqirxb4eCGiC2K7iG'
const place = { ip: '203.0.113.7', port: 1 }
const made = {} as Connection

describe('meet', () => {
  const meeting = { peer: PEER, mapped: [place], listening: [], localPort: 4000, initiator: true }

  it('behavior: knocks a few times and no more', async () => {
    let knocks = 0
    const refused = async () => {
      knocks++
      throw new Error('refused')
    }
    const { signal } = new AbortController()
    await assert.rejects(meet({ ...meeting, signal }, refused), { name: 'AggregateError' })
    assert.equal(knocks, 6)
  })

  it('behavior: the signal of a connection that stands never fires, those of the others do', async () => {
    const signals: AbortSignal[] = []
    const dial = (_to: unknown, signal: AbortSignal, punch?: object): Promise<Connection> => {
      signals.push(signal)
      if (punch !== undefined) return Promise.resolve(made)
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
    const outer = new AbortController()
    const found = await meet({ ...meeting, listening: [place], signal: outer.signal }, dial)
    assert.equal(found, made)
    outer.abort()
    assert.deepEqual(
      signals.map(s => s.aborted),
      [true, false]
    )
  })

  it('error: no port that others see and no place to knock at', async () => {
    const { signal } = new AbortController()
    const never = () => assert.fail('nobody is dialled')
    await assert.rejects(meet({ ...meeting, localPort: undefined, signal }, never), { name: 'AggregateError' })
  })
})
