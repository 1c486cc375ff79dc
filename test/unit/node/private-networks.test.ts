import assert from 'node:assert/strict'
import type { NetworkDocument } from '../../../protocols/common/network-document.ts'
import { member, type TestMember } from '../../support/deal/nodes.ts'
import { Cleanup, until } from '../../support/hosts.ts'
import { networkDocument, OWNER_SEED } from '../../support/owner.ts'

describe('private networks, on whole nodes', function () {
  this.timeout(60_000)
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())

  const addrsOf = async ({ node }: TestMember) => (await node.api.info()).addrs
  const idOf = async ({ node }: TestMember) => (await node.api.info()).peerId
  const peersOf = async ({ node }: TestMember) => (await node.api.peers()).map(p => p.id).sort()
  const offersOf = async ({ node }: TestMember) => (await node.api.offers()).length
  const owner = (network: NetworkDocument) => member(cleanup, 'relay', network, {}, { seed: OWNER_SEED })

  it('default: a revoked provider is out within seconds, is told why, and comes back when it is pardoned', async () => {
    const network = networkDocument()
    const relay = await owner(network)
    const hints = await addrsOf(relay)
    const [provider, creator] = await Promise.all([
      member(cleanup, 'provider', network, {}, { hints }),
      member(cleanup, 'creator', network, {}, { hints })
    ])
    await until(async () => (await offersOf(creator)) === 1 && (await offersOf(relay)) === 1)
    const peer = await idOf(provider)
    const said = await relay.node.api.changeMember({ action: 'revoke', peer })
    assert.deepEqual([said.revision, said.membership.revoked], [2, [peer]])
    for (const other of [relay, creator]) {
      await until(async () => (await offersOf(other)) === 0 && !(await peersOf(other)).includes(peer))
    }
    const { warnings } = await provider.node.api.info()
    assert.match(warnings[0]?.message ?? '', /revoked this node \(revision 2\)/)
    // it goes on trying, and whoever dials sees a connection for a moment
    await until(async () => (await peersOf(provider)).length === 0)
    await relay.node.api.changeMember({ action: 'add', peer })
    await until(async () => (await offersOf(creator)) === 1)
  })

  it('default: in a listed network a peer is in once the owner has added it', async () => {
    const network = networkDocument({ membership: { policy: 'listed', members: [], revoked: [] } })
    const relay = await owner(network)
    const joiner = await member(cleanup, 'provider', network, {}, { hints: await addrsOf(relay) })
    assert.match((await joiner.node.api.info()).warnings[0]?.remedy ?? '', /dcn network members add 12D3Koo/)
    assert.equal(await offersOf(relay), 0)
    await relay.node.api.changeMember({ action: 'add', peer: await idOf(joiner) })
    await until(async () => (await offersOf(relay)) === 1)
    await until(async () => (await joiner.node.api.network()).standing === 'member')
    await assert.rejects(joiner.node.api.changeMember({ action: 'revoke', peer: await idOf(relay) }), {
      name: 'NotOwnerError'
    })
  })

  it('behavior: a sleeper comes back when all whom it knew at first are dead', async () => {
    const relay = await member(cleanup, 'relay')
    const [first = ''] = await addrsOf(relay)
    const network = networkDocument({ bootstrap: [first] })
    const [early, sleeper] = await Promise.all([
      member(cleanup, 'provider', network),
      member(cleanup, 'creator', network)
    ])
    await until(async () => (await peersOf(sleeper)).length === 2)
    // whoever joins later does so by the invite of any member
    const { hints } = await early.node.api.invite()
    await relay.node.stop()
    const late = await member(cleanup, 'provider', network, {}, { hints })
    const lateId = await idOf(late)
    await until(async () => (await peersOf(sleeper)).includes(lateId))
    await sleeper.restart(async () => undefined)
    await early.node.stop()
    await sleeper.restart()
    await until(async () => (await peersOf(sleeper)).join() === lateId)
  })

  it('behavior: members find each other on the LAN, and two networks on one host never mix', async () => {
    const networks = ['red', 'blue'].map(name => networkDocument({ name }))
    const all = (role: string) => Promise.all(networks.map(network => member(cleanup, role, network, { mdns: 'true' })))
    const providers = await all('provider')
    // whoever starts asks at once, and again every ten seconds
    for (const [i, creator] of (await all('creator')).entries()) {
      const partner = await idOf(providers[i] as TestMember)
      await until(async () => (await peersOf(creator)).join() === partner && (await offersOf(creator)) === 1)
    }
  })
})
