import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DisputeView, JobView } from '../../node/http/views.ts'
import { fixture } from '../support/wasm/fixtures.ts'
import { dcn } from './support/cli.ts'
import { busy, hello } from './support/jobs.ts'
import { Lab } from './support/lab.ts'
import { eventually } from './support/wait.ts'

const LIAR = join(import.meta.dirname, 'support', 'lying-node.ts')
/** any text will do */
const TEXT = import.meta.filename
const JUDGES = ['judge-a', 'judge-b', 'judge-c']
/** appealWindow of a development chain, and a second */
const APPEAL_OVER_SEC = 31

describe('disputes', function () {
  this.timeout(240_000)
  let lab: Lab

  before(async function () {
    this.timeout(240_000)
    const flags = ['--engines', 'js,wasm']
    lab = await Lab.start([
      { name: 'honest', roles: ['provider'], flags },
      { name: 'second', roles: ['provider'], flags },
      { name: 'liar', roles: ['provider'], flags, program: LIAR },
      { name: 'creator', roles: ['creator'], flags },
      ...JUDGES.map(name => ({ name, roles: ['mediator'], flags }))
    ])
    await lab.everybodyKnows(['honest', 'second', 'liar'])
    await eventually('every judge has its seat', async () => (await creator().seats()).length === JUDGES.length)
  })
  after(async () => await lab.stop())

  const creator = () => lab.node('creator').client
  const submit = async (spec: Record<string, unknown>, target: string): Promise<JobView> =>
    await creator().submit({ spec, constraints: { target: lab.node(target).ready.account } })
  const everybody = ['creator', 'honest', 'liar', ...JUDGES]
  const money = async (): Promise<Record<string, bigint>> =>
    Object.fromEntries(await Promise.all(everybody.map(async name => [name, await lab.money(name)])))
  const gained = async (before: Record<string, bigint>): Promise<Record<string, bigint>> => {
    const now = await money()
    return Object.fromEntries(everybody.map(name => [name, (now[name] ?? 0n) - (before[name] ?? 0n)]))
  }

  async function courtIs(deal: string, ...states: DisputeView['state'][]): Promise<DisputeView> {
    return await eventually(`the court is ${states.join(' or ')}`, async () => {
      const view = await creator().disputeOf(deal)
      // the clock says that a round is over before somebody has counted it
      const isCounted = view.state !== 'judged' || view.verdict !== undefined
      return states.includes(view.state) && isCounted ? view : undefined
    })
  }
  /** Waits for the verdict and lets the time for appeals pass. */
  async function judged(job: JobView): Promise<DisputeView> {
    const view = await courtIs(job.deal ?? '', 'judged')
    await lab.pass(APPEAL_OVER_SEC, job)
    return view
  }

  it('default: a provider that lies loses its collateral, and its creator has everything back', async () => {
    const before = await money()
    const { id } = await submit({ ...hello('judges'), verify: { policy: { spot: '100%' } } }, 'liar')
    const disputed = await lab.jobIs('creator', id, 'disputed')
    assert.match(disputed.dispute ?? '', /another result/)
    assert.equal(await lab.file('creator', id, 'stdout'), 'forged\n')
    const { verdict, members } = await judged(disputed)
    assert.equal(verdict, 'provider-wrong')
    assert.deepEqual(
      members.map(m => m.standing),
      ['revealed', 'revealed', 'revealed']
    )
    const failed = await lab.jobIs('creator', id, 'failed')
    assert.match(failed.reason ?? '', /court found the result wrong and the price came back/)
    const lost = await lab.dealIs('liar', disputed.deal, 'lost')
    const collateral = BigInt(lost.collateral)
    await eventually('the judges share the collateral', async () => {
      const { creator: own, honest, liar, ...judges } = await gained(before)
      assert.deepEqual([own, honest, liar], [0n, 0n, -collateral])
      const shares = Object.values(judges)
      assert.equal(
        shares.reduce((sum, share) => sum + share, 0n),
        collateral
      )
      return shares.every(share => share >= collateral / 3n)
    })
    // what the provider handed over was worth nothing; what the judges computed is the result
    const got = await dcn(['job', 'get', id, '--judged', '--out', join(lab.dir, 'judged')], {
      node: lab.node('creator').dataDir
    })
    assert.equal(got.code, 0, got.stderr)
    assert.equal(await readFile(join(lab.dir, 'judged', 'judged', 'stdout'), 'utf8'), 'hello judges\n')
    assert.equal(
      await readFile(join(lab.dir, 'judged', 'judged', 'outputs', 'outputs', 'hello.txt'), 'utf8'),
      'hello judges'
    )
    const shown = await dcn(['job', 'show', id], { node: lab.node('creator').dataDir })
    assert.match(
      shown.stdout,
      /court\n[\s\S]*challenged the result[\s\S]*was drawn with seat[\s\S]*found the provider wrong/
    )
  })

  it('default: a liar among three replicas is outvoted, and its creator need not ask for the court', async () => {
    const node = lab.node('creator').dataDir
    const liar = lab.node('liar').ready.account
    const lied = ({ replicas }: JobView) => replicas?.find(r => r.provider === liar && r.price !== undefined)
    const file = join(lab.dir, 'three.json')
    await writeFile(file, JSON.stringify({ ...hello('three'), verify: { policy: { replicas: { n: 3, min: 2 } } } }))
    // on a busy machine two may agree before the third, which is then not needed, has a deal
    const runTillLied = async (tries: number): Promise<{ id: string; before: Record<string, bigint> }> => {
      const before = await money()
      const out = join(lab.dir, `three ${tries}`)
      const ran = await dcn(['run', file, '--out', out, '--json'], { node })
      assert.equal(ran.code, 0, ran.stdout + ran.stderr)
      assert.equal(await readFile(join(out, 'outputs', 'outputs', 'hello.txt'), 'utf8'), 'hello three')
      const { job } = ran.json().at(-1) as unknown as { job: JobView }
      assert.ok(lied(job) !== undefined || tries < 10, 'the liar never took part')
      return lied(job) === undefined ? await runTillLied(tries + 1) : { id: job.id, before }
    }
    const { id, before } = await runTillLied(1)
    const disputed = await eventually('the lie is before the court', async () => {
      const view = await creator().job(id)
      return lied(view)?.state === 'disputed' ? view : undefined
    })
    assert.deepEqual([disputed.state, lied(disputed)?.agrees], ['done', false])
    const deal = lied(disputed)?.deal
    const { verdict, members } = await courtIs(deal ?? '', 'judged')
    assert.equal(verdict, 'provider-wrong')
    // the judges came to what the two came to; a story shows the beginning of a vote
    const [agreed = ''] = (disputed.replicas ?? []).flatMap(r => (r.agrees ? (r.digest ?? []) : []))
    for (const { vote = 'none' } of members) assert.ok(agreed.startsWith(vote), `${vote} is not ${agreed}`)
    await lab.pass(APPEAL_OVER_SEC, disputed)
    const { collateral } = await lab.dealIs('liar', deal, 'lost')
    await eventually('only the two that agreed are paid', async () => {
      const gain = await gained(before)
      const paid = (disputed.replicas ?? []).filter(r => r.agrees).reduce((sum, r) => sum + BigInt(r.price ?? 0), 0n)
      assert.deepEqual([gain['creator'], gain['liar']], [-paid, -BigInt(collateral)])
      return true
    })
    const shown = await dcn(['job', 'show', id], { node })
    assert.match(shown.stdout, /agreement +2 equal of 3 results, 2 needed[\s\S]*differs[\s\S]*found the provider wrong/)
  })

  it('default: a creator that challenges a right result pays the judges', async () => {
    const before = await money()
    const target = ['--target', lab.node('honest').ready.account, '--verify', 'committee', '--private', '--detach']
    // a module compiled from C, run by the provider and again by three judges, who are given the key
    const asked = await dcn(
      ['wasm', 'run', fixture('word-count'), '--input', TEXT, ...target, '--', '/inputs/disputes.test.ts'],
      {
        node: lab.node('creator').dataDir
      }
    )
    const id = asked.stdout.trim()
    const waiting = await lab.jobIs('creator', id, 'review')
    assert.match(await lab.file('creator', id, 'stdout'), /lines, \d+ words/)
    const said = await dcn(['dispute', id, '--reason', 'it shall not be paid'], { node: lab.node('creator').dataDir })
    assert.equal(said.code, 0)
    await lab.jobIs('creator', id, 'disputed')
    assert.equal((await judged(waiting)).verdict, 'provider-right')
    const done = await lab.jobIs('creator', id, 'done')
    assert.match(done.reason ?? '', /court found the result right/)
    await lab.dealIs('honest', waiting.deal, 'settled')
    const price = BigInt(done.price ?? 0)
    await eventually('the judges have the deposit', async () => {
      const { creator: own = 0n, honest, liar, ...judges } = await gained(before)
      const deposit = Object.values(judges).reduce((sum, fee) => sum + fee, 0n)
      // the seat fee is the price, or the least that a seat is asked for
      assert.equal(deposit % 3n, 0n)
      assert.ok(deposit >= 3n * price)
      assert.deepEqual([own, honest, liar], [-price - deposit, price, 0n])
      return Object.values(judges).every(fee => fee === deposit / 3n)
    })
  })

  it('default: a result that its owner accepts is paid at once', async () => {
    const { id } = await submit({ ...hello('owner'), verify: { policy: { committee: 3 } } }, 'honest')
    await lab.jobIs('creator', id, 'review')
    assert.equal((await dcn(['job', 'accept', id], { node: lab.node('creator').dataDir })).code, 0)
    await lab.jobIs('creator', id, 'done')
  })

  it('behavior: a judge that is killed in mid-run votes all the same when it is back', async () => {
    const spec = { ...busy(), verify: { policy: { committee: 3 } } }
    const { id } = await submit(spec, 'honest')
    const waiting = await lab.jobIs('creator', id, 'review')
    await creator().dispute(id)
    await courtIs(waiting.deal ?? '', 'voting')
    await lab.node('judge-b').kill()
    await lab.restart('judge-b')
    const { verdict, members } = await judged(waiting)
    assert.equal(verdict, 'provider-right')
    assert.deepEqual(
      members.map(m => m.standing),
      ['revealed', 'revealed', 'revealed']
    )
    await lab.jobIs('creator', id, 'done')
  })
})
