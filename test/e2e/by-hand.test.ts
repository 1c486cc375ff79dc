import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Docker from 'dockerode'
import type { JobView, MatchView, OfferView, RankView, WalletView, WhyView } from '../../node/http/views.ts'
import { busyboxImage } from '../../scripts/lib/docker-image.ts'
import { ByHand } from './support/by-hand.ts'
import type { Ended } from './support/cli.ts'
import { busy } from './support/jobs.ts'
import { skip } from './support/skip.ts'
import { eventually } from './support/wait.ts'

const COUNT = `export default function count({ args, inputs, outputs, console }) {
  const words = inputs.text('/inputs/data.txt').split(/\\s+/).filter(Boolean)
  console.log(\`\${words.length} words, \${args.join(' ')}\`)
  console.error('counted')
  outputs.write('/outputs/words.txt', [...new Set(words)].sort().join('\\n'))
}
`
const BAD = 'export default () => { throw new Error("no luck today") }\n'
const DATA = 'to be or not to be\n'
const WORDS = 'be\nnot\nor\nto'
const SPEC = `engine: { js: { local: count.mjs, args: [from, a, file] } }
inputs: [{ local: data.txt }]
outputs: [{ name: words, path: /outputs }]
`
const SUBMITTERS = ['creator', 'mediator', 'provider-1'] as const

describe('by hand', function () {
  this.timeout(120_000)
  let hand: ByHand
  let unmatched: Promise<Ended>

  before(async function () {
    this.timeout(180_000)
    hand = await ByHand.start({ chain: true })
    const dev = '--insecure-dev-keys'
    await Promise.all([
      hand.join('provider-1', ['--role', 'provider', '--price-cpu-hour', '0.02', '--engines', 'docker,js', dev]),
      hand.join('provider-2', ['--role', 'provider', '--price-cpu-hour', '0.01', '--engines', 'docker,js', dev]),
      hand.join('mediator', ['--role', 'mediator', dev]),
      // one of them as in earnest: its keys behind a passphrase
      hand.join('creator', ['--role', 'creator'], { env: { DCN_PASSPHRASE: 'a phrase for a test' } })
    ])
    await writeFile(join(hand.dir, 'count.mjs'), COUNT)
    await writeFile(join(hand.dir, 'bad.mjs'), BAD)
    await writeFile(join(hand.dir, 'data.txt'), DATA)
    await writeFile(join(hand.dir, 'spec.yaml'), SPEC)
    await writeFile(join(hand.dir, 'busy.json'), JSON.stringify(busy()))
    await writeFile(join(hand.dir, 'huge.yaml'), `${SPEC}resources: { cpu: 900 }\n`)
    await hand.everybodyKnows(2)
    // looks for a provider as long as a job may: it ends while the other cases run
    unmatched = hand.dcn('creator', 'run', 'huge.yaml', '--json')
  })
  after(async function () {
    this.timeout(60_000)
    await unmatched
    await hand.stop()
  })

  const read = (...path: string[]) => readFileSync(join(hand.dir, ...path), 'utf8')
  const newest = async (name: string) => {
    const [jobs = []] = (await hand.dcn(name, 'job', 'list', '--limit', '1', '--json')).json<JobView[]>()
    return jobs[0] as JobView
  }

  it('default: every node sees the same offers and ranks alike', async () => {
    const rankings = new Set<string>()
    for (const name of hand.nodes.keys()) {
      const [offers = []] = (await hand.dcn(name, 'offers', '--json')).json<OfferView[]>()
      assert.equal(offers.length, 2)
      const ranked = await hand.dcn(name, 'rank', 'spec.yaml', '--json')
      assert.equal(ranked.code, 0, ranked.stderr)
      const [{ spec, candidates } = { spec: '', candidates: [] }] = ranked.json<RankView>()
      rankings.add(JSON.stringify([spec, candidates.map(c => [c.rank, c.account, c.ask])]))
    }
    assert.equal(rankings.size, 1, [...rankings].join('\n'))
    const cheap = await hand.account('provider-2')
    assert.ok([...rankings][0]?.includes(`[0,"${cheap}"`), 'the cheapest comes first')
    const text = await hand.dcn('creator', 'offers')
    assert.match(text.stdout, /^PROVIDER +ENGINES/)
    const none = await hand.dcn('creator', 'rank', 'huge.yaml')
    assert.equal(none.code, 3)
    assert.match(none.stdout, /no offer fits/)
  })

  it('default: several jobs at once, each with its files', async () => {
    const flags = ['--input', 'data.txt', '--matrix', 'WHO=a,b', '--name', 'scan', '--out', 'scans', '--json']
    const ran = await hand.dcn('mediator', 'js', 'run', 'count.mjs', ...flags, '--', '{WHO}')
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    const end = ran.json<{ event: string; jobs: JobView[] }>().at(-1)
    assert.deepEqual(
      end?.jobs.map(job => [job.name, job.state, job.exitCode]),
      [
        ['scan.0', 'done', 0],
        ['scan.1', 'done', 0]
      ]
    )
    for (const n of ['0', '1']) assert.ok(existsSync(join(hand.dir, 'scans', n, 'stdout')), n)
    const listed = await hand.dcn('mediator', 'job', 'list', 'scan')
    assert.match(listed.stdout, /scan\.[01][\s\S]*scan\.[01][\s\S]*\n2 jobs\n$/)
  })

  for (const who of SUBMITTERS) {
    it(`default: dcn js run at the ${who}`, async () => {
      const ran = await hand.dcn(who, 'js', 'run', 'count.mjs', '--input', 'data.txt', '--out', `out-${who}`, '--', who)
      assert.equal(ran.code, 0, ran.stderr)
      assert.equal(ran.stdout, `6 words, ${who}\n`)
      assert.match(ran.stderr, /^counted$/m)
      assert.match(ran.stderr, /^paid +0\.001\d* DCN to 0x/m)
      assert.equal(read(`out-${who}`, 'outputs', 'outputs', 'words.txt'), WORDS)
      assert.equal(read(`out-${who}`, 'exitCode').trim(), '0')
    })
  }

  it('default: dcn run of a module that comes with the package', async () => {
    const ran = await hand.dcn('creator', 'run', 'cowsay', '-i', 'Message=moo', '--verbose')
    assert.equal(ran.code, 0, ran.stderr)
    assert.match(ran.stdout, /< moo >/)
    assert.match(ran.stderr, /^offers {4}2 providers could run it, first in line 0x/m)
  })

  it('default: dcn docker run at each of them', async function () {
    const image = await busyboxImage(new Docker(), hand.dir)
    if ('missing' in image) return skip(this, image.missing)
    try {
      for (const who of SUBMITTERS) {
        const options = ['--input', 'data.txt', '--memory', '64MiB', '--disk', '64MiB', '--json']
        const ran = await hand.dcn(who, 'docker', 'run', image.id, ...options, '--', 'wc', '-w', '/inputs/data.txt')
        assert.equal(ran.code, 0, ran.stdout + ran.stderr)
        const lines = ran.json()
        const output = lines.filter(line => line['event'] === 'log').map(line => line['text'])
        assert.equal(output.join(''), '6 /inputs/data.txt\n')
        assert.equal((lines.at(-1)?.['job'] as JobView | undefined)?.engine, 'docker')
      }
    } finally {
      await image.remove()
    }
  })

  it('default: dcn run spec.yaml, and what job list, show, logs, get and why say of it', async () => {
    const ran = await hand.dcn('creator', 'run', 'spec.yaml', '--name', 'words', '--json')
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    const lines = ran.json()
    const events = lines.map(line => line['event'])
    assert.equal(events[0], 'submitted')
    assert.equal(events.at(-1), 'end')
    const end = lines.at(-1) as { exit: number; dir: string; job: JobView; files: { path: string }[] }
    assert.equal(end.exit, 0)
    assert.deepEqual(
      end.job.phases.map(p => p.state),
      ['matching', 'agreed', 'running', 'results', 'settling', 'done']
    )
    assert.deepEqual(
      end.job.transactions.map(t => t.what),
      ['open', 'settled']
    )
    for (const { path } of end.files) assert.ok(existsSync(join(end.dir, path)), path)

    const { id } = end.job
    const listed = await hand.dcn('creator', 'job', 'list')
    assert.match(listed.stdout, /^CREATED +ID +JOB +TYPE +STATE +NAME[\s\S]+ js +batch +done +words +0/)
    const shown = await hand.dcn('creator', 'job', 'show', 'words')
    assert.match(shown.stdout, new RegExp(`id +${id}`))
    assert.match(shown.stdout, /outputs\/words\/words\.txt/)
    const [view] = (await hand.dcn('creator', 'job', 'show', id.slice(0, 8), '--json')).json<JobView>()
    assert.equal(view?.resultCid, end.job.resultCid)
    assert.equal((await hand.dcn('creator', 'job', 'logs', id)).stdout, '6 words, from a file\n')
    const got = await hand.dcn('creator', 'job', 'get', 'words', '--out', 'got')
    assert.equal(got.code, 0, got.stderr)
    assert.equal(read('got', 'outputs', 'words', 'words.txt'), WORDS)
    const again = await hand.dcn('creator', 'job', 'get', 'words', '--out', 'got', '--json')
    assert.equal(again.code, 2)
    assert.equal((again.json()[0]?.['error'] as { name: string } | undefined)?.name, 'OutputExistsError')
    const waited = await hand.dcn('creator', 'job', 'wait', id)
    assert.equal(waited.code, 0)
    assert.equal(waited.stdout, '6 words, from a file\n')
    assert.match((await hand.dcn('creator', 'job', 'why', id)).stdout, /^done/)
  })

  it('default: a node that took no part verifies the match of a deal from the chain, and the export holds without a node', async () => {
    const job = await newest('creator')
    const told = await hand.dcn('mediator', 'verify-match', job.deal ?? '', '--export', 'match.bin', '--json')
    assert.equal(told.code, 0, told.stdout + told.stderr)
    const [online] = told.json<MatchView>()
    assert.deepEqual([online?.verdict, online?.deal, online?.provider], ['holds', job.deal, job.provider])
    assert.deepEqual(
      online?.candidates.map(c => c.account),
      [await hand.account('provider-2'), await hand.account('provider-1')]
    )
    // no node answers there: the file is all there is
    const offline = await hand.dcn('nobody', 'verify-match', 'match.bin', '--json')
    assert.equal(offline.code, 0, offline.stdout + offline.stderr)
    assert.deepEqual(offline.json(), [online])
    assert.match((await hand.dcn('nobody', 'verify-match', 'match.bin')).stdout, /^holds: /)
  })

  it('behavior: a program that fails gives exit code 1 and its output', async () => {
    const ran = await hand.dcn('creator', 'js', 'run', 'bad.mjs')
    assert.equal(ran.code, 1, ran.stderr)
    assert.match(ran.stderr, /no luck today/)
    const job = await newest('creator')
    assert.equal(job.state, 'done')
    assert.notEqual(job.exitCode, 0)
    assert.equal((await hand.dcn('creator', 'job', 'wait', job.id)).code, 1)
  })

  it('behavior: Ctrl-C detaches, and job wait picks up again', async () => {
    const running = hand.startDcn('creator', 'run', 'busy.json')
    await running.says(/^begun$/m)
    running.process.kill('SIGINT')
    const detached = await running.ended
    assert.equal(detached.code, 0, detached.stderr)
    const [, id = ''] = /dcn job wait (\S+)/.exec(detached.stderr) ?? []
    const waited = await hand.dcn('creator', 'job', 'wait', id, '--out', 'after')
    assert.equal(waited.code, 0, waited.stderr)
    assert.equal(waited.stdout, 'begun\n')
    assert.match(read('after', 'outputs', 'outputs', 'x.txt'), /^-?\d+$/)
  })

  it('behavior: --detach prints the id alone', async () => {
    const ran = await hand.dcn('mediator', 'js', 'run', 'count.mjs', '--input', 'data.txt', '--detach')
    assert.equal(ran.code, 0, ran.stderr)
    const waited = await hand.dcn('mediator', 'job', 'wait', ran.stdout.trim(), '--json')
    assert.equal(waited.code, 0, waited.stdout)
    assert.equal(waited.json().at(-1)?.['exit'], 0)
  })

  it('behavior: a job that nobody can run ends with exit code 3 and counts by reason', async function () {
    this.timeout(90_000)
    const ran = await unmatched
    assert.equal(ran.code, 3, ran.stdout)
    const end = ran.json().at(-1) as { job: JobView }
    assert.equal(end.job.state, 'unmatched')
    assert.match(end.job.reason ?? '', /no offer on the network fits/)
    const [why] = (await hand.dcn('creator', 'job', 'why', end.job.id, '--json')).json<WhyView>()
    assert.deepEqual(
      why?.counts.map(c => c.count),
      [2]
    )
    assert.match(why?.counts[0]?.reason ?? '', /CPU|core/i)
    assert.equal(why?.nearest.length, 2)
    assert.equal((await hand.dcn('creator', 'job', 'wait', end.job.id)).code, 3)
  })

  it('behavior: wallets add up', async () => {
    const total = async () => {
      let sum = 0n
      for (const name of hand.nodes.keys()) {
        const [w] = (await hand.dcn(name, 'wallet', 'show', '--json')).json<WalletView>()
        sum += BigInt(w?.wallet ?? 0) + BigInt(w?.free ?? 0) + BigInt(w?.locked ?? 0) + BigInt(w?.staked ?? 0)
      }
      return sum
    }
    // whoever still settles is looked at twice
    await eventually('all money is somewhere', async () => (await total()) === 5_000n * 10n ** 18n)
    assert.match((await hand.dcn('creator', 'wallet', 'show')).stdout, /^wallet +\d+(\.\d+)? DCN$/m)
  })

  it('behavior: dcn doctor and dcn node are content', async () => {
    const doctor = await hand.dcn('creator', 'doctor')
    assert.equal(doctor.code, 0, doctor.stdout)
    assert.match((await hand.dcn('provider-1', 'node')).stdout, /^roles +provider$/m)
  })
})
