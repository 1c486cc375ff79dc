import assert from 'node:assert/strict'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readNetworkFile, writeNetworkFile } from '../../../../node/network/network-file.ts'
import { NetworkKeeper } from '../../../../node/network/network-keeper.ts'
import { peerSigner } from '../../../../node/network/peer-signer.ts'
import { Cleanup } from '../../../support/hosts.ts'
import { networkDocument, OWNER } from '../../../support/owner.ts'

const signer = peerSigner(new Uint8Array(32).fill(1))
const out = peerSigner(new Uint8Array(32).fill(2)).key
const first = networkDocument()
const second = networkDocument({ revision: 2, membership: { policy: 'open', members: [], revoked: [out] } })
const clock = { nowMs: () => 1_700_000_000_001 }

describe('keeper of the network document', () => {
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())

  async function keeper(self = signer) {
    const said: string[] = []
    const say = (level: string) => (_fields: unknown, message?: string) => void said.push(`${level}: ${message}`)
    const log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
    const home = join(await cleanup.dir(), 'home')
    await mkdir(home)
    const path = join(home, 'network.json')
    await writeNetworkFile(path, first)
    return {
      home,
      path,
      said,
      keeper: new NetworkKeeper({ document: first, path, hints: [], signer: self }, { clock, log })
    }
  }

  it('default: a newer document is on the disk, then in force; an older one changes nothing', async () => {
    const { keeper: k, path } = await keeper()
    assert.equal(await k.adopt(second), 'newer')
    assert.deepEqual(await readNetworkFile(path), second)
    assert.equal(await k.adopt(first), 'older')
    assert.deepEqual([k.document, k.admitsKey(out)], [second, false])
  })

  it('error: a revoked peer is out though the disk takes nothing, and the document is kept once it does', async () => {
    const { keeper: k, home, path, said } = await keeper()
    await rm(home, { recursive: true })
    assert.equal(await k.adopt(second), 'newer')
    assert.equal(k.admitsKey(out), false)
    assert.ok(said.some(line => line.startsWith('error:')))
    await k.save()
    await mkdir(home)
    await k.save()
    assert.deepEqual(await readNetworkFile(path), second)
  })

  it('error: a change of the owner that cannot be kept is not made: it would come twice', async () => {
    const { keeper: k, home } = await keeper(OWNER)
    await rm(home, { recursive: true })
    await assert.rejects(k.change('revoke', out))
    assert.deepEqual([k.document, k.admitsKey(out)], [first, true])
  })

  it('behavior: an owner is warned of a revision that it did not make', async () => {
    const [owner, other] = [await keeper(OWNER), await keeper()]
    for (const { keeper: k } of [owner, other]) await k.adopt(second)
    const warned = [owner, other].map(({ said }) => said.filter(line => line.startsWith('warn:')).length)
    assert.deepEqual(warned, [1, 0])
    await owner.keeper.change('add', out)
    assert.equal(owner.keeper.document.revision, 3)
    assert.equal(owner.said.filter(line => line.startsWith('warn:')).length, 1)
  })
})
