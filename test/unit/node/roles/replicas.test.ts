import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isEnd, type JobView, type SubmitRequest } from '../../../../node/http/views.ts'
import type { Journal } from '../../../../node/journal/journal.ts'
import { GROUP_KIND } from '../../../../node/roles/creator/replica-groups.ts'
import type { GroupState, ReplicaNote } from '../../../../protocols/deal/replicas-types.ts'
import { forging } from '../../../support/deal/forging.ts'
import { chainlessNetwork, jobThat, member, type TestMember } from '../../../support/deal/nodes.ts'
import { Cleanup, until } from '../../../support/hosts.ts'

describe('roles: replicas without a chain', function () {
  this.timeout(60_000)
  const cleanup = new Cleanup()
  let creator: TestMember
  let liar: TestMember
  let honest: string
  let lied: string

  before(async () => {
    const first = await member(cleanup, 'provider', chainlessNetwork(), { engines: 'js' })
    const network = chainlessNetwork((await first.node.api.info()).addrs)
    await member(cleanup, 'provider', network, { engines: 'js' })
    liar = await member(cleanup, 'provider', network, { engines: 'js' }, { aroundEngine: forging('forged\n') })
    creator = await member(cleanup, 'creator', network)
    await until(async () => (await creator.node.api.offers()).length === 3)
    ;[honest, lied] = [(await first.node.api.info()).account, (await liar.node.api.info()).account]
  })
  after(() => cleanup.run())

  const submit = (n: number, constraints: SubmitRequest['constraints'] = {}, more: object = {}) =>
    creator.node.api.submit({
      spec: { engine: { js: { source: SOURCE } }, verify: { policy: { replicas: { n } } }, ...more },
      constraints
    })
  const untilJob = (id: string, isSo: (view: JobView) => boolean) => jobThat(creator.node, id, isSo)
  /** A job whose three replicas all came to a deal: on a busy machine two may agree before the third has found its provider. */
  const untilAllTookPart = async (): Promise<JobView> => {
    for (let tries = 0; tries < 5; tries++) {
      const done = await untilJob((await submit(3)).id, ({ state }) => isEnd(state))
      if (done.replicas?.every(r => r.price !== undefined)) return done
    }
    assert.fail('a replica was always too late')
  }
  const textOf = async (id: string, replica?: number): Promise<string> => {
    let text = ''
    const which = replica === undefined ? {} : { replica }
    for await (const { bytes } of creator.node.api.logs(id, which)) text += new TextDecoder().decode(bytes)
    return text
  }

  it('default: two that agree outvote a liar, their files are the job, and every receipt is kept', async () => {
    const done = await untilAllTookPart()
    const { id } = done
    assert.deepEqual([done.state, done.exitCode, done.outcome, done.quorum], ['done', 0, 'exited', 2])
    const replicas =
      (await untilJob(id, view => view.replicas?.every(r => r.agrees !== undefined) ?? false)).replicas ?? []
    assert.equal(new Set(replicas.map(r => r.provider)).size, 3)
    for (const { provider, agrees } of replicas) assert.equal(agrees, provider !== lied)
    const dir = done.dir ?? ''
    assert.equal(await readFile(join(dir, 'stdout'), 'utf8'), 'forty-two\n')
    assert.equal(await readFile(join(dir, 'outputs', 'outputs', 'x'), 'utf8'), '42')
    for (const { replica, deal, agrees } of replicas) {
      const papers = JSON.parse(await readFile(join(dir, 'replicas', String(replica), 'deal.json'), 'utf8'))
      assert.equal((papers as { id: string }).id, deal)
      assert.equal(await textOf(id, replica), agrees === true ? 'forty-two\n' : 'forged\n')
    }
    // what differs is kept beside its receipt, what is the same is there once
    const liars = replicas.find(r => r.agrees === false)?.replica
    const paths = ['stdout', `replicas/${liars}/stdout`]
    await until(async () => {
      const files = await creator.node.api.results(id)
      return files.flatMap(f => (f.path.includes('stdout') ? f.path : [])).join() === paths.join()
    })
    assert.equal(await textOf(id), 'forty-two\n')
    const listed = (await creator.node.api.jobs({})).filter(j => j.id.startsWith(id))
    assert.deepEqual(
      listed.map(j => j.price),
      [replicas.reduce((sum, r) => sum + BigInt(r.price ?? 0), 0n).toString()]
    )
    const deals = (await creator.node.api.deals()).filter(d => d.job === id)
    assert.deepEqual(new Set(deals.map(d => d.id)), new Set(replicas.map(r => r.deal)))
  })

  it('behavior: two that differ wait for a third, over a restart; cancelled, what has run is paid', async () => {
    const { id } = await submit(2, { allow: [honest, lied] })
    const isWaiting = ({ replicas = [] }: JobView) => replicas.filter(r => r.state === 'checking').length === 2
    const waiting = await untilJob(id, isWaiting)
    assert.deepEqual([waiting.state, waiting.replicas?.length], ['checking', 3])
    assert.deepEqual(await creator.node.api.results(id), [])
    // what the third finds depends on the offers that are known again
    const summaryOf = async () => (await creator.node.api.why(id)).summary.split('; replica 2')[0] ?? ''
    const summary = await summaryOf()
    assert.match(
      summary,
      /^2 of 3 results are here, 1 of them the same; 2 equal ones are needed; replica 0: its result waits/
    )
    await creator.restart(journal => forgetReplicas(journal, id))
    assert.equal(await summaryOf(), summary)
    await creator.node.api.cancel(id)
    const ended = await untilJob(id, ({ state }) => isEnd(state))
    assert.equal(ended.state, 'cancelled')
    const { replicas = [] } = await untilJob(id, view => view.replicas?.every(r => isEnd(r.state)) ?? false)
    assert.deepEqual(
      replicas.map(r => r.state),
      ['done', 'done', 'cancelled']
    )
    // nothing was agreed on: each result is there as it was paid for, also when all that was under way has ended
    await creator.restart()
    const said = await Promise.all(
      [0, 1].map(i => readFile(join(creator.dataDir, 'jobs', id, 'replicas', `${i}`, 'stdout'), 'utf8'))
    )
    assert.deepEqual(said.sort(), ['forged\n', 'forty-two\n'])
  })

  it('behavior: a private job: no two seals are alike, and what is in them is', async () => {
    const { id } = await submit(2, { deny: [lied] }, { private: true })
    const done = await untilJob(id, ({ state }) => isEnd(state))
    assert.deepEqual([done.state, done.replicas?.map(r => r.agrees)], ['done', [true, true]])
    assert.equal(await readFile(join(done.dir ?? '', 'stdout'), 'utf8'), 'forty-two\n')
  })

  it('error: a job that may not run at enough providers is refused at submit', async () => {
    await assert.rejects(submit(3, { target: honest }), { name: 'InvalidInputError', field: 'constraints.target' })
    await assert.rejects(submit(5, { allow: [honest, lied] }), {
      name: 'InvalidInputError',
      field: 'constraints.allow'
    })
    await assert.rejects(creator.node.api.why('nothing'), { name: 'JobNotFoundError' })
  })
})

/** What a crash leaves between the entry of a replica and that of its group. */
function forgetReplicas(journal: Journal, id: string): void {
  const group = journal.get<GroupState>(GROUP_KIND, id)
  assert.ok(group !== undefined)
  const { state, version, updatedAt: at } = group
  const replicas = state.replicas.map((): ReplicaNote => ({ standing: 'looking', committee: false }))
  const event = { type: 'forgotten' }
  journal.append({
    kind: GROUP_KIND,
    id,
    at,
    event,
    state: { ...state, replicas },
    expectedVersion: version,
    done: false
  })
}

const SOURCE = `export default ({ outputs, console }) => {
  console.log('forty-two')
  outputs.write('/outputs/x', '42')
}`
