import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobView } from '../../node/http/views.ts'
import { fixture } from '../support/wasm/fixtures.ts'
import { dcn, type Ended } from './support/cli.ts'
import { Lab } from './support/lab.ts'
import { eventually } from './support/wait.ts'

const PROVIDERS = ['provider-1', 'provider-2']
const TEXT = 'one two three\nfour five\n'
const COUNTED = '/inputs/a.txt: 5 words\n2 lines, 5 words, 24 bytes\n'

interface Receipt {
  manifest: { digest: string; spec: string; provider: string; exitCode?: number }
}

describe('wasm jobs', function () {
  this.timeout(120_000)
  let lab: Lab
  let dir: string

  before(async function () {
    this.timeout(180_000)
    const providers = PROVIDERS.map(name => ({ name, roles: ['provider'], flags: ['--engines', 'wasm'] }))
    lab = await Lab.start([...providers, { name: 'creator', roles: ['creator'] }])
    await lab.everybodyKnows(PROVIDERS)
    dir = join(lab.dir, 'work')
    await mkdir(dir)
    await writeFile(join(dir, 'a.txt'), TEXT)
    await writeFile(join(dir, 'no-module.wasm'), 'not a module')
    await writeFile(join(dir, 'no-module.yaml'), 'engine: { wasm: { local: no-module.wasm } }\n')
  })
  after(async () => await lab.stop())

  const run = (...args: string[]): Promise<Ended> => dcn(args, { node: lab.node('creator').dataDir, cwd: dir })
  const jobOf = (ended: Ended): JobView => {
    const end = ended.json<{ job?: JobView }>().at(-1)?.job
    assert.ok(end !== undefined, ended.stdout + ended.stderr)
    return end
  }
  const wordCount = (...flags: string[]) =>
    run('wasm', 'run', fixture('word-count'), '--input', 'a.txt', ...flags, '--json', '--', '/inputs/a.txt')
  const program = (...args: string[]) => {
    const outputs = ['--output', 'result:/outputs/result']
    return run('wasm', 'run', fixture('wasi'), ...outputs, '--json', '--', ...args)
  }

  it('default: providers offer the engine with its version', async () => {
    const offers = await lab.node('creator').client.offers()
    assert.deepEqual(
      offers.map(o => o.engines),
      PROVIDERS.map(() => [{ kind: 'wasm', version: '1' }])
    )
  })

  it('default: dcn wasm run brings module, input and outputs', async () => {
    const shown = await run(
      'wasm',
      'run',
      fixture('word-count'),
      '--input',
      'a.txt',
      '--out',
      'out',
      '--',
      '/inputs/a.txt'
    )
    assert.equal(shown.code, 0, shown.stdout + shown.stderr)
    assert.ok(shown.stdout.includes(COUNTED), shown.stdout)
    const table = await readFile(join(dir, 'out', 'outputs', 'outputs', 'counts.tsv'), 'utf8')
    assert.equal(table, '/inputs/a.txt\t2\t5\t24\ntotal\t2\t5\t24\n')
  })

  it('behavior: two providers deliver the same digest, and are paid', async () => {
    const receipts: Receipt[] = []
    for (const name of PROVIDERS) {
      const { account } = lab.node(name).ready
      const job = jobOf(await wordCount('--target', account))
      assert.deepEqual([job.state, job.exitCode, job.provider], ['done', 0, account])
      await lab.dealIs(name, job.deal ?? '', 'settled')
      receipts.push(JSON.parse(await lab.file('creator', job.id, 'receipt.json')) as Receipt)
    }
    const [first, second] = receipts.map(r => r.manifest)
    assert.equal(first?.spec, second?.spec)
    assert.equal(first?.digest, second?.digest)
    assert.notEqual(first?.provider, second?.provider)
  })

  it('behavior: a specification file names a module beside it', async () => {
    await writeFile(join(dir, 'count.wasm'), await readFile(fixture('word-count')))
    const spec = { engine: { wasm: { local: 'count.wasm', args: ['/inputs/a.txt'] } }, inputs: [{ local: 'a.txt' }] }
    await writeFile(join(dir, 'spec.json'), JSON.stringify(spec))
    const ran = await run('run', 'spec.json')
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.ok(ran.stdout.includes(COUNTED))
  })

  it('behavior: a trap is a program that failed: exit code 134, its words, what it had written', async () => {
    const job = jobOf(await program('leaveThen', 'trap'))
    assert.deepEqual([job.state, job.exitCode], ['done', 134])
    assert.equal(await lab.file('creator', job.id, 'stdout'), 'said\n')
    assert.match(await lab.file('creator', job.id, 'stderr'), /trap: RuntimeError: unreachable/)
    assert.equal(await lab.file('creator', job.id, 'outputs/result/partial'), 'so far')
  })

  it('error: what is no module is refused by the providers, with the reason, and costs nothing', async () => {
    const before = await lab.money('creator')
    // the command looks at the file first; a specification leaves that to the providers
    assert.equal((await run('wasm', 'run', 'no-module.wasm', '--detach')).code, 2)
    const { stdout } = await run('run', 'no-module.yaml', '--detach')
    const id = stdout.trim()
    const { client } = lab.node('creator')
    await eventually('both have refused', async () => {
      const why = JSON.stringify(await client.why(id))
      return why.match(/no WebAssembly module/g)?.length === PROVIDERS.length || undefined
    })
    await client.cancel(id)
    await lab.jobIs('creator', id, 'cancelled')
    assert.equal(await lab.money('creator'), before)
  })
})
