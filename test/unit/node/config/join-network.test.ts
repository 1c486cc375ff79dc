import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { joinNetwork } from '../../../../node/config/join-network.ts'
import { effectiveConfig } from '../../../../node/config/load.ts'
import { encodeInvite } from '../../../../protocols/common/invite.ts'
import { Cleanup } from '../../../support/hosts.ts'
import { networkDocument } from '../../../support/owner.ts'

describe('network of a data directory', () => {
  const cleanup = new Cleanup()
  let dataDir: string
  beforeEach(async () => {
    dataDir = await cleanup.dir()
  })
  afterEach(() => cleanup.run())

  const keys = { account: privateKeyToAccount(generatePrivateKey()), seed: new Uint8Array(32).fill(1), created: false }
  const start = (flags: Record<string, string>) =>
    joinNetwork(
      effectiveConfig({ flags: { roles: 'provider', dataDir, ...flags }, env: {}, cwd: dataDir }).config,
      keys
    )
  const kept = () => readFileSync(join(dataDir, 'network.json'), 'utf8')

  it('default: what was joined is kept, and a restart needs no invite', async () => {
    const document = networkDocument()
    assert.deepEqual(await start({ network: encodeInvite(document) }), { document, hints: [] })
    assert.deepEqual(await start({}), { document, hints: [] })
  })

  it('behavior: of two revisions the newer one stays, whichever was named last', async () => {
    const [first, second] = [networkDocument(), networkDocument({ revision: 2 })]
    for (const document of [first, second, first]) {
      const { revision } = (await start({ network: encodeInvite(document) })).document
      assert.equal(revision, document === first && kept().includes('"revision": 1') ? 1 : 2)
    }
    assert.match(kept(), /"revision": 2/)
  })

  it('error: a directory that belongs to another network, by invite and by --init', async () => {
    await start({ network: encodeInvite(networkDocument()) })
    const before = kept()
    const other = networkDocument({ name: 'other' })
    await assert.rejects(start({ network: encodeInvite(other) }), {
      name: 'InvalidInputError',
      field: 'network',
      value: other.id
    })
    await assert.rejects(start({ init: 'other' }), { name: 'InvalidInputError', field: 'init' })
    assert.equal(kept(), before)
  })

  it('error: no network is named', async () => {
    await assert.rejects(start({}), { name: 'InvalidInputError', field: 'network' })
  })
})
