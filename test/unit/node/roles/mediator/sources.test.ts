import assert from 'node:assert/strict'
import { sourcesOf } from '../../../../../node/roles/mediator/sources.ts'
import { peerIdText } from '../../../../../protocols/offers/peer-key.ts'
import { accountOf } from '../../../../support/market/make.ts'

const key = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const
const fact = (type: 'resource' | 'job', n: number, addrs: string[]) => ({
  body: { type, account: accountOf(n), addrs },
  bind: { peerKey: key(n) }
})
const peer = (n: number) => peerIdText(key(n))

describe('roles/mediator/sources', () => {
  const resources = [fact('resource', 2, ['/ip4/10.0.0.2/tcp/1']), fact('resource', 9, [])]
  const jobs = [fact('job', 1, ['/ip4/10.0.0.1/tcp/1']), fact('job', 2, ['/ip4/10.0.0.2/tcp/2'])]
  const book = { live: (_at: number, type: string) => (type === 'job' ? jobs : resources) } as never

  it('default: the parties by their offers, then whoever is connected, each peer once', () => {
    assert.deepEqual(sourcesOf([accountOf(1), accountOf(2)], book, 0, [peer(2), peer(7)]), [
      { peer: peer(1), addrs: ['/ip4/10.0.0.1/tcp/1'] },
      { peer: peer(2), addrs: ['/ip4/10.0.0.2/tcp/2'] },
      { peer: peer(7), addrs: [] }
    ])
  })

  it('behavior: of many connected peers some are asked', () => {
    const connected = Array.from({ length: 40 }, (_unused, i) => peer(100 + i))
    assert.equal(sourcesOf([], book, 0, connected).length, 16)
  })
})
