import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { KnownPeers } from '../../../../node/network/known-peers.ts'
import { peerSigner } from '../../../../node/network/peer-signer.ts'
import { peerText } from '../../../../protocols/common/peer-text.ts'
import { Cleanup } from '../../../support/hosts.ts'

const peer = (n: number): string => {
  const seed = Buffer.alloc(32)
  seed.writeUInt32BE(n)
  return peerText(peerSigner(seed).key)
}
const ADDR = '/ip4/192.0.2.1/tcp/4001'

describe('known peers', () => {
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())
  let nowMs = 1_000
  const open = async (path: string) => {
    const known = new KnownPeers(
      { path, self: peer(0) },
      { clock: { nowMs: () => nowMs }, log: pino({ level: 'silent' }) }
    )
    await known.start()
    return known
  }

  it('default: who was met is there after a restart, seen last first, in a private file', async () => {
    const path = join(await cleanup.dir(), 'peers.json')
    const known = await open(path)
    for (const n of [1, 2, 3]) {
      nowMs += 1
      known.met(peer(n), [ADDR])
    }
    await known.stop()
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    const again = await open(path)
    assert.deepEqual(
      again.all().map(p => p.peer),
      [3, 2, 1].map(peer)
    )
    await again.stop()
  })

  it('behavior: at most fifty, the longest unseen go; never itself', async () => {
    const known = await open(join(await cleanup.dir(), 'peers.json'))
    known.hinted([`${ADDR}/p2p/${peer(99)}`, `${ADDR}/p2p/${peer(0)}`, 'nonsense'])
    assert.deepEqual(
      known.all().map(p => p.peer),
      [peer(99)]
    )
    for (let n = 1; n <= 60; n++) {
      nowMs += 1
      known.met(peer(n), [ADDR])
    }
    const all = known.all().map(p => p.peer)
    assert.equal(all.length, 50)
    assert.deepEqual([all[0], all.at(-1)], [peer(60), peer(11)])
    known.forget(peer(60))
    assert.equal(known.all()[0]?.peer, peer(59))
    await known.stop()
  })

  it('behavior: new addresses come before old ones, at most eight', async () => {
    const known = await open(join(await cleanup.dir(), 'peers.json'))
    known.met(peer(1), [ADDR])
    known.met(
      peer(1),
      Array.from({ length: 9 }, (_, i) => `/ip4/192.0.2.2/tcp/${i + 1}`)
    )
    assert.equal(known.all()[0]?.addrs.length, 8)
    assert.equal(known.all()[0]?.addrs[0], '/ip4/192.0.2.2/tcp/1')
    known.met(peer(1), [])
    assert.equal(known.all()[0]?.addrs.length, 8)
    await known.stop()
  })

  const whole = { version: 1, peers: [{ peer: peer(1), addrs: [ADDR], lastSeenMs: 5 }] }
  const files: [what: string, text: string][] = [
    ['no JSON', '{'],
    ['another version', JSON.stringify({ ...whole, version: 2 })],
    ['a peer that is none', JSON.stringify({ version: 1, peers: [{ peer: 'x', addrs: [], lastSeenMs: 0 }] })],
    ['too many peers', JSON.stringify({ version: 1, peers: Array(51).fill(whole.peers[0]) })],
    ['a time that is text', JSON.stringify({ version: 1, peers: [{ ...whole.peers[0], lastSeenMs: 'now' }] })],
    ['a long file', `"${'x'.repeat(300_000)}"`]
  ]
  for (const [what, text] of files) {
    it(`error: ${what} is as no file, and is replaced`, async () => {
      const path = join(await cleanup.dir(), 'peers.json')
      await writeFile(path, text)
      const known = await open(path)
      assert.deepEqual(known.all(), [])
      known.met(peer(1), [ADDR])
      await known.stop()
      assert.equal(JSON.parse(await readFile(path, 'utf8')).peers.length, 1)
    })
  }
})
