import assert from 'node:assert/strict'
import { type ReachFacts, statusOf, verdictOf } from '../../../../../node/network/reach/verdict.ts'

const RELAY = '12D3KooWM6JW3vQwQAGiJ4VpujYy2PC8BX7XgeUVbC3Axv2jrT2D'
const facts = (given: Partial<ReachFacts> = {}): ReachFacts => ({
  answers: [],
  openAt: [],
  relays: [],
  nat: 'unknown',
  punched: { worked: 0, failed: 0 },
  ...given
})
const yes = { peer: 'a', open: true }
const no = { peer: 'b', open: false }

describe('verdict on reachability', () => {
  it('behavior: open only when everybody who was asked got through', () => {
    assert.equal(statusOf(facts()), 'unknown')
    assert.equal(statusOf(facts({ answers: [yes] })), 'open')
    assert.equal(statusOf(facts({ answers: [yes, no] })), 'closed')
    assert.equal(statusOf(facts({ answers: [yes, no], relays: [RELAY] })), 'relayed')
    assert.equal(statusOf(facts({ relays: [RELAY] })), 'relayed')
  })

  it('default: says where, and what to do when nobody gets through', () => {
    const open = verdictOf(facts({ answers: [yes], openAt: ['/ip4/203.0.113.7/tcp/4101'] }))
    assert.deepEqual(open, { ok: true, what: 'reachable from outside at /ip4/203.0.113.7/tcp/4101' })
    const local = verdictOf(facts({ answers: [yes], openAt: ['/ip4/127.0.0.1/tcp/4101', '/ip6/::1/tcp/4101'] }))
    assert.match(local.what, /^reachable from this host alone, at \/ip4\/127/)
    const closed = verdictOf(facts({ answers: [no], seenAs: '203.0.113.7' }))
    assert.equal(closed.ok, false)
    assert.match(closed.what, /behind a NAT, seen as 203\.0\.113\.7.*nobody can reach this host/)
    assert.match(closed.remedy ?? '', /--announce .*--role relay/)
  })

  it('behavior: what happened counts more than what the translation looks like', () => {
    const relayed = (given: Partial<ReachFacts>) => verdictOf(facts({ answers: [no], relays: [RELAY], ...given })).what
    assert.match(relayed({ nat: 'changing' }), /hole punching cannot work.*relayed through 12D3…xv2jrT2D/)
    assert.match(relayed({ nat: 'changing', punched: { worked: 1, failed: 3 } }), /hole punching works/)
    assert.match(relayed({ nat: 'steady' }), /likely/)
    assert.match(relayed({ nat: 'steady', punched: { worked: 0, failed: 1 } }), /failed so far/)
  })
})
