import assert from 'node:assert/strict'
import { isEnd, type JobView } from '../../../../node/http/views.ts'
import { matchChecks } from '../../../../node/settlement/match-checks.ts'
import { decodeBundle } from '../../../../protocols/matching/verify/bundle.ts'
import { verifyMatch } from '../../../../protocols/matching/verify/verify-match.ts'
import { chainlessNetwork, member, type TestMember } from '../../../support/deal/nodes.ts'
import { Cleanup, until } from '../../../support/hosts.ts'

describe('roles: what a node can say about a match', function () {
  this.timeout(30_000)
  const cleanup = new Cleanup()
  let [provider, creator, stranger]: TestMember[] = []
  let job: JobView

  const nodeOf = (who: TestMember | undefined) => {
    if (who === undefined) throw new Error('not started')
    return who.node.api
  }
  before(async () => {
    provider = await member(cleanup, 'provider')
    const network = chainlessNetwork((await nodeOf(provider).info()).addrs)
    ;[creator, stranger] = [await member(cleanup, 'creator', network), await member(cleanup, 'creator', network)]
    await until(async () => (await nodeOf(creator).offers()).length > 0)
    const { id } = await nodeOf(creator).submit({ spec: { engine: { noop: { exitCode: 0, ms: 0 } } } })
    await until(async () => isEnd((await nodeOf(creator).job(id))?.state ?? 'matching'))
    job = (await nodeOf(creator).job(id)) as JobView
    assert.equal(job.state, 'done')
  })
  after(() => cleanup.run())

  for (const who of ['creator', 'provider'] as const) {
    it(`default: its ${who} finds that it holds, and what it exports holds without a node`, async () => {
      const api = nodeOf(who === 'creator' ? creator : provider)
      const view = await api.verifyMatch({ subject: job.deal ?? '', export: true })
      assert.deepEqual([view.verdict, view.findings, view.candidates.length], ['holds', [], 1])
      assert.equal(view.candidates[0]?.account, view.provider)
      const bundle = decodeBundle(Buffer.from(view.bundle ?? '', 'base64'))
      assert.equal((await verifyMatch(bundle, matchChecks)).verdict, 'holds')
    })
  }

  it('default: a job of its own by its id', async () => {
    const view = await nodeOf(creator).verifyMatch({ subject: job.id })
    assert.deepEqual([view.verdict, view.deal], ['holds', job.deal])
  })

  it('behavior: a stranger fetches the papers by CID; without a chain nothing shows the deal', async () => {
    const { certificate } = await nodeOf(creator).verifyMatch({ subject: job.id })
    await until(async () => (await nodeOf(stranger).peers()).length > 0)
    const view = await nodeOf(stranger).verifyMatch({ subject: certificate })
    assert.deepEqual([view.verdict, view.findings.map(f => f.code)], ['not-provable', ['deal-absent']])
    assert.equal(view.candidates[0]?.account, job.provider)
    await assert.rejects(nodeOf(stranger).verifyMatch({ subject: job.deal ?? '' }), { name: 'NotFoundError' })
  })

  it('behavior: a full provider that said no, signed, is excused; the next in the list has the job', async () => {
    const network = chainlessNetwork((await nodeOf(provider).info()).addrs)
    const [cheap, dear] = ['0.001', '0.002']
    const flags = { 'prices.perJob': cheap, 'offer.jobs': '1' }
    const small = (await member(cleanup, 'provider', network, flags)).node.api
    const large = (await member(cleanup, 'provider', network, { 'prices.perJob': dear })).node.api
    const [smallIs, largeIs] = [(await small.info()).account, (await large.info()).account]
    const api = nodeOf(creator)
    await until(async () => (await api.offers()).length === 3)
    const deny = [(await nodeOf(provider).info()).account]
    const submit = (ms: number) =>
      api.submit({ spec: { engine: { noop: { exitCode: 0, ms } }, timeout: '2m' }, constraints: { deny } })
    const long = await submit(60_000)
    await until(async () => (await api.job(long.id))?.state === 'running')
    const { id } = await submit(0)
    await until(async () => isEnd((await api.job(id))?.state ?? 'matching'))
    const view = await api.verifyMatch({ subject: id })
    assert.deepEqual([view.verdict, view.provider], ['holds', largeIs])
    assert.deepEqual(
      view.findings.map(f => [f.code, f.data['account'], f.data['reason']]),
      [['rank-refused', smallIs, 'no-room']]
    )
    assert.equal((await nodeOf(stranger).verifyMatch({ subject: view.certificate })).verdict, 'not-provable')
    await api.cancel(long.id)
    await until(async () => isEnd((await api.job(long.id))?.state ?? 'running'))
  })

  it('error: what is none is told by name', async () => {
    const api = nodeOf(creator)
    await assert.rejects(api.verifyMatch({ subject: 'jnothing' }), { name: 'JobNotFoundError' })
    await assert.rejects(api.verifyMatch({ subject: 'bnothing' }), { name: 'InvalidInputError' })
    await assert.rejects(api.verifyMatch({ subject: `0x${'00'.repeat(32)}` }), { name: 'NotFoundError' })
  })
})
