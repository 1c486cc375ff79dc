import assert from 'node:assert/strict'
import { dcn } from '../../../node/cli/program.ts'
import { isEnd } from '../../../node/http/views.ts'
import { encodeInvite } from '../../../protocols/common/invite.ts'
import type { NetworkDocument } from '../../../protocols/common/network-document.ts'
import { member, type TestMember } from '../../support/deal/nodes.ts'
import { Cleanup, until } from '../../support/hosts.ts'
import { networkDocument, OWNER_SEED } from '../../support/owner.ts'
import { memoryIo } from './cli/memory-io.ts'

const HOUR_MS = 3_600_000
/** of a job of one minute: a provider commits to what it cannot deliver after half of 240 s */
const HALF_SUBMIT_WINDOW_MS = 150_000
/** a peer that never comes */
const STRANGER = '12D3KooWQXqXEzQZ1drZTThMqDmnn7PfmWZbqirxb4eCGiC2K7iG'

describe('private networks, on whole nodes', function () {
  this.timeout(20_000)
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

  it('behavior: whoever was revoked while it was off is told that nobody lets it in', async () => {
    const network = networkDocument()
    const relay = await owner(network)
    const sleeper = await member(cleanup, 'provider', network, {}, { hints: await addrsOf(relay) })
    await until(async () => (await offersOf(relay)) === 1)
    const peer = await idOf(sleeper)
    await sleeper.node.stop()
    await relay.node.api.changeMember({ action: 'revoke', peer })
    await sleeper.restart()
    const told = async () => (await sleeper.node.api.info()).warnings.map(w => `${w.message} ${w.remedy}`).join()
    await until(async () =>
      /hangs up at once: the owner has revoked .*dcn network members add 12D3Koo/.test(await told())
    )
    assert.equal((await sleeper.node.api.network()).revision, 1)
    await relay.node.api.changeMember({ action: 'add', peer })
    await until(async () => (await offersOf(relay)) === 1 && (await told()) === '')
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

  /** The clock of all nodes; its hours pass at once. */
  function jumpingClock() {
    let aheadMs = 0
    return { nowMs: () => Date.now() + aheadMs, jump: (ms: number) => (aheadMs += ms) }
  }
  const phaseOf = async ({ node }: TestMember, deal?: string) =>
    (await node.api.deals()).find(d => d.id === deal)?.phase
  /** an owner, a provider and a creator with a job that runs */
  async function withJob(ms: number) {
    const clock = jumpingClock()
    const network = networkDocument()
    const relay = await member(cleanup, 'relay', network, {}, { seed: OWNER_SEED, clock })
    const hints = await addrsOf(relay)
    const [provider, creator] = await Promise.all([
      member(cleanup, 'provider', network, {}, { hints, clock }),
      member(cleanup, 'creator', network, {}, { hints, clock })
    ])
    await until(async () => (await offersOf(creator)) === 1)
    const { id } = await creator.node.api.submit({ spec: { engine: { noop: { exitCode: 0, ms } }, timeout: '1m' } })
    const job = async () => await creator.node.api.job(id)
    await until(async () => (await phaseOf(provider, (await job())?.deal)) === 'running')
    return { clock, relay, provider, creator, job, deal: (await job())?.deal }
  }

  it('behavior: a deal that runs when its provider is revoked ends by its deadline', async () => {
    const { clock, relay, provider, creator, job, deal } = await withJob(60_000)
    const peer = await idOf(provider)
    await relay.node.api.changeMember({ action: 'revoke', peer })
    await until(async () => !(await peersOf(creator)).includes(peer))
    assert.equal((await job())?.state, 'running')
    // it gets its money back and looks for somebody else, until the time for that is over
    clock.jump(HOUR_MS)
    await until(async () => (await job())?.state !== 'running')
    clock.jump(HOUR_MS)
    await until(async () => isEnd((await job())?.state ?? 'running'))
    const { state, reason } = (await job()) ?? {}
    assert.deepEqual([state, await phaseOf(provider, deal)], ['failed', 'lost'])
    assert.match(reason ?? '', /no result in time; the price and its collateral came back/)
  })

  it('behavior: a creator that is revoked gets no result, and pays by silence', async () => {
    const { clock, relay, provider, creator, job, deal } = await withJob(5_000)
    const peer = await idOf(creator)
    await relay.node.api.changeMember({ action: 'revoke', peer })
    await until(async () => !(await peersOf(provider)).includes(peer))
    await until(async () => (await phaseOf(provider, deal)) === 'delivering')
    clock.jump(HALF_SUBMIT_WINDOW_MS)
    await until(async () => (await phaseOf(provider, deal)) === 'submitted')
    clock.jump(HOUR_MS)
    await until(async () => (await phaseOf(provider, deal)) === 'settled')
    assert.equal((await job())?.exitCode, undefined)
  })

  it('default: join beside a running node: it takes a newer document and new addresses, and no other network', async () => {
    const network = networkDocument()
    const [running, relay] = await Promise.all([member(cleanup, 'provider', network), owner(network)])
    const join = async (invite: string) => {
      const io = memoryIo()
      const code = await dcn(['network', 'join', invite, '--data-dir', running.dataDir, '--json'], io)
      return { code, said: io.lines()[0] as Record<string, unknown> & { error?: { name: string } } }
    }
    const other = await join(encodeInvite(networkDocument({ name: 'other' })))
    assert.deepEqual([other.code, other.said.error?.name], [2, 'OtherNetworkError'])
    await relay.node.api.changeMember({ action: 'revoke', peer: STRANGER })
    const { code, said } = await join((await relay.node.api.invite()).invite)
    assert.deepEqual([code, said['running'], said['revision']], [0, true, 2])
    await until(async () => (await offersOf(relay)) === 1)
    const older = await join(encodeInvite(network))
    assert.deepEqual([older.code, older.said.error?.name], [2, 'OlderNetworkError'])
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
